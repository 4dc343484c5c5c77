import { startVirtualPrinter, type VirtualPrinter } from '@andon/print/virtual'
import { startTcpProxy, type TcpProxy } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, labels, openShop, type Shop } from './shop.ts'
import { Agent } from './station-agent.ts'

describe('andon station', () => {
  let shop: Shop
  let agent: Agent
  /** The way from the agent to the server. */
  let wire: TcpProxy
  let badge: VirtualPrinter
  let spare: VirtualPrinter

  beforeAll(async () => {
    shop = await openShop()
    const { andon } = shop
    const { hostname, port } = new URL(andon.url)
    wire = await startTcpProxy({ host: hostname, port: Number(port) })
    badge = await startVirtualPrinter({ name: 'Badge', speed: 40 })
    spare = await startVirtualPrinter({ name: 'Spare', speed: 40 })
    await andon.stations.add({ name: 'Desk' })
    await andon.pools.add('badges')
    await andon.printers.add({ name: 'Badge', driver: 'ipp', uri: badge.uri, station: 'Desk', pool: 'badges' })
    await andon.printers.add({ name: 'Spare', driver: 'ipp', uri: spare.uri, station: 'Desk', pool: 'badges' })
    agent = await Agent.for({ url: `http://${wire.host}:${wire.port}`, token: shop.token, name: 'Desk' })
    await agent.start()
  })

  afterAll(async () => {
    await agent[Symbol.asyncDispose]()
    await wire[Symbol.asyncDispose]()
    await Promise.all([badge.close(), spare.close()])
    await shop[Symbol.asyncDispose]()
  })

  test('is seen with its printers, and prints what waits for them', async () => {
    const { andon } = shop
    const seen = await eventually(
      () => andon.stations.get('Desk'),
      ({ is_seen: isSeen, printers }) => isSeen && printers.every(({ state }) => state === 'idle'),
    )
    expect(seen.printers.map(({ name }) => name)).toEqual(['Badge', 'Spare'])
    const job = await andon.print({ printer: 'Badge', items: labels(20) })
    expect(await andon.jobs.wait(job.id)).toMatchObject({
      state: 'completed',
      proof: 'confirmed',
      station: 'Desk',
      items: { done: 20 },
    })
    expect(sheetsOf(badge, job.id)).toHaveLength(20)
    expect((await andon.stations.stats('Desk')).labels_printed).toBe(20)
  })

  test('stops one printer that is jammed, and lets the other take what its pool has', async () => {
    const { andon } = shop
    badge.setFault('media-jam')
    const jammed = await eventually(
      () => andon.printers.get('Badge'),
      ({ pause }) => pause !== null,
    )
    expect(jammed).toMatchObject({ pause: { is_by_trouble: true }, troubles: [{ reason: 'media-jam' }] })
    const jobs = await Promise.all([1, 2, 3].map(() => andon.print({ pool: 'badges', items: labels(2) })))
    for (const { id } of jobs) expect(await andon.jobs.wait(id)).toMatchObject({ state: 'completed', printer: 'Spare' })
    badge.clearFault()
    await eventually(
      () => andon.printers.get('Badge'),
      ({ pause }) => pause === null,
    )
  })

  test('goes on while the server is away, and tells once what came out when it is back', async () => {
    const { andon } = shop
    const job = await andon.print({ printer: 'Badge', items: labels(40) })
    await badge.until(() => sheetsOf(badge, job.id).length >= 3)
    wire.silence()
    wire.cut()
    await badge.until(() => sheetsOf(badge, job.id).length >= 40)
    const before = await andon.jobs.get(job.id)
    expect(before.items?.done).toBeLessThan(40)
    wire.heal()
    const ended = await andon.jobs.wait(job.id)
    expect(ended).toMatchObject({ state: 'completed', proof: 'confirmed', items: { total: 40, done: 40 } })
    const sheets = sheetsOf(badge, job.id)
    expect(new Set(sheets).size).toBe(40)
    expect(sheets).toHaveLength(40)
  })

  test('prints a document, which it reads from the server', async () => {
    const { andon } = shop
    const content = '^XA^FDwhole^FS^XZ'
    const document = await andon.documents.upload({ content, contentType: 'application/vnd.zebra-zpl', name: 'a.zpl' })
    const job = await andon.print({ printer: 'Spare', document_id: document.id })
    expect(await andon.jobs.wait(job.id)).toMatchObject({ state: 'completed' })
    expect(sheetsOf(spare, job.id)).toHaveLength(1)
  })

  test('takes nothing while it is not to print', async () => {
    const { andon } = shop
    await andon.stations.change('Desk', { is_print_server: false })
    const isHeld = async () => (await andon.workers.list()).filter(({ name }) => name === 'Desk')
    await eventually(isHeld, (workers) => workers.length > 0)
    await eventually(
      async () => (await andon.printers.diagnose('Badge')).checks.find(({ name }) => name === 'driver')?.status,
      (status) => status === 'error',
    )
    const job = await andon.print({ printer: 'Badge', items: labels(1) })
    await andon.stations.change('Desk', { is_print_server: true })
    expect(await andon.jobs.wait(job.id)).toMatchObject({ state: 'completed' })
  })
})

function sheetsOf(printer: VirtualPrinter, jobId: string): string[] {
  return printer.printed.map(({ jobName }) => jobName).filter((name) => name.includes(jobId))
}
