import { expect, test } from 'vitest'
import type { Store } from '../src/index.ts'
import { keptStatement } from '../src/statement.ts'
import { bench } from './fixtures.ts'

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
  await using b = await bench({ maxConnections: 2 })
  // So small that any other connection would read the whole rather than an index.
  await b.rows('vacuum analyze')
  const lease = await b.worker()
  const walk = async (idempotencyKey: string): Promise<void> => {
    const ids = await b.create([{ idempotencyKey }])
    const jobs = await b.claim(lease)
    expect(jobs.map(({ jobId }) => jobId)).toEqual(ids)
    await b.source.settle(
      lease,
      jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: 'completed' })),
    )
    expect(await b.claim(lease)).toEqual([])
  }
  await walk('first')
  const before = await wholeReads(b.store)
  await walk('second')
  expect(await wholeReads(b.store)).toEqual(before)
  await b.source.unregister(lease)
})
