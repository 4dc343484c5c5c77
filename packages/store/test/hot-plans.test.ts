import { testDatabase } from '@andon/testing'
import { expect, test } from 'vitest'
import { createJobs, internQueues, openStore, type Store, storeJobSource } from '../src/index.ts'
import { keptStatement } from '../src/statement.ts'

// Says what it read on its own connection, the only one of the hot path.
const FLUSH = keptStatement('test_flush_statistics', 'select pg_stat_force_next_flush()::text')
const NOTHING = keptStatement('test_nothing', 'select 1 as one')

/** The tables that grow, and how often each was read whole. */
async function wholeReads(store: Store): Promise<unknown> {
  await store.query(FLUSH)
  await store.query(NOTHING)
  const { rows } = await store.pool.query(
    `select relname, seq_scan::int as whole from pg_stat_user_tables
     where relname in ('job', 'idempotency', 'worker', 'parked', 'lane') order by relname`,
  )
  return rows
}

test('statements of the hot path read no table whole, though they were planned while all were empty', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url, maxConnections: 2 })
  // So small that any other connection would read the whole rather than an index.
  await store.pool.query('vacuum analyze')
  const lane = (await internQueues(store, ['default'])).get('default')
  if (lane === undefined) throw new Error('no lane')
  const source = storeJobSource(store)
  const lease = await source.register({
    name: 'w1',
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types: ['test.work'],
    slots: 10,
    leaseMs: 30_000,
  })
  const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 10, slot: null }]
  const walk = async (key: string): Promise<number> => {
    await createJobs(store, [{ type: 'test.work', createdBy: 'anna', idempotencyKey: key }])
    const jobs = await source.claim(lease, { lanes, types: ['test.work'], limit: 10 })
    await source.settle(
      lease,
      jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: 'completed' })),
    )
    expect(await source.claim(lease, { lanes, types: ['test.work'], limit: 10 })).toEqual([])
    return jobs.length
  }
  expect(await walk('first')).toBe(1)
  const before = await wholeReads(store)
  expect(await walk('second')).toBe(1)
  expect(await wholeReads(store)).toEqual(before)
  await source.unregister(lease)
})
