import { loseStations, rescueWorkers } from '@andon/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpJobSource, StationApi } from '../../sdk/src/index.ts'
import { type Handler, snooze, Worker } from '../../worker/src/index.ts'
import { startTestServer, type TestServer } from './harness.ts'
import { aborted, expireLease, NEVER_MS, until } from './remote-shop.ts'

let andon: TestServer
let token: string
beforeAll(async () => {
  andon = await startTestServer()
  token = await andon.token('supervisor', ['station'])
  for (const name of ['Packing', 'Office']) await andon.call('POST', '/api/machines', { body: { name } })
  await andon.call('POST', '/api/pools', { body: { name: 'Labels' } })
  for (const [name, station] of [
    ['P1', 'Packing'],
    ['P2', 'Packing'],
    ['O1', 'Office'],
  ]) {
    const body = { name, station, pool: 'Labels', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true }
    expect((await andon.call('POST', '/api/printers', { body })).status).toBe(201)
  }
})
afterAll(() => andon[Symbol.asyncDispose]())

async function station(name: string, handler: Handler): Promise<Worker> {
  const source = httpJobSource({ url: andon.url, token, station: name })
  const api = new StationApi(source)
  const handlers = new Map([['print.label', handler]])
  const worker = new Worker({
    source,
    version: 'test',
    kind: 'station',
    lanes: () => api.lanes(),
    handlers,
    leaseMs: NEVER_MS,
  })
  await worker.start()
  return worker
}

async function print(ref: string): Promise<string> {
  const body = { pool: 'Labels', items: [{ zpl: '^XA^FDx^FS^XZ', ref }] }
  return (await andon.call('POST', '/api/print', { body })).body.id
}

async function now(id: string) {
  return (await andon.call('GET', `/api/jobs/${id}`)).body
}

test('a station that is lost gives on what it had not sent, and is asked about what it had', async () => {
  /** What the stations did, in order. */
  const told: string[] = []
  const holds = Promise.withResolvers<void>()
  const hold: Handler = async (job) => {
    const [item] = await job.items.read(0, 1)
    if (item?.ref === 'sent') {
      await job.items.change([{ from: 0, to: 0, state: 'intended', attempt: job.attempt }])
      told.push('Packing sends')
    } else told.push('Packing has begun nothing')
    if (told.length === 2) holds.resolve()
    await aborted(job.signal)
  }
  await using packing = await station('Packing', hold)
  const [sent, unsent] = [await print('sent'), await print('unsent')]
  await holds.promise
  const [{ printer }] = [await now(sent)]

  // Two minutes without a word.
  await expireLease(andon.store, packing.id)
  await andon.store.pool.query(`update station set seen_at = now() - interval '121 seconds' where name = 'Packing'`)
  expect(await loseStations(andon.store, 120_000)).toEqual(['Packing'])
  await rescueWorkers(andon.store)
  await using office = await station('Office', async (job) => {
    told.push('Office prints')
    job.update({ printerId: job.claimed.laneId, proof: 'sent' })
    return null
  })
  const done = await until(async () => {
    const job = await now(unsent)
    return job.state === 'completed' ? job : null
  })
  expect(done).toMatchObject({ printer: 'O1', station: 'Office' })
  expect(await now(sent), 'data that has left moves nowhere').toMatchObject({ state: 'queued', printer })
  expect(told.filter((line) => line === 'Office prints')).toHaveLength(1)

  await packing.stop()
  const asked = Promise.withResolvers<boolean>()
  await using back = await station('Packing', async (job) => {
    asked.resolve(job.claimed.isResumed)
    return snooze(NEVER_MS)
  })
  expect(await asked.promise, 'it is to ask its printer, not to send again').toBe(true)
  expect(office.id).not.toBeNull()
  expect(back.id).not.toBeNull()
})
