import { expect, test } from 'vitest'
import type { Visit } from './visit.ts'

/** The list of jobs. */
export function jobPages(visit: Visit): void {
  test('finds jobs by tabs, words and the keyboard, and keeps the view in the address', async () => {
    const { open, page, world } = visit
    await open('/jobs')
    await page.locator('[data-job]').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('state:compleetd')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /Did you mean/ }).click()
    await page.waitForURL((url) => url.searchParams.get('q') === 'state:completed')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /^Failed/ }).click()
    await page.getByText('No job matches').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('state:failed')
    await page.getByRole('button', { name: /state:failed/ }).click()
    await page.locator('[data-job]').first().waitFor()

    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('1 job selected').waitFor()
    await page.getByText('Updates paused').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}/)
    const csv = await page.request.get(`${world.base}/api/jobs/export.csv?q=state:completed`)
    expect((await csv.text()).split('\r\n')[0]).toContain('type')
  })

  test('collects new rows, and cancels what is selected after saying what that does', async () => {
    const { open, page, print, world } = visit
    world.printer.setFault('media-empty')
    await open('/jobs')
    await page.locator('[data-job]').first().waitFor()
    const before = await page.locator('[data-job]').count()
    const made = [await print(3, 'Shelf labels MO-3'), await print(3, 'Shelf labels MO-4')]
    const collector = page.getByRole('button', { name: /2 new/ })
    await collector.waitFor()
    expect(await page.locator('[data-job]').count()).toBe(before)
    await collector.click()
    for (const { id } of made) await page.locator(`[data-job="${id}"]`).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Cancel 2' }).click()
    await page.getByRole('dialog', { name: 'Cancel 2 jobs?' }).waitFor()
    await page.getByRole('button', { name: 'Cancel 2 jobs' }).click()
    await page.getByRole('dialog', { name: 'Done' }).getByText('2 cancelled').waitFor()
    await page.keyboard.press('Escape')
    world.printer.clearFault()
  })
}
