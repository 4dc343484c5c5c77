import { PDF_PAGE, type PrintLab, printLabMissing, startPrintLab } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, labels, openShop, type Shop } from './shop.ts'

const missing = printLabMissing()
if (missing !== null) console.warn(`skipped: ${missing}`)

// A whole Andon in front of a real cupsd and a real ippeveprinter.
describe.skipIf(missing !== null && !process.env['ANDON_TEST_NO_SKIP'])('a shop with real printers', () => {
  let lab: PrintLab
  let shop: Shop

  beforeAll(async () => {
    lab = await startPrintLab()
    shop = await openShop()
    await lab.eve.setPace(1, 0.01)
    await lab.sim.setPace(1, 0.01)
    await shop.andon.printers.add({ name: 'Eve', driver: 'ipp', uri: lab.eveUri })
    await shop.andon.printers.add({ name: 'Eve by CUPS', driver: 'ipp', uri: lab.queueUri('Eve_Q') })
    await shop.andon.printers.add({ name: 'Sim by CUPS', driver: 'ipp', uri: lab.queueUri('Sim_Q') })
  })

  afterAll(async () => {
    await shop[Symbol.asyncDispose]()
    await lab.stop()
  })

  test('finds the queues of CUPS and the device behind one', async () => {
    const found = await shop.andon.printers.discover({ cups: lab.cupsUri })
    expect(found.map(({ uri }) => uri)).toEqual(
      expect.arrayContaining([lab.queueUri('Eve_Q'), lab.queueUri('Sim_Q'), lab.eveUri]),
    )
  })

  // The device starts a process for each label: two hundred of them take a busy machine more than a minute.
  test('prints 200 labels, each once, and proves it', { timeout: 300_000 }, async () => {
    const { andon } = shop
    const job = await andon.print({ printer: 'Eve', items: labels(200) })
    const ended = await andon.jobs.wait(job.id)
    expect(ended).toMatchObject({ state: 'completed', proof: 'confirmed', items: { total: 200, done: 200, failed: 0 } })
    await expectOnce(lab.eve, job.id, 200)
  })

  test('stops for a jam with its steps, and goes on when the paper is out', async () => {
    const { andon } = shop
    await lab.eve.setFault('media-jam')
    const job = await andon.print({ printer: 'Eve', items: labels(10) })
    const jammed = await eventually(
      () => andon.printers.get('Eve'),
      (printer) => printer.pause !== null,
    )
    expect(jammed.pause).toMatchObject({ is_by_trouble: true })
    expect(jammed.troubles[0]).toMatchObject({ reason: 'media-jam', severity: 'error' })
    expect(jammed.troubles[0]?.steps.length).toBeGreaterThan(1)
    expect(await andon.attention.list()).toContainEqual(expect.objectContaining({ kind: 'printer', id: 'Eve' }))

    await lab.eve.setFault(null)
    expect(await andon.jobs.wait(job.id)).toMatchObject({ state: 'completed', items: { done: 10 } })
    const well = await eventually(
      () => andon.printers.get('Eve'),
      (printer) => printer.pause === null,
    )
    expect(well.troubles).toEqual([])
    await expectOnce(lab.eve, job.id, 10)
  })

  test('prints through CUPS as well, on a real device and on a backend', async () => {
    const { andon } = shop
    const document = await andon.documents.upload({
      content: PDF_PAGE,
      contentType: 'application/pdf',
      name: 'page.pdf',
    })
    const jobs = await Promise.all([
      andon.print({ printer: 'Eve by CUPS', document_id: document.id }),
      andon.print({ printer: 'Sim by CUPS', items: labels(5) }),
    ])
    for (const { id } of jobs) {
      expect(await andon.jobs.wait(id)).toMatchObject({ state: 'completed', proof: 'confirmed', error: null })
    }
    const [page, batch] = jobs
    await expectOnce(lab.eve, page?.id ?? '', 1)
    await expectOnce(lab.sim, batch?.id ?? '', 5)
  })

  // CUPS says of such a job that it completed.
  test('fails a document that the device refused, whatever CUPS says of it', async () => {
    const { andon } = shop
    const job = await andon.print({ printer: 'Eve by CUPS', items: labels(2) })
    const ended = await andon.jobs.wait(job.id)
    expect((await lab.eve.printed()).filter((name) => name.includes(job.id))).toEqual([])
    expect(ended, JSON.stringify(ended.error)).toMatchObject({
      state: 'failed',
      items: { done: 0, failed: 2 },
      error: { code: 'document_refused' },
    })
    expect(ended.error?.hint).not.toBe('')
  })

  test('never calls a job done whose printer was unplugged, and prints no label twice', async () => {
    const { andon } = shop
    await lab.eve.setPace(1, 0.1)
    const job = await andon.print({ printer: 'Eve', items: labels(30) })
    await eventually(
      () => andon.jobs.get(job.id),
      (view) => (view.items?.done ?? 0) >= 3,
    )
    // Its paper jams, so that a label is under way for certain when its plug is pulled.
    await lab.eve.setFault('media-jam')
    await eventually(
      () => andon.printers.get('Eve'),
      (view) => view.troubles.some(({ reason }) => reason === 'media-jam'),
    )
    await lab.endEve()
    await lab.eve.setFault(null)
    const printer = await eventually(
      () => andon.printers.get('Eve'),
      (view) => view.state === 'offline' && view.pause !== null,
    )
    expect(printer.troubles[0]?.steps.length).toBeGreaterThan(0)
    expect((await andon.jobs.get(job.id)).state).not.toBe('completed')

    await lab.startEve()
    const settled = await eventually(
      () => andon.jobs.get(job.id),
      (view) => view.wait_reason === 'unconfirmed' || view.state === 'completed',
    )
    const names = (await lab.eve.printed()).filter((name) => name.includes(job.id))
    expect(new Set(names).size).toBe(names.length)

    // The label under way is in doubt; a person has looked, and it did not come out.
    expect(settled.wait_reason).toBe('unconfirmed')
    const next = await andon.jobs.confirm(job.id, { printed: false, from: settled.items?.done ?? 0 })
    const rest = await andon.jobs.wait(next.id)
    expect(rest).toMatchObject({ state: 'completed', retry_of: job.id })
    expect((rest.items?.done ?? 0) + (settled.items?.done ?? 0)).toBe(30)
  })

  test('says of a printer what it is, and that it takes no labels where it takes none', async () => {
    const { andon } = shop
    const well = await eventually(
      () => andon.printers.diagnose('Eve'),
      ({ checks }) => checks.every(({ status }) => status !== 'error'),
    )
    expect(well).toMatchObject({ protocol: { name: 'IPP', version: '2.0' }, test_page: { is_offered: true } })
    await lab.endEve()
    await lab.startEve('application/pdf,image/pwg-raster')
    const { checks } = await andon.printers.diagnose('Eve')
    expect(checks).toContainEqual(expect.objectContaining({ name: 'format', reason: 'unsupported-format' }))
    await lab.endEve()
    expect((await andon.printers.diagnose('Eve')).checks).toContainEqual(
      expect.objectContaining({ name: 'connection', reason: 'connection-refused' }),
    )
    await lab.startEve()
    await eventually(
      () => andon.printers.diagnose('Eve'),
      (found) => found.checks.every(({ name, status }) => name === 'queue' || status !== 'error'),
    )
  })
})

/** Every label of the job came out of the device, and none twice. */
async function expectOnce(device: PrintLab['eve'], jobId: string, count: number): Promise<void> {
  const names = (await device.printed()).filter((name) => name.includes(jobId))
  expect(names).toHaveLength(count)
  expect(new Set(names).size).toBe(count)
}
