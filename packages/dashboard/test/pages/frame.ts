import { expect, test } from 'vitest'
import { api, goByKeys } from '../world.ts'
import type { Visit } from './visit.ts'

/** What is around every page: the overview, the live stream, the keys, and what others wrote. */
export function framePages(visit: Visit): void {
  test('says that the server is away, and is live again when it is back', async () => {
    const { context, open, page } = visit
    await open('/')
    const pill = page.getByRole('banner').getByRole('status')
    await pill.getByText('Live', { exact: true }).waitFor()
    await context.setOffline(true)
    await pill.getByText(/Reconnecting|Stale/).waitFor()
    await context.setOffline(false)
    await pill.getByText('Live', { exact: true }).waitFor()
  })

  test('says on the overview what is the matter and what to do, and when it is over', async () => {
    const { heading, open, page, world } = visit
    await open('/')
    await heading(/All is well/).waitFor()
    world.printer.setFault('media-empty')
    await heading('1 thing needs you').waitFor()
    await page.getByRole('heading', { name: /Label 01: Out of paper/i }).waitFor()
    await page.getByRole('main').getByText('Open the printer and put in a new roll').waitFor()
    await page.waitForFunction(() => document.title.startsWith('(1!)'))
    expect(await page.locator('#favicon').getAttribute('href')).toBe('/favicon-trouble.svg')
    await page.getByRole('link', { name: /Open printer/ }).click()
    await heading('Label 01').waitFor()
    world.printer.clearFault()
    await page.getByText('Online', { exact: true }).first().waitFor()
  })

  test('draws an open chart anew in the colours of the system when those change', async () => {
    const { open, page } = visit
    await open('/')
    const chart = page.getByRole('img', { name: /^Bars for each minute/ })
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await expect.poll(() => chart.evaluate(hasColour, '--line')).toBe(true)
    }
  })

  test('goes everywhere by the keyboard', async () => {
    const { heading, open, page } = visit
    await open('/')
    await heading(/./).waitFor()
    await goByKeys(page, 'j', 'Jobs')
    await goByKeys(page, 'p', 'Printers')
    await goByKeys(page, 'f', 'Floor')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find or do anything' }).fill('settings')
    await page.keyboard.press('Enter')
    await heading('Settings').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('shows what others wrote as text, whatever it looks like', async () => {
    const { open, page } = visit
    const evil = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    const { id } = await api<{ id: string }>(page, '/api/jobs', {
      type: 'x.y',
      description: evil,
      subject: { type: 'order', id: evil.slice(0, 60) },
    })
    await api(page, '/api/users', { name: 'eve', display_name: evil, role: 'viewer' })
    for (const path of [`/jobs/${id}`, '/jobs', '/settings?tab=users', '/settings?tab=audit']) {
      await open(path)
      await page.getByText('<img src=x').first().waitFor()
      expect(await page.locator('img[src=x]').count(), path).toBe(0)
      expect(await page.title(), path).not.toContain('owned')
    }
  })
}

/** Whether a picture in the element has the colour that the theme gives this name now, on at least a line of it. */
function hasColour(element: Element, name: string): boolean {
  const drawn = element.querySelector('canvas')
  const sample = document.createElement('canvas').getContext('2d')
  const pixels = drawn?.getContext('2d')?.getImageData(0, 0, drawn.width, drawn.height).data
  if (sample === null || pixels === undefined) return false
  sample.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name)
  sample.fillRect(0, 0, 1, 1)
  const wanted = sample.getImageData(0, 0, 1, 1).data
  let found = 0
  for (let at = 0; at < pixels.length; at += 4) {
    if (wanted.every((part, n) => pixels[at + n] === part)) found += 1
  }
  return found > 100
}
