import { PDF_PAGE, type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, labels, openShop, type Shop } from './shop.ts'
import { Agent } from './station-agent.ts'

const missing = printLabMissing()
if (missing !== null) console.warn(`skipped: ${missing}`)

// A whole Andon and an agent, in front of QZ Tray's stand-in, a real cupsd and a real ippeveprinter.
describe.skipIf(missing !== null && !process.env['ANDON_TEST_NO_SKIP'])('a station behind QZ Tray', () => {
  let lab: PrintLab
  let tray: QzTray
  let shop: Shop
  let agent: Agent

  beforeAll(async () => {
    lab = await startPrintLab()
    tray = await startQzTray({ cupsUri: lab.cupsUri })
    shop = await openShop()
    const { andon } = shop
    await lab.eve.setPace(1, 0.01)
    await lab.sim.setPace(1, 0.01)
    await andon.stations.add({ name: 'Reception' })
    await andon.pools.add('badges')
    for (const name of ['Sim_Q', 'Eve_Q']) {
      await andon.printers.add({ name, driver: 'qz', uri: `qz:${name}`, station: 'Reception', pool: 'badges' })
    }
    const server = { url: andon.url, token: shop.token, name: 'Reception' }
    agent = await Agent.for(server, ['--qz-port', String(tray.port)])
    await agent.start()
  })

  afterAll(async () => {
    await agent[Symbol.asyncDispose]()
    await shop[Symbol.asyncDispose]()
    await tray.stop()
    await lab.stop()
  })

  test("is let in by the server's certificate, and says so", async () => {
    const seen = await eventually(
      () => shop.andon.stations.get('Reception'),
      ({ printers, qz_connection_status: qz }) => qz === 'connected' && printers.every(({ state }) => state === 'idle'),
    )
    expect(seen.message).toBeNull()
  })

  test('prints on both printers at a time, each label once, and proves it', async () => {
    const { andon } = shop
    const before = tray.spooled.length
    const document = await andon.documents.upload({
      content: PDF_PAGE,
      contentType: 'application/pdf',
      name: 'page.pdf',
    })
    const jobs = await Promise.all([
      andon.print({ printer: 'Sim_Q', items: labels(5) }),
      ...[1, 2, 3].map(() => andon.print({ printer: 'Eve_Q', document_id: document.id })),
    ])
    for (const { id } of jobs) {
      const ended = await andon.jobs.wait(id)
      expect(ended).toMatchObject({ state: 'completed', proof: 'confirmed', station: 'Reception' })
      expect(ended.items?.done).toBe(ended.items?.total)
    }
    expect(tray.spooled.length - before).toBe(8)
  })

  test('asks about a label when QZ Tray ends after it took it, and goes on with what a person says', async () => {
    const { andon } = shop
    tray.dieAfterSpooling()
    const job = await andon.print({ printer: 'Sim_Q', items: labels(2) })
    const asked = await eventually(
      () => andon.jobs.get(job.id),
      ({ wait_reason: reason }) => reason === 'unconfirmed',
    )
    expect(asked.items?.done).toBe(0)
    const away = await eventually(
      () => andon.stations.get('Reception'),
      ({ qz_connection_status: qz }) => qz !== 'connected',
    )
    expect(away.message).toMatch(/QZ Tray/)
    await tray.start()
    const rest = await andon.jobs.confirm(job.id, { printed: false })
    expect(await andon.jobs.wait(rest.id)).toMatchObject({ state: 'completed', proof: 'confirmed', items: { done: 2 } })
  })

  test('says that QZ Tray blocks it, and what to do', async () => {
    const { andon } = shop
    tray.isBlocked = true
    await tray.stop()
    await tray.start()
    const blocked = await eventually(
      () => andon.stations.get('Reception'),
      ({ qz_connection_status: qz }) => qz === 'error',
    )
    expect(blocked.message).toMatch(/block/i)
    const attention = await eventually(
      () => andon.attention.list(),
      (list) => list.some(({ kind, id }) => kind === 'printer' && id === 'Sim_Q'),
    )
    expect(attention).toContainEqual(
      expect.objectContaining({ kind: 'station', title: 'Reception: QZ Tray blocks us', id: 'Reception' }),
    )
    const brokenAt = async (name: string) => {
      const { checks } = await andon.printers.diagnose(name)
      return checks.find((check) => check.name === 'qz')?.reason ?? null
    }
    expect(await brokenAt('Sim_Q')).toBe('qz-blocked')
    await tray.stop()
    await eventually(
      () => brokenAt('Sim_Q'),
      (reason) => reason === 'qz-not-running',
    )
    tray.isBlocked = false
    await tray.start()
    await eventually(
      () => andon.stations.get('Reception'),
      ({ qz_connection_status: qz, printers }) => qz === 'connected' && printers.every(({ pause }) => pause === null),
    )
  })
})
