import type { ClaimedJob, WorkerLease } from '@andon/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  askAboutAway,
  changeStation,
  confirmJob,
  createPrinter,
  createStation,
  expireJobs,
  getJob,
  hearStation,
  holdLanes,
  jobTimeline,
  loseStations,
  type PrinterRow,
  readItems,
  rescueWorkers,
  type StationRow,
  takeLateWords,
  takeUpAgain,
  toJobView,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const TEST = { name: 'test' }

let shop: Bench
let station: StationRow
let printer: PrinterRow
beforeAll(async () => {
  shop = await bench()
  station = await createStation(shop.store, { name: 'Desk', isPrintServer: true }, TEST)
  const fields = { name: 'Badge', driver: 'raw', uri: 'socket://127.0.0.1:9', station: 'Desk' } as const
  printer = await createPrinter(shop.store, fields, TEST)
})
afterAll(() => shop[Symbol.asyncDispose]())
beforeEach(async () => {
  await shop.rows('delete from job')
  await shop.rows('delete from counter')
  await shop.rows('update worker set stopped_at = now() where stopped_at is null')
  await hearStation(shop.store, station.id, {})
})

async function arrive(): Promise<WorkerLease> {
  const lease = await shop.worker({ name: 'Desk' })
  await holdLanes(shop.store, lease, [printer.id])
  return lease
}

async function take(lease: WorkerLease): Promise<ClaimedJob> {
  const lanes = [{ laneId: printer.id, queueIds: [printer.id], limit: 1, slot: 0 }]
  const [job] = await shop.source.claim(lease, { lanes, types: ['print.label'], limit: 1 })
  if (job === undefined) throw new Error('nothing was claimed')
  return job
}

/** A batch of three: the first is out, the data of the second has left. */
async function begin(): Promise<{ readonly id: string; readonly job: ClaimedJob }> {
  const items = ['a', 'b', 'c'].map((content) => ({ content }))
  const [id = ''] = await shop.create([
    {
      type: 'print.label',
      laneId: printer.id,
      input: { format: 'x' },
      items,
      lostAction: 'reattach',
    },
  ])
  const lease = await arrive()
  const job = await take(lease)
  const change = { jobId: id, fence: job.fence, attempt: 1 }
  await shop.source.change(lease, [
    { ...change, from: 0, to: 1, state: 'intended' },
    { ...change, from: 0, to: 0, state: 'done', proof: 'confirmed' },
  ])
  return { id, job }
}

/** Nobody hears of the station any more, for so many minutes. */
async function leave(minutes: number): Promise<void> {
  await shop.rows(`update worker set lease_until = now() - interval '1 second' where stopped_at is null`)
  await rescueWorkers(shop.store)
  await shop.rows(`update station set seen_at = now() - $1 * interval '1 minute'`, [minutes])
  await loseStations(shop.store, 120_000)
}

async function view(id: string) {
  const row = await getJob(shop.store, id, { all: true })
  if (row === null) throw new Error('no job')
  return toJobView(row, { nowMs: Date.now(), meanMs: () => null })
}

async function states(id: string): Promise<string[]> {
  return (await readItems(shop.store, id, { from: 0, limit: 10 })).map(({ state }) => state)
}

async function counted(): Promise<Record<number, number>> {
  const rows = await shop.rows<{ state: number; n: number }>(
    'select state, sum(n)::int as n from counter where queue_id = $1 group by state having sum(n) <> 0',
    [printer.id],
  )
  return Object.fromEntries(rows.map(({ n, state }) => [state, n]))
}

describe('work that left for a station which stays away', () => {
  test('is asked about after the time of the station, once, with what is in doubt and what to do', async () => {
    const { id } = await begin()
    await leave(14)
    expect(await askAboutAway(shop.store), 'too soon').toEqual([])
    expect(await view(id)).toMatchObject({ state: 'queued' })
    await leave(16)
    expect(await askAboutAway(shop.store)).toEqual([{ jobId: id, station: 'Desk' }])
    expect(await askAboutAway(shop.store)).toEqual([])
    expect(await view(id)).toMatchObject({
      state: 'pending',
      wait_reason: 'unconfirmed',
      error: { code: 'print_unconfirmed', message: expect.stringMatching(/Desk .* 15 min\. .* Badge/) },
    })
    expect(await states(id)).toEqual(['done', 'unconfirmed', 'pending'])
    expect(await counted()).toEqual({ 0: 1 })
    expect(await takeUpAgain(shop.store), 'nobody drives the printer').toEqual([])
  })

  test('does not expire, since it was started, neither while it waits for its station nor while it is asked about', async () => {
    const { id } = await begin()
    await shop.rows(`update job set expires_at = now() - interval '1 second' where id = $1`, [id])
    await leave(20)
    expect(await expireJobs(shop.store)).toEqual([])
    await askAboutAway(shop.store)
    expect(await expireJobs(shop.store)).toEqual([])
    expect(await view(id)).toMatchObject({ wait_reason: 'unconfirmed' })
  })

  test('is asked about sooner where the station says so', async () => {
    const { id } = await begin()
    await changeStation(shop.store, station, { askAfterMs: 180_000 }, TEST)
    await leave(4)
    expect(await askAboutAway(shop.store)).toEqual([{ jobId: id, station: 'Desk' }])
    await changeStation(shop.store, station, { askAfterMs: 900_000 }, TEST)
  })

  test('is not asked about while somebody drives the printer, nor what had not begun', async () => {
    const { id } = await begin()
    const [waiting] = await shop.create([{ type: 'print.label', laneId: printer.id, items: [{ content: 'x' }] }])
    await leave(20)
    await arrive()
    expect(await askAboutAway(shop.store)).toEqual([])
    await leave(20)
    expect(await askAboutAway(shop.store)).toEqual([{ jobId: id, station: 'Desk' }])
    expect(await view(waiting ?? '')).toMatchObject({ state: 'queued' })
  })

  test('is taken up as the same attempt when the station is back and nobody has decided', async () => {
    const { id } = await begin()
    await leave(20)
    await askAboutAway(shop.store)
    const lease = await arrive()
    expect(await takeUpAgain(shop.store)).toEqual([id])
    expect(await takeUpAgain(shop.store)).toEqual([])
    expect(await states(id)).toEqual(['done', 'intended', 'pending'])
    expect(await view(id)).toMatchObject({ state: 'queued', error: null })
    expect(await take(lease)).toMatchObject({ jobId: id, attempt: 1, isResumed: true })
    expect(await shop.rows('select 1 from attempt where job_id = $1', [id]), 'not over').toEqual([])
    const row = await getJob(shop.store, id, { all: true })
    const { events } = await jobTimeline(shop.store, row ?? fail(), 0)
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['lost', 'unconfirmed', 'released']))
  })

  test('is left to the person who decided, and what the station says then is kept once', async () => {
    const { id } = await begin()
    await leave(20)
    await askAboutAway(shop.store)
    await confirmJob(shop.store, id, { actor: TEST, printed: false, from: 1 })
    const lease = await arrive()
    expect(await takeUpAgain(shop.store)).toEqual([])
    const speaker = { lease, stationId: station.id, name: 'Desk' }
    const said = (...states: ('done' | 'failed')[]) => ({
      jobIds: [id],
      words: states.map((state, index) => ({ jobId: id, index, state })),
    })
    expect(await takeLateWords(shop.store, speaker, said('done'))).toEqual([id])
    expect(await takeLateWords(shop.store, { ...speaker, stationId: 999 }, said('done', 'done'))).toEqual([id])
    const logs = () => shop.rows<{ message: string }>('select message from job_log where job_id = $1', [id])
    expect(await logs(), 'nothing new, or not its own').toEqual([])
    expect(await takeLateWords(shop.store, speaker, said('failed', 'done', 'done'))).toEqual([id])
    const message = 'The station Desk said late, when it had been decided already: printed: 2-3; failed: 1'
    expect(await logs()).toEqual([{ message }])
    expect(await states(id)).toEqual(['done', 'failed', 'failed'])
  })

  test('is its own to tell while it lives', async () => {
    const { id } = await begin()
    await leave(20)
    const lease = await arrive()
    const words = [{ jobId: id, index: 1, state: 'done' }] as const
    expect(
      await takeLateWords(shop.store, { lease, stationId: station.id, name: 'Desk' }, { jobIds: [id], words }),
    ).toEqual([])
  })
})

function fail(): never {
  throw new Error('no job')
}
