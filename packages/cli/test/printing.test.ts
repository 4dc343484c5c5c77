import { startVirtualPrinter, type VirtualPrinter } from '@andon/print/virtual'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, labels, openShop, type Shop } from './shop.ts'

describe('a printer', () => {
  let shop: Shop
  let printer: VirtualPrinter

  beforeAll(async () => {
    shop = await openShop()
    printer = await startVirtualPrinter({ name: 'Label 01', speed: 5 })
    await shop.andon.printers.add({ name: 'Label 01', driver: 'virtual', uri: printer.uri })
  })

  afterAll(async () => {
    await shop[Symbol.asyncDispose]()
    await printer.close()
  })

  test('prints a document, and its test page in its own format', async () => {
    const { andon } = shop
    const content = new TextEncoder().encode('a page of text')
    const document = await andon.documents.upload({ content, contentType: 'text/plain', name: 'page.txt' })
    const jobs = [await andon.print({ printer: 'Label 01', document_id: document.id })]
    await andon.printers.change('Label 01', { kind: 'document' })
    jobs.push(await andon.printers.test('Label 01'))
    for (const { id } of jobs) {
      const printed = { state: 'completed', proof: 'confirmed', items: { total: 1, done: 1, failed: 0 } }
      expect(await andon.jobs.wait(id)).toMatchObject(printed)
      expect(printer.printed.filter(({ jobName }) => jobName.includes(id))).toHaveLength(1)
    }
  })

  test('stands still again when a person resumes it too early, and nothing is lost or tried without end', async () => {
    const { andon } = shop
    printer.setFault('media-jam')
    const paused = (): Promise<{ pause: unknown }> =>
      eventually(
        () => andon.printers.get('Label 01'),
        ({ pause }) => pause !== null,
      )
    await paused()
    const job = await andon.print({ printer: 'Label 01', items: labels(3) })
    await andon.printers.resume('Label 01')
    await paused()
    await eventually(
      () => andon.jobs.get(job.id),
      ({ state, wait_reason }) => state === 'queued' && wait_reason === 'paused',
    )
    printer.clearFault()
    expect(await andon.jobs.wait(job.id)).toMatchObject({ state: 'completed', attempt: 1, items: { done: 3 } })
  })

  test('gives what waits to another when it is in trouble, and keeps what it began', async () => {
    const { andon } = shop
    await using other = await startVirtualPrinter({ name: 'Label 02', speed: 5 })
    await andon.printers.add({ name: 'Label 02', driver: 'virtual', uri: other.uri })
    await andon.printers.change('Label 01', { failover_to: 'Label 02', failover_after: 0 })
    const begun = await andon.print({ printer: 'Label 01', items: labels(40) })
    await printer.until(({ printed }) => printed.some(({ jobName }) => jobName.includes(begun.id)))
    printer.setFault('media-jam')
    const waiting = await andon.print({ printer: 'Label 01', items: labels(2) })
    expect(await andon.jobs.wait(waiting.id)).toMatchObject({ state: 'completed', printer: 'Label 02' })
    const { data: events } = await andon.jobs.events(waiting.id)
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'moved',
        actor: 'system:failover',
        data: expect.objectContaining({ from: 'Label 01', to: 'Label 02', reason: expect.stringContaining('jam') }),
      }),
    )
    printer.clearFault()
    expect(await andon.jobs.wait(begun.id)).toMatchObject({ state: 'completed', printer: 'Label 01' })
    expect(other.printed).toHaveLength(2)
  })
})
