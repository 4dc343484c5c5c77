import { testDatabase } from '@andon/testing'
import pg from 'pg'
import { expect, test } from 'vitest'
import { EventFeed } from '../../src/feed.ts'
import { createJobs, markEvents, hasPassed, openStore, type Store } from '../../src/index.ts'
import { Load, wrongAfter } from './load.ts'

test('a transaction that a stranger leaves open holds nothing back', async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const stranger = await strangerAt(database.url, stack)
  await stranger.query('begin isolation level repeatable read')
  // With a transaction id and a snapshot it holds back the horizon of the whole cluster.
  await stranger.query('select pg_current_xact_id(), count(*) from job')

  const store = stack.use(await openStore({ connection: database.url }))
  const feed = stack.use(new EventFeed(store))
  const seen = new Set<number>()
  feed.subscribe((events) => events.forEach((event) => seen.add(event.seq)))
  await feed.start(0)
  const load = stack.use(new Load(store))
  await load.progress(500)
  await load.finish()
  expect(await wrongAfter(store, load)).toEqual([])
  expect([...load.errors]).toEqual([])
  const written = await eventNumbers(store)
  await feed.runOnce()
  expect(seen).toEqual(written)

  const mark = await markEvents(store)
  expect(await hasPassed(store, mark)).toBe(false)
  await stranger.query('rollback')
  expect(await hasPassed(store, mark)).toBe(true)
  await feed.runOnce()
  expect(feed.holes).toBe(0)
})

test('a lock that a stranger holds is told as a timeout, with bounded connections, and then all goes on', async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const store = stack.use(
    await openStore({ connection: database.url, maxConnections: 3, statementTimeoutMs: 400, connectTimeoutMs: 800 }),
  )
  const [kept] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna' }])
  const stranger = await strangerAt(database.url, stack)
  await stranger.query('begin')
  await stranger.query('lock table job in access exclusive mode')
  const tries = Array.from({ length: 30 }, () => createJobs(store, [{ type: 'test.work', createdBy: 'anna' }]))
  const codes = (await Promise.allSettled(tries)).map((one) => (one.status === 'rejected' ? one.reason.code : 'made'))
  expect(new Set(codes).difference(new Set(['database_timeout', 'database_unavailable']))).toEqual(new Set())
  expect(codes).toContain('database_timeout')
  expect(store.pool.totalCount).toBeLessThanOrEqual(3)
  await stranger.query('rollback')
  const [made] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna' }])
  const { rows } = await store.pool.query('select id from job order by id')
  expect(rows).toEqual([{ id: kept?.id }, { id: made?.id }])
})

test('a statement that a stranger makes slow is ended, and what it was part of is not there by half', async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const store = stack.use(await openStore({ connection: database.url, statementTimeoutMs: 400 }))
  const stranger = await strangerAt(database.url, stack)
  await stranger.query(
    `create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
     create trigger dawdle before insert on item for each row execute function dawdle()`,
  )
  const batch = { type: 'print.label', createdBy: 'anna', items: [{ ref: 'BOX-1' }] }
  await expect(createJobs(store, [batch])).rejects.toMatchObject({ code: 'database_timeout' })
  const { rows } = await store.pool.query('select (select count(*)::int from job_any) as jobs')
  expect(rows).toEqual([{ jobs: 0 }])
  await stranger.query('drop trigger dawdle on item')
  expect(await createJobs(store, [batch])).toHaveLength(1)
})

async function strangerAt(url: string, stack: AsyncDisposableStack): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'stranger' })
  await client.connect()
  stack.defer(() => client.end())
  return client
}

async function eventNumbers(store: Store): Promise<Set<number>> {
  const { rows } = await store.pool.query('select seq from event union all select seq from event_batch')
  return new Set(rows.map((row) => Number(row.seq)))
}
