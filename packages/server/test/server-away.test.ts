import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDriver } from '@andon/print'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print/virtual'
import { askAboutAway, loseStations, rescueWorkers, takeUpAgain } from '@andon/store'
import { startTcpProxy, type TcpProxy } from '@andon/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Station, type StationOptions } from '../../station/src/index.ts'
import { FileJournal } from '../../station/src/node/index.ts'
import type { Clock } from '../../worker/src/index.ts'
import { startTestServer, type TestServer } from './harness.ts'
import { until } from './remote-shop.ts'

const HOUR_MS = 3_600_000
const LABELS = 10
/**
 * How far a station's clock goes between two looks: slow enough for its lease, which it renews by this clock over a real
 * connection, on a machine that has much to do.
 */
const TICK_MS = 250

/** A clock that goes when it is told to. */
class TestClock implements Clock {
  #now = Date.now()
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>()

  now(): number {
    return this.#now
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].toSorted((one, other) => one.at - other.at)) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback()
    }
  }
}

const stack = new AsyncDisposableStack()
let andon: TestServer
/** The way from the station to the server. */
let wire: TcpProxy
let badge: VirtualPrinter
let spare: VirtualPrinter
let token: string
beforeAll(async () => {
  andon = stack.use(await startTestServer())
  token = await andon.token('supervisor', ['station'])
  const { hostname, port } = new URL(andon.url)
  wire = stack.use(await startTcpProxy({ host: hostname, port: Number(port) }))
  badge = await startVirtualPrinter({ name: 'Badge', speed: 20 })
  spare = await startVirtualPrinter({ name: 'Spare', speed: 20 })
  stack.defer(async () => void (await Promise.all([badge.close(), spare.close()])))
  await andon.call('POST', '/api/pools', { body: { name: 'badges' } })
  for (const [name, station, uri] of [
    ['Badge', 'Desk', badge.uri],
    ['Spare', 'Hall', spare.uri],
  ]) {
    await andon.call('POST', '/api/machines', { body: { name: station } })
    const body = { name, station, uri, driver: 'ipp', pool: 'badges', is_unchecked: true }
    expect((await andon.call('POST', '/api/printers', { body })).status).toBe(201)
  }
})
afterAll(() => stack.disposeAsync())

/** Its journal, to look into. */
async function startStation(name: string, more: { url: string } & Pick<StationOptions, 'clock'>): Promise<FileJournal> {
  const folder = await mkdtemp(join(tmpdir(), 'andon-away-'))
  const journal = new FileJournal(folder)
  const { clock, url } = more
  const station = new Station({
    name,
    // Longer than an answer takes on a machine that has much to do: what is silent is away all the same.
    server: { url, token, timeoutMs: 2_000, retries: 0 },
    version: 'test',
    journal,
    deadLease: null,
    onLease: () => undefined,
    createDriver,
    qz: {},
    onError: () => undefined,
    ...(clock === undefined ? {} : { clock }),
  })
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  stack.defer(() => journal[Symbol.dispose]())
  stack.use(station)
  await station.start()
  return journal
}

async function print(labels: number, where: object = { pool: 'badges' }): Promise<string> {
  const items = Array.from({ length: labels }, (_, index) => ({ zpl: `^XA^FD${index}^FS^XZ`, ref: `BOX-${index}` }))
  return (await andon.call('POST', '/api/print', { body: { ...where, items } })).body.id
}

async function now(id: string) {
  return (await andon.call('GET', `/api/jobs/${id}`)).body
}

function sheetsOf(printer: VirtualPrinter, jobId: string): string[] {
  return printer.printed.map(({ jobName }) => jobName).filter((name) => name.includes(jobId))
}

/** An hour by the clock of the server's database: the lease of the station is over, and it is silent. */
async function passAnHour(): Promise<void> {
  const { pool } = andon.store
  const desk = `name = 'Desk'`
  await pool.query(
    `update worker set lease_until = lease_until - interval '1 hour' where stopped_at is null and ${desk}`,
  )
  await pool.query(`update station set seen_at = seen_at - interval '1 hour' where ${desk}`)
  expect(await loseStations(andon.store, 120_000)).toEqual(['Desk'])
  await rescueWorkers(andon.store)
}

const clock = new TestClock()
let journal: FileJournal

test('a station prints on for an hour without its server, and tells once what came out', async () => {
  journal = await startStation('Desk', { url: `http://${wire.host}:${wire.port}`, clock })
  const begun = await print(LABELS)
  await until(() => {
    // What the station asks for by its clock, its lanes above all.
    clock.advance(TICK_MS)
    return sheetsOf(badge, begun).length >= 2 || null
  })
  const waiting = await print(1)
  wire.silence()
  wire.cut()
  await badge.until(() => sheetsOf(badge, begun).length >= LABELS)

  expect((await now(begun)).items.done, 'the server does not know it all').toBeLessThan(LABELS)

  await passAnHour()
  clock.advance(HOUR_MS)
  expect(await now(begun), 'taken up by its printer, and given to nobody').toMatchObject({
    state: 'queued',
    printer: 'Badge',
  })
  await startStation('Hall', { url: andon.url })
  const handedOn = await until(async () => {
    const job = await now(waiting)
    return job.state === 'completed' ? job : null
  })
  expect(handedOn).toMatchObject({ printer: 'Spare', station: 'Hall', proof: 'confirmed' })

  wire.heal()
  const ended = await until(async () => {
    clock.advance(TICK_MS)
    const job = await now(begun)
    return job.state === 'completed' ? job : null
  })
  expect(ended).toMatchObject({
    printer: 'Badge',
    station: 'Desk',
    proof: 'confirmed',
    items: { total: LABELS, done: LABELS, failed: 0 },
  })
  const { body } = await andon.call('GET', `/api/jobs/${begun}/events`)
  const kinds: string[] = body.data.map(({ kind }: { kind: string }) => kind)
  expect(
    kinds.filter((kind) => kind === 'completed'),
    'told once',
  ).toHaveLength(1)
  expect(kinds, 'and the loss stands beside it').toContain('lost')
  const inOrder = `select bool_and(at >= before) as is_so from (
    select outcome_at as at, lag(outcome_at, 1, outcome_at) over (order by idx) as before from item where job_id = $1) i`
  expect((await andon.store.pool.query(inOrder, [begun])).rows, 'outcomes in order').toEqual([{ is_so: true }])
  expect(sheetsOf(badge, begun), 'each label once').toHaveLength(LABELS)
  expect(new Set(sheetsOf(badge, begun)).size).toBe(LABELS)
  expect(sheetsOf(spare, begun)).toEqual([])
  expect([sheetsOf(badge, waiting).length, sheetsOf(spare, waiting).length]).toEqual([0, 1])
})

/** The station prints the whole batch, and is cut off from the server after the second label for longer than is waited. */
async function leaveForLong(): Promise<string> {
  const id = await print(LABELS, { printer: 'Badge' })
  await until(() => {
    clock.advance(TICK_MS)
    return sheetsOf(badge, id).length >= 2 || null
  })
  wire.silence()
  wire.cut()
  await badge.until(() => sheetsOf(badge, id).length >= LABELS)
  await passAnHour()
  clock.advance(HOUR_MS)
  expect(await askAboutAway(andon.store)).toEqual([{ jobId: id, station: 'Desk' }])
  expect(await askAboutAway(andon.store), 'once').toEqual([])
  return id
}

test('a station that stays away is asked for, and its own word is taken when it is back before a person decides', async () => {
  const id = await leaveForLong()
  const asked = await now(id)
  expect(asked).toMatchObject({
    state: 'pending',
    wait_reason: 'unconfirmed',
    error: {
      code: 'print_unconfirmed',
      message: expect.stringContaining('The station Desk has not been heard of for more than 15 min'),
      hint: expect.stringContaining('It was printed'),
    },
  })
  expect(await takeUpAgain(andon.store), 'nobody is back').toEqual([])
  wire.heal()
  const ended = await until(async () => {
    clock.advance(TICK_MS)
    await takeUpAgain(andon.store)
    const job = await now(id)
    return job.state === 'completed' ? job : null
  })
  expect(ended).toMatchObject({
    station: 'Desk',
    proof: 'confirmed',
    items: { total: LABELS, done: LABELS, failed: 0 },
  })
  expect(new Set(sheetsOf(badge, id)).size).toBe(LABELS)
  expect(sheetsOf(badge, id), 'each label once').toHaveLength(LABELS)
  const { body } = await andon.call('GET', `/api/jobs/${id}/attempts`)
  expect(body.data, 'one attempt').toMatchObject([{ number: 1, outcome: 'succeeded' }])
})

test('what it says after a person decided changes nothing, and is kept in the log', async () => {
  const id = await leaveForLong()
  const decided = await andon.call('POST', `/api/jobs/${id}/confirm`, { body: { printed: false, from: 4 } })
  expect(decided.status).toBeLessThan(300)
  await andon.call('POST', `/api/jobs/${decided.body.id}/cancel`, { body: {} })
  const before = await now(id)
  expect(await journal.jobIds()).toEqual([id])
  wire.heal()
  await until(async () => {
    clock.advance(TICK_MS)
    return (await journal.jobIds()).length === 0 || null
  })
  expect(await now(id)).toEqual(before)
  const { body } = await andon.call('GET', `/api/jobs/${id}/logs`)
  const late = body.data.filter(({ message }: { message: string }) => message.includes('said late'))
  expect(late).toMatchObject([
    { level: 'warning', message: `The station Desk said late, when it had been decided already: printed: 5-${LABELS}` },
  ])
  expect(sheetsOf(badge, id)).toHaveLength(LABELS)
})
