import type { WorkHint } from '@andon/core'
import { testDatabase } from '@andon/testing'
import { describe, expect, test } from 'vitest'
import { EventFeed } from '../../src/feed.ts'
import { cancelJob, createJobs, internQueues, openStore, type Store, storeJobSource } from '../../src/index.ts'
import { Load, wrongAfter } from './load.ts'
import { noPgbouncer, startPgbouncer } from './pgbouncer.ts'
import { mustRun } from './skip.ts'

describe.skipIf(!mustRun(noPgbouncer))('through pgbouncer in transaction mode', () => {
  test('jobs are made, claimed, cancelled and settled, and hints come past it', async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await testDatabase())
    const bouncer = stack.use(await startPgbouncer(database.url))
    const store = stack.use(await openStore({ connection: bouncer.url, listenConnection: database.url }))
    const other = stack.use(await openStore({ connection: bouncer.url, listenConnection: database.url }))
    const source = storeJobSource(store)
    const lane = await queue(store)
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
    const hints = hintLog()
    stack.use(await source.subscribe(lease, hints.add))
    await hints.next((hint) => hint.kind === 'sweep')

    const [made] = await createJobs(other, [
      { type: 'test.work', createdBy: 'anna', items: [{ ref: 'BOX-1' }, { ref: 'BOX-2' }], idempotencyKey: 'k' },
    ])
    await hints.next((hint) => hint.kind === 'ready' && hint.laneIds.includes(lane))
    const lanes = [{ laneId: lane, queueIds: [lane], limit: 10, slot: null }]
    const [job] = await source.claim(lease, { lanes, types: ['test.work'], limit: 10 })
    if (job === undefined) throw new Error('nothing was claimed')
    expect(job.jobId).toBe(made?.id)
    const token = { jobId: job.jobId, fence: job.fence }
    await source.change(lease, [{ ...token, from: 0, to: 0, state: 'done', attempt: 1 }])
    expect(await source.progress(lease, [{ ...token, itemsDone: 1 }])).toEqual([])
    expect(await cancelJob(other, job.jobId, { actor: { name: 'anna' }, reason: 'wrong file' })).toBe('requested')
    await hints.next((hint) => hint.kind === 'cancel' && hint.jobIds.includes(job.jobId))
    expect(await source.settle(lease, [{ ...token, outcome: 'cancelled' }])).toEqual([])
    const { rows } = await store.pool.query('select state, cancel_reason, items_done from job_done')
    expect(rows).toEqual([{ state: 7, cancel_reason: 'wrong file', items_done: 1 }])
    await source.unregister(lease)
  })

  test('a pooler that ignores settings is seen as one', async () => {
    await using database = await testDatabase()
    await using bouncer = await startPgbouncer(database.url, 'ignore_startup_parameters = options')
    await using store = await openStore({ connection: bouncer.url })
    await createJobs(store, [{ type: 'test.work', createdBy: 'anna' }])
    expect((await store.pool.query('select name from pg_prepared_statements')).rows).toEqual([])
  })

  test('the time limits hold, though the session cannot set them', async () => {
    await using database = await testDatabase()
    await using bouncer = await startPgbouncer(database.url)
    await using first = await openStore({ connection: bouncer.url, statementTimeoutMs: 12_000 })
    // Defaults reach the sessions that the pooler opens from now on.
    await bouncer.kill()
    await bouncer.start()
    await using direct = await openStore({ connection: database.url, statementTimeoutMs: 12_000 })
    const limits = async (store: Store): Promise<unknown> =>
      (await store.pool.query("select current_setting('statement_timeout') as s, current_setting('jit') as j")).rows
    expect(await limits(first)).toEqual([{ s: '12s', j: 'off' }])
    expect(await limits(first)).toEqual(await limits(direct))
  })

  test('two processes share four connections, and everything is right afterwards', async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await testDatabase())
    const bouncer = stack.use(await startPgbouncer(database.url))
    // Without a connection of its own for listening, polls alone move everything.
    const one = stack.use(await openStore({ connection: bouncer.url }))
    const two = stack.use(await openStore({ connection: bouncer.url }))
    const feed = stack.use(new EventFeed(one, { pollMs: 50 }))
    const heard = new Set<number>()
    feed.subscribe((events) => events.forEach((event) => heard.add(event.seq)))
    await feed.start(0)
    const loads = [stack.use(new Load(one, { queue: 'one' })), stack.use(new Load(two, { queue: 'two' }))]
    await Promise.all(loads.map((load) => load.progress(300)))
    await bouncer.kill()
    await bouncer.start()
    await Promise.all(loads.map((load) => load.progress(300)))
    await Promise.all(loads.map((load) => load.finish()))
    for (const load of loads) {
      expect(await wrongAfter(one, load)).toEqual([])
      expect([...load.errors.keys()].filter((code) => code !== 'database_unavailable')).toEqual([])
    }
    const { rows } = await one.pool.query('select seq from event union all select seq from event_batch')
    while (heard.size < rows.length) await feed.runOnce()
    expect(heard).toEqual(new Set(rows.map((row) => Number(row.seq))))
  })
})

async function queue(store: Store): Promise<number> {
  const lane = (await internQueues(store, ['default'])).get('default')
  if (lane === undefined) throw new Error('no lane')
  return lane.id
}

function hintLog() {
  const seen: WorkHint[] = []
  let wake = () => {}
  return {
    add: (hint: WorkHint): void => {
      seen.push(hint)
      wake()
    },
    next: async (isWanted: (hint: WorkHint) => boolean): Promise<void> => {
      while (!seen.some(isWanted)) await new Promise<void>((resolve) => (wake = resolve))
    },
  }
}
