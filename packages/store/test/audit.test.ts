import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeStation, createSchedule, createStation, drainLane, listAudit, setLaneLimits } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna' }

test('the audit has the names of the API, whatever they are called inside', async () => {
  const lane = await b.queue('reports')
  await setLaneLimits(b.store, lane.id, { rateLimit: 3, ratePerMs: 60_000 }, ANNA)
  await drainLane(b.store, lane.id, true, ANNA)
  const desk = await createStation(b.store, { name: 'Desk', isPrintServer: true, askAfterMs: 900_000 }, ANNA)
  await changeStation(b.store, desk, { isPrintServer: false }, ANNA)

  const limits = { slots: null, depth_limit: null, rate_limit: null, rate_per_ms: null }
  expect(await listAudit(b.store, { target: 'queue:reports', limit: 9 })).toMatchObject([
    { action: 'queue.drain', before: { is_draining: false }, after: { is_draining: true } },
    { action: 'queue.limits', before: limits, after: { ...limits, rate_limit: 3, rate_per_ms: 60_000 } },
  ])
  expect(await listAudit(b.store, { target: `station:${desk.id}`, limit: 9 })).toMatchObject([
    { before: { is_print_server: true, ask_after_ms: 900_000 }, after: { is_print_server: false } },
    { after: { name: 'Desk', is_print_server: true, ask_after_ms: 900_000 } },
  ])
})

test('the audit leaves names that callers chose as they are', async () => {
  const nextRunAt = new Date('2027-01-01T06:00:00Z')
  const job = { type: 'test.work', tags: { madeBy: 'erp' }, input: { orderId: 7, parts: [{ boxNo: 1 }] } }
  const { id } = await createSchedule(
    b.store,
    { name: 'nightly', cron: '0 6 * * *', timeZone: 'UTC', job, nextRunAt },
    ANNA,
  )
  const [entry] = await listAudit(b.store, { target: `schedule:${id}`, limit: 1 })
  expect(entry?.after).toMatchObject({ time_zone: 'UTC', next_run_at: nextRunAt.toISOString(), job })
})
