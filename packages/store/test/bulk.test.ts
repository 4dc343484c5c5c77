import { type BulkAction, type BulkOutcome, type JobError, requireQuery, type WorkerLease } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  actOnSet,
  cleanJobs,
  type BulkOrder,
  type BulkSet,
  type BulkTarget,
  cancelJob,
  countRetries,
  createJobs,
  createLane,
  findLane,
  forecastBulk,
  getJob,
  holdJob,
  indexJobs,
  type Lane,
  matchingSets,
  retryJob,
  setType,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
let lease: WorkerLease
beforeAll(async () => {
  b = await bench()
  lease = await b.worker()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna', requestId: 'job:1' }
const ERROR: JobError = { code: 'printer_offline', message: 'no answer', hint: null, retryable: false }
const NOBODY = '01890000-0000-7000-8000-000000000000'

function order(action: BulkAction, change: Partial<BulkOrder> = {}): BulkOrder {
  return { action, reason: null, kill: false, lane: null, priority: null, ...change }
}

function target(change: Partial<BulkTarget>): BulkTarget {
  return { query: null, ids: [], visible: { all: true }, canReadPayloads: false, before: null, ...change }
}

/** Does it to all that match, as the bulk job does. */
async function run(what: Partial<BulkTarget>, how: BulkOrder): Promise<Partial<Record<BulkOutcome, number>>> {
  const sums = new Map<BulkOutcome, number>()
  for await (const set of matchingSets(b.store, target(what))) {
    for (const [outcome, count] of await actOnSet(b.store, set, { actor: ANNA, order: how })) {
      sums.set(outcome, (sums.get(outcome) ?? 0) + count)
    }
  }
  return Object.fromEntries(sums)
}

async function setsOf(what: Partial<BulkTarget>): Promise<BulkSet[]> {
  const sets: BulkSet[] = []
  for await (const set of matchingSets(b.store, target(what))) sets.push(set)
  return sets
}

/** A job that was claimed from a queue of its own and failed. */
async function failed(queue: string, count = 1, more: object = {}): Promise<string[]> {
  const ids = await b.create(Array.from({ length: count }, () => ({ queue, ...more })))
  const jobs = await b.claim(lease, count, queue)
  await b.source.settle(
    lease,
    jobs.map(({ fence, jobId }) => ({ jobId, fence, outcome: 'failed' as const, error: ERROR })),
  )
  return ids
}

const stateOf = async (id: string) => (await getJob(b.store, id, { all: true }))?.state
const audits = (id: string) =>
  b.rows<{ action: string; actor: string; request_id: string }>(
    'select action, actor, request_id from audit where target = $1 order by id',
    [`job:${id}`],
  )
/** Jobs by state in a queue, as the counters know them. */
async function counted(queue: string): Promise<Record<string, number>> {
  const rows = await b.rows<{ state: number; n: number }>(
    `select c.state, sum(c.n)::int as n from counter c join lane l on l.id = c.queue_id and l.name = $1
     group by 1 having sum(c.n) <> 0 order by 1`,
    [queue],
  )
  return Object.fromEntries(rows.map(({ n, state }) => [state, n]))
}

describe('what matches', () => {
  test('comes in sets, each job once, though what is done changes what matches', async () => {
    await b.create(Array.from({ length: 1_203 }, () => ({ queue: 'many' })))
    const sizes: number[] = []
    for await (const set of matchingSets(b.store, target({ query: requireQuery('queue:many state:active') }))) {
      sizes.push(set.rows.length)
      await actOnSet(b.store, set, { actor: ANNA, order: order('cancel', { reason: 'wrong' }) })
    }
    expect(sizes).toEqual([500, 500, 203])
    expect(await counted('many')).toEqual({ 7: 1_203 })
  })

  test('was made before the request, so that a retry never finds its own new jobs', async () => {
    await failed('again', 3)
    const before = await b.row<{ now: Date }>(`select now() + interval '1 millisecond' as now`)
    const asked = { query: requireQuery('queue:again'), before: before.now }
    expect(await run(asked, order('retry'))).toEqual({ retried: 3 })
    expect(await run(asked, order('retry'))).toEqual({ already_retried: 3 })
  })

  test('is what the asker may see', async () => {
    const [id = ''] = await b.create([{ queue: 'secret', accountId: 7 }])
    const asked = { visible: { accountId: 8 } }
    expect(await run({ ...asked, query: requireQuery('queue:secret') }, order('cancel'))).toEqual({})
    expect(await run({ ...asked, ids: [id, NOBODY] }, order('cancel'))).toEqual({ not_found: 2 })
    expect(await run({ visible: { accountId: 7 }, ids: [id.toUpperCase(), id] }, order('cancel'))).toEqual({
      cancelled: 1,
    })
  })
})

describe('a forecast', () => {
  test('says how many in which state would be touched, and why others would not', async () => {
    await b.create(Array.from({ length: 7 }, () => ({ queue: 'plan' })))
    await failed('plan-failed', 2)
    const forecast = await forecastBulk(b.store, target({ query: requireQuery('queue:plan*') }), {
      order: order('cancel'),
    })
    expect(forecast).toMatchObject({ matched: 9, isComplete: true, estimate: null })
    expect(forecast.byState).toEqual(new Map([['queued', 7]]))
    expect(forecast.left).toEqual(new Map([['already_final', 2]]))
    expect(forecast.examples).toHaveLength(5)
    const named = await forecastBulk(b.store, target({ ids: [NOBODY] }), { order: order('cancel') })
    expect(named).toMatchObject({ matched: 1, left: new Map([['not_found', 1]]) })
  })

  test('is cut off when it takes too long, and says so', async () => {
    await b.create(Array.from({ length: 600 }, () => ({ queue: 'long' })))
    const asked = target({ query: requireQuery('queue:long') })
    const forecast = await forecastBulk(b.store, asked, { order: order('cancel'), budgetMs: -1 })
    expect(forecast).toMatchObject({ matched: 500, isComplete: false, estimate: 600 })
  })
})

describe('cancelling many', () => {
  test('ends what waits, asks the holders of the others, and leaves the rest', async () => {
    const [held = ''] = await b.create([{ queue: 'cancel' }])
    await b.claim(lease, 1, 'cancel')
    const [waits = ''] = await b.create([{ queue: 'cancel' }])
    const [over = ''] = await failed('cancel-2')
    expect(await run({ ids: [held, waits, over] }, order('cancel', { reason: 'wrong file', kill: true }))).toEqual({
      requested: 1,
      cancelled: 1,
      already_final: 1,
    })
    expect(await audits(waits)).toEqual([{ action: 'job.kill', actor: 'anna', request_id: 'job:1' }])
  })
})

describe('retrying many', () => {
  test('leaves alone what was cleaned, and retries what left nothing', async () => {
    const ids = await failed('cleaned', 2)
    await b.rows(`insert into item (job_id, idx, content) values ($1, 0, '^XA^XZ')`, [ids[0]])
    const before = new Date(Date.now() + 60_000)
    expect(await cleanJobs(b.store, ids, { before: new Date(0), rule: 'young' })).toMatchObject({ jobs: 0 })
    expect(await cleanJobs(b.store, ids, { before, rule: 'old' })).toMatchObject({ jobs: 1, items: 1 })
    expect(await run({ ids }, order('retry'))).toEqual({ cleaned: 1, retried: 1 })
  })

  test('makes a new job for each that did not go well', async () => {
    const [lost = '', again = ''] = await failed('retry', 2)
    await retryJob(b.store, again, { actor: ANNA })
    const [waits = ''] = await b.create([{ queue: 'retry-waits' }])
    const [good = ''] = await b.create([{ queue: 'retry-good' }])
    const [job] = await b.claim(lease, 1, 'retry-good')
    await b.source.settle(lease, [{ jobId: good, fence: job?.fence ?? 0, outcome: 'completed', result: 1 }])
    expect(await run({ ids: [lost, again, waits, good] }, order('retry'))).toEqual({
      retried: 1,
      already_retried: 1,
      not_final: 1,
      succeeded: 1,
    })
    const row = await getJob(b.store, lost, { all: true })
    expect(await getJob(b.store, row?.retried_by ?? '', { all: true })).toMatchObject({ retry_of: lost, phase: 1 })
    expect(await audits(lost)).toMatchObject([{ action: 'job.retry' }])
    const events = await b.rows('select actor, data from event where job_id = $1 and kind = 23', [lost])
    expect(events).toEqual([{ actor: 'anna', data: { retryId: row?.retried_by } }])
  })

  test('does of batches what is not done, in parts when they have many items', async () => {
    const items = Array.from({ length: 2_600 }, (_, n) => ({ ref: `B${n}` }))
    const ids = await failed('batches', 2, { items })
    await b.store.pool.query('update item set state = 2, attempt = 1 where job_id = $1 and idx < 2599', [ids[0]])
    expect(await run({ ids }, order('retry'))).toEqual({ retried: 2 })
    const totals = await b.rows<{ total: number }>(
      'select items_total as total from job where retry_of = any($1::uuid[]) order by 1',
      [ids],
    )
    expect(totals.map(({ total }) => total)).toEqual([1, 2_600])
  })

  test('takes a batch whole when all of it came out, and refuses one whose items are not kept', async () => {
    const [whole = '', bare = '', twice = ''] = await failed('batches-2', 3, { items: [{ ref: 'a' }] })
    await b.store.pool.query('update item set state = 2, attempt = 1 where job_id = any($1::uuid[])', [[whole, twice]])
    await b.store.pool.query('delete from item where job_id = $1', [bare])
    const sets = await setsOf({ ids: [whole, bare, twice] })
    await retryJob(b.store, twice, { actor: ANNA })
    const [set] = sets
    if (set === undefined) throw new Error('no set')
    const outcomes = await actOnSet(b.store, set, { actor: ANNA, order: order('retry') })
    expect(Object.fromEntries(outcomes)).toEqual({ retried: 1, already_retried: 1, refused: 1 })
  })

  test('leaves what somebody else retried or deleted meanwhile', async () => {
    const ids = await failed('race', 3)
    const sets = await setsOf({ ids })
    await retryJob(b.store, ids[0] ?? '', { actor: ANNA })
    await run({ ids: ids.slice(1, 2) }, order('delete'))
    const [set] = sets
    if (set === undefined) throw new Error('no set')
    const outcomes = await actOnSet(b.store, set, { actor: ANNA, order: order('retry') })
    expect(Object.fromEntries(outcomes)).toEqual({ retried: 1, already_retried: 1, not_found: 1 })
    expect(Object.fromEntries(await actOnSet(b.store, set, { actor: ANNA, order: order('delete') }))).toEqual({
      deleted: 2,
      not_found: 1,
    })
  })

  test('leaves what waits for somebody to say whether it was printed', async () => {
    const [id = ''] = await unconfirmed('unsure')
    expect(await run({ ids: [id] }, order('retry'))).toEqual({ unconfirmed: 1 })
    expect(await run({ ids: [id] }, order('release'))).toEqual({ unconfirmed: 1 })
    expect(await run({ ids: [id] }, order('hold'))).toEqual({ unconfirmed: 1 })
  })
})

describe('deleting many', () => {
  test('takes finished jobs with all that hangs on them, and keeps what was done in the audit', async () => {
    const [id = '', live = ''] = [...(await failed('trash', 1, { items: [{ ref: 'x' }] })), ...(await b.create(1))]
    await indexJobs(b.store, [id])
    await retryJob(b.store, id, { actor: ANNA })
    await countRetries(b.store)
    expect(await run({ ids: [id, live] }, order('delete'))).toEqual({ deleted: 1, not_final: 1 })
    for (const [table, column] of [
      ['job_done', 'id'],
      ['item', 'job_id'],
      ['attempt', 'job_id'],
      ['job_log', 'job_id'],
      ['job_search', 'job_id'],
      ['retried', 'job_id'],
    ]) {
      expect(await b.rows(`select from ${table} where ${column} = $1`, [id]), table).toEqual([])
    }
    expect((await audits(id)).at(-1)).toMatchObject({ action: 'job.delete', actor: 'anna' })
    expect(await counted('trash')).toEqual({ 2: 1 })
  })
})

describe('changing many that wait', () => {
  test('holds and releases them, with counters and events in step', async () => {
    const ids = await b.create(Array.from({ length: 3 }, () => ({ queue: 'hold' })))
    const [parent = ''] = ids
    const [child = ''] = await b.create([{ queue: 'hold', parents: [parent] }])
    const [running = ''] = await b.create([{ queue: 'hold-run' }])
    await b.claim(lease, 1, 'hold-run')
    const [over = ''] = await failed('hold-over')
    const all = [...ids, child, running, over]
    expect(await run({ ids: all }, order('hold', { reason: 'stock' }))).toEqual({
      held: 3,
      waits_for_parent: 1,
      running: 1,
      already_final: 1,
    })
    expect(await run({ ids }, order('hold'))).toEqual({ already_held: 3 })
    expect(await counted('hold')).toEqual({ 0: 4 })
    expect(await run({ ids: all }, order('release'))).toEqual({ released: 4, running: 1, already_final: 1 })
    expect(await run({ ids }, order('release'))).toEqual({ not_waiting: 3 })
    expect(await counted('hold')).toEqual({ 2: 4 })
    const events = await b.rows('select kind, data from event where job_id = $1 and kind in (15, 16) order by seq', [
      parent,
    ])
    expect(events).toEqual([
      { kind: 15, data: { reason: 'stock' } },
      { kind: 16, data: { from: 'hold' } },
    ])
    expect((await audits(child)).map(({ action }) => action)).toEqual(['job.release'])
  })

  test('gives them another priority', async () => {
    const ids = await b.create([{ queue: 'prio' }, { queue: 'prio', priority: 'high' }])
    expect(await run({ ids }, order('priority', { priority: 'high' }))).toEqual({ prioritised: 1, unchanged: 1 })
    expect(await b.rows('select distinct priority, rank from job where id = any($1::uuid[])', [ids])).toEqual([
      { priority: 2, rank: 2 },
    ])
    expect(await counted('prio')).toEqual({ 2: 2 })
  })

  test('moves them to where their kind of work goes', async () => {
    const [there, printer] = [await b.queue('there'), await lane('printer', 'Move 1')]
    const [one = '', other = ''] = await b.create([{ queue: 'here' }, { queue: 'there' }])
    const [print = ''] = await b.create([{ laneId: printer.id, type: 'print.label' }])
    expect(await run({ ids: [one, other, print] }, order('move', { lane: there }))).toEqual({
      moved: 1,
      unchanged: 1,
      elsewhere: 1,
    })
    expect(await counted('here')).toEqual({})
    expect(await counted('there')).toEqual({ 2: 2 })
    const second = await lane('printer', 'Move 2')
    expect(await run({ ids: [print, one] }, order('move', { lane: second }))).toEqual({ moved: 1, elsewhere: 1 })
    expect(await getJob(b.store, print, { all: true })).toMatchObject({ printer: 'Move 2', queue: 'Move 2' })
    expect(await run({ ids: await unconfirmed('Move 3') }, order('move', { lane: second }))).toEqual({ unconfirmed: 1 })
  })

  test('judges them again when they are locked', async () => {
    const [printer, second] = [await lane('printer', 'Late 1'), await lane('printer', 'Late 2')]
    const made = (await b.create(Array.from({ length: 7 }, () => ({ laneId: printer.id, type: 'print.label' })))) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    const [held, taken, cancelled, gone, resumed, unsure, moved] = made
    const [set] = await setsOf({ ids: made })
    if (set === undefined) throw new Error('no set')
    await holdJob(b.store, held, { actor: ANNA })
    await b.store.pool.query(
      'update job set phase = 2, substate = 3, worker_id = $2, lane_id = queue_id where id = $1',
      [taken, lease.workerId],
    )
    await cancelJob(b.store, cancelled, { actor: ANNA })
    await b.store.pool.query('delete from job where id = $1', [gone])
    await b.store.pool.query('update job set is_resumed = true where id = $1', [resumed])
    await b.store.pool.query('update job set phase = 0, hold = 5 where id = $1', [unsure])
    await b.store.pool.query('update job set queue_id = $2 where id = $1', [moved, second.id])
    const act = async (how: BulkOrder) => Object.fromEntries(await actOnSet(b.store, set, { actor: ANNA, order: how }))
    const lost = { running: 1, already_final: 1, not_found: 1 }
    expect(await act(order('move', { lane: second }))).toEqual({
      ...lost,
      running: 2,
      moved: 1,
      unconfirmed: 1,
      unchanged: 1,
    })
    expect(await act(order('priority', { priority: 'urgent' }))).toEqual({ ...lost, prioritised: 4 })
    expect(await act(order('priority', { priority: 'urgent' }))).toEqual({ ...lost, unchanged: 4 })
    expect(await act(order('hold'))).toEqual({ ...lost, held: 2, already_held: 1, unconfirmed: 1 })
    await b.store.pool.query('update job set phase = 0, hold = 4 where id = $1', [moved])
    expect(await act(order('hold'))).toEqual({ ...lost, already_held: 2, waits_for_parent: 1, unconfirmed: 1 })
  })

  test('needs a lane to move to', async () => {
    const [id = ''] = await b.create([{ laneId: (await lane('printer', 'Nowhere')).id, type: 'print.label' }])
    await expect(run({ ids: [id] }, order('move'))).rejects.toThrow('a lane to move to')
    expect(await stateOf(id)).toBe(2)
  })
})

const lane = (kind: 'printer', name: string): Promise<Lane> =>
  b.store.transaction((tx) => createLane(tx, { kind, name }, ANNA))

/** A print of which nobody knows whether it came out. */
async function unconfirmed(printer: string): Promise<string[]> {
  const { id } = (await findLane(b.store, 'printer', printer)) ?? (await lane('printer', printer))
  await setType(b.store, 'print.label', { lostAction: 'ask' })
  const created = await createJobs(b.store, [{ type: 'print.label', laneId: id, createdBy: 'anna' }])
  const ids = created.map((job) => job.id)
  await b.store.pool.query('update job set phase = 0, hold = 5 where id = any($1::uuid[])', [ids])
  return ids
}
