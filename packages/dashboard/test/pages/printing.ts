import { startVirtualPrinter } from '@andon/print'
import { expect, test } from 'vitest'
import { api, labels } from '../world.ts'
import type { Visit } from './visit.ts'

/** Printers, prints, and what to do when one of them goes wrong. */
export function printingPages(visit: Visit): void {
  test('adds a printer that answers, and says why it does not add one that is silent', async () => {
    const { open, page, world } = visit
    await open('/printers')
    await page.getByText('No printers yet').waitFor()
    await page.getByRole('button', { name: 'Add printer' }).first().click()
    await page.getByLabel('Name').fill('Label 01')
    await page.getByLabel('Address').fill('ipp://127.0.0.1:1/ipp/print')
    await page.getByRole('button', { name: 'Check and add' }).click()
    await page.getByRole('button', { name: 'Add it all the same' }).waitFor()
    await page.getByLabel('Address').fill(world.printer.uri)
    await page.getByRole('button', { name: 'Check and add' }).click()
    const card = page.getByRole('article', { name: 'Label 01' })
    await card.getByText('Online').waitFor()
    await card.getByText('64 %').waitFor()
  })

  test('shows a print from its first label to its last without being asked again', async () => {
    const { heading, open, page, print, world } = visit
    world.printer.setSpeed(250)
    const { id } = await print(20, 'Carton labels MO-1')
    await open(`/jobs/${id}`)
    await heading('Carton labels MO-1').waitFor()
    await page
      .getByText(/^[1-9][0-9]? of 20 printed$/)
      .first()
      .waitFor()
    expect(await page.getByText('Completed', { exact: true }).count()).toBe(0)
    await page.getByText('20 of 20 printed').first().waitFor()
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: '20, BOX-20: Done' }).waitFor()
    expect(await page.getByRole('button', { name: /^[0-9]+, BOX-[0-9]+: Done$/ }).count()).toBe(20)
    world.printer.setSpeed(25)

    await page.getByRole('button', { name: '7, BOX-7: Done' }).click()
    const picture = page.getByAltText('Preview of label 7')
    // The first one starts what draws them.
    await picture.waitFor({ timeout: 60_000 })
    await page.waitForFunction(
      (image) => image instanceof HTMLImageElement && image.naturalWidth > 0,
      await picture.elementHandle(),
    )
    await page.keyboard.press('Escape')

    for (const tab of ['Logs', 'Attempts', 'Input and result', 'Resources', 'Related', 'History']) {
      await page.getByRole('link', { name: tab }).click()
      await page.locator(`nav[aria-label="Details"] a[aria-current=page]`, { hasText: tab }).waitFor()
    }
    await page.getByText('Created').first().waitFor()
  })

  test('prints again from a label as a new job that is linked', async () => {
    const { open, page, print } = visit
    const { id } = await print(5, 'Pallet labels MO-2')
    await open(`/jobs/${id}`)
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Reprint' }).click()
    await page.getByRole('menuitem', { name: /from item/ }).click()
    await page.getByLabel('First item').fill('4')
    await page.getByRole('button', { name: 'Reprint from 4' }).click()
    await page.getByRole('button', { name: 'Print 2 labels' }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(id))
    await page.getByText('2 of 2 printed').first().waitFor()
    await page.getByRole('link', { name: 'Related' }).click()
    await page.getByText('Pallet labels MO-2').nth(1).waitFor()
  })

  test('says at the job why its printer stands still, and prints again only what did not come out', async () => {
    const { open, page, print, world } = visit
    world.printer.setSpeed(200)
    const { id } = await print(30, 'Crate labels MO-5')
    await open(`/jobs/${id}`)
    await page
      .getByText(/^[1-9][0-9]? of 30 printed$/)
      .first()
      .waitFor()
    world.printer.setFault('media-jam')
    const trouble = page.getByRole('region', { name: 'Label 01: Paper jam' })
    await trouble.getByText('Open the cover and lift the print head.').waitFor()
    world.printer.clearFault()
    await trouble.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel this job' }).click()
    await page.getByText('Cancelled', { exact: true }).first().waitFor()
    world.printer.setSpeed(25)
    const { items } = await api<{ items: { done: number; total: number } }>(page, `/api/jobs/${id}`)
    const left = items.total - items.done
    await page.getByRole('button', { name: `Reprint the other ${left}` }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(id))
    await page.getByText(`${left} of ${left} printed`).first().waitFor()
    await page.getByRole('link', { name: 'an earlier job' }).click()
    await page.getByText('Done again as').waitFor()
    await page.getByRole('button', { name: /^Reprint/ }).waitFor({ state: 'detached' })
  })

  test('pauses a printer with a reason that everybody reads, and undoes it', async () => {
    const { open, page } = visit
    await open('/printers/Label%2001')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByLabel('Reason').fill('Changing the roll')
    await page.getByRole('button', { name: 'Pause printer' }).click()
    await page.getByText('Changing the roll').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
  })

  test('says who stands in for a printer, and lets that be changed', async () => {
    const { open, page, world } = visit
    await api(page, '/api/printers', { name: 'Spare', driver: 'virtual', uri: world.printer.uri })
    await open('/printers/Spare')
    await page.getByText('Its jobs wait until it is mended').waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Its waiting jobs go to').selectOption('Label 01')
    await page.getByLabel('When it has been in trouble for').selectOption('15 minutes')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Its waiting jobs go to Label 01 after 15 min').waitFor()
    await page.request.delete(`${world.base}/api/printers/Spare`, { headers: { origin: world.base } })
  })

  test('asks a person about a print that nobody can prove', async () => {
    const { open, page, world } = visit
    const printer = await startVirtualPrinter({ name: 'Badge 01', speed: 25 })
    await api(page, '/api/printers', { name: 'Badge 01', driver: 'virtual', uri: printer.uri })
    printer.dieAfterDocument()
    const { id } = await api<{ id: string }>(page, '/api/print', { printer: 'Badge 01', items: labels(1) })
    await open(`/jobs/${id}`)
    await page.getByRole('heading', { name: 'Did it come out?' }).waitFor({ timeout: 60_000 })
    await page.getByText('Needs confirmation').first().waitFor()
    await page.getByRole('button', { name: 'It was printed' }).click()
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await printer.close()
    await page.request.delete(`${world.base}/api/printers/Badge%2001`, { headers: { origin: world.base } })
  }, 120_000)
}
