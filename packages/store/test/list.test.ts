import { JOB_STATES, matchesQuery, requireQuery } from '@andon/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { facetExtras, indexJobs, type JobRow, jobRows, listJobs, toFacets, type Visibility } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const ALL: Visibility = { all: true }
let b: Bench
let everything: JobRow[] = []
let extras: Awaited<ReturnType<typeof facetExtras>> = new Map()
const nowMs = Date.now()

const WORDS = ['MO-8235', 'kite', 'Müller', 'box', 'Größe', 'invoice 7', 'a-b-c']

/** Jobs of many kinds over a year: live and finished ones, indexed and not yet indexed, with odd texts. */
beforeAll(async () => {
  b = await bench()
  await b.rows(`insert into job_type (name) values ('print.label'), ('print.document'), ('report.pdf'), ('scrape.web')`)
  await b.rows(`insert into lane (kind, name, slots) values ('printer', 'Label 01', 1), ('printer', 'Étage 2', 1),
    ('queue', 'default', null), ('queue', 'web', null), ('pool', 'labels', null)`)
  await b.rows(`insert into worker (name, kind, host, pid, version, schema_version, types, slots, lease_until)
    values ('w1', 'worker', 'h', 1, '1', 1, '{*}', 1, now() + interval '1 hour'), ('w2', 'worker', 'h', 1, '1', 1, '{}', 1, now())`)
  await b.rows(
    `insert into account (name, display_name, role) values ('anna', 'Anna', 'operator'), ('bob', 'Bob', 'operator')`,
  )
  const random = mulberry(7)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  for (let n = 0; n < 900; n += 1) await insertJob({ n, random, pick })
  const ids = await b.rows<{ id: string }>('select id from job_any')
  const finished = await b.rows<{ id: string }>('select id from job_done order by id')
  // The newest are left to the probe.
  await indexJobs(
    b.store,
    finished.slice(0, -40).map((row) => row.id),
  )
  everything = await jobRows(
    b.store,
    ids.map((row) => row.id),
  )
  extras = await facetExtras(
    b.store,
    ids.map((row) => row.id),
    { itemRefs: true, payloads: true },
  )
  expect(everything).toHaveLength(900)
})

afterAll(() => b[Symbol.asyncDispose]())

/** What a naive filter over everything says. */
function naive(q: string, visible: Visibility, canReadPayloads = true): string[] {
  const query = requireQuery(q)
  const printTypes = new Set(['print.label', 'print.document'])
  return everything
    .filter((row) => 'all' in visible || row.account_id === visible.accountId || printTypes.has(row.type))
    .filter((row) => {
      const extra = extras.get(row.id)
      const seen = {
        itemRefs: extra?.itemRefs ?? [],
        input: canReadPayloads ? extra?.input : null,
        result: canReadPayloads ? extra?.result : null,
      }
      return matchesQuery(query, toFacets(row, seen), nowMs)
    })
    .map((row) => row.id)
}

/** All pages one after the other. */
async function walk(
  q: string,
  options: { visible?: Visibility; limit?: number; budgetMs?: number; probeRows?: number } = {},
): Promise<string[]> {
  const { visible = ALL, limit = 50, budgetMs = 30, probeRows = 60 } = options
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const page = await listJobs(b.store, {
      query: requireQuery(q),
      visible,
      canReadPayloads: true,
      cursor,
      limit,
      budgetMs,
      probeRows,
      nowMs,
    })
    ids.push(...page.rows.map((row) => row.id))
    expect(page.rows.length === limit || page.nextCursor === null || page.searchedUntil !== null).toBe(true)
    cursor = page.nextCursor
  } while (cursor !== null)
  return ids
}

const term = fc.oneof(
  fc.constantFrom(...JOB_STATES, 'active', 'final').map((state) => `state:${state}`),
  fc.constantFrom(
    'state:failed,running',
    'type:print.*',
    'type:print.label',
    'type:*.web',
    'type:nothing',
    'type:nothing.*',
    'type:print.*,report.pdf',
    'queue:web',
    'queue:"label 01"',
  ),
  fc.constantFrom(
    'printer:"Label 01"',
    'printer:"etage 2"',
    'printer:l*',
    'pool:labels',
    'worker:w1',
    'worker:*',
    'station:*',
  ),
  fc.constantFrom(
    'by:anna',
    'by:BOB',
    'by:a*',
    'tag:shift',
    'tag:shift=night',
    'tag:sh*',
    'subject:order=mo-8235',
    'subject:mo*',
  ),
  fc.constantFrom(
    'error:printer_offline',
    'error:p*',
    'error:*',
    'priority:high,urgent',
    'proof:confirmed',
    'wait:paused,no_worker,limit',
    'wait:retry',
  ),
  fc.constantFrom(
    'created:<2d',
    'created:>30d',
    'created:10d..40d',
    'finished:<20d',
    'started:>300d',
    'duration:>1m',
    'duration:<2s',
    'duration:1s..1m',
    'finished:20d..40d',
    'waited:>10s',
  ),
  fc.constantFrom(
    'attempt:>1',
    'attempt:1',
    'attempt:>25',
    'attempt:2..4',
    'items:>10',
    'items.failed:>0',
    'items.failed:>=1',
    'items.failed:>=0',
    'items.done:0',
    'input.order.id:3',
    'input.order.id:>5',
  ),
  fc.constantFrom(
    'item.ref:BOX-7',
    'ref:box-*',
    ...WORDS.map((word) => `"${word}"`),
    'mo',
    'muller',
    'ki*',
    'no*',
    'offline',
  ),
)
const queries = fc
  .array(fc.tuple(fc.boolean(), term), { maxLength: 3 })
  .map((terms) => terms.map(([isNegated, text]) => `${isNegated ? '-' : ''}${text}`).join(' '))

describe('a list', () => {
  test('holds exactly what a filter over everything holds, newest first', async () => {
    const readers = fc.constantFrom<Visibility>(ALL, { accountId: 1 }, { accountId: 2 })
    await fc.assert(
      fc.asyncProperty(
        queries,
        readers,
        fc.constantFrom(40, 1_000),
        fc.constantFrom(60, 1_000),
        async (q, visible, limit, probeRows) => {
          expect(await walk(q, { visible, limit, probeRows })).toEqual(naive(q, visible))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('is complete however little time each page has', async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (q) => {
        expect(await walk(q, { budgetMs: 0, limit: 20 })).toEqual(naive(q, ALL))
      }),
      { numRuns: 8 },
    )
  })

  test('is the same page by page, within bounds and without', async () => {
    const asked = ['created:>30d', 'created:10d..300d', 'finished:<200d', 'state:final -type:report.*', 'by:anna', '']
    for (const q of [
      ...asked,
      'type:print.* finished:20d..40d',
      'attempt:>25 items.failed:>=1',
      'pool:labels -worker:w1',
      'queue:labels pool:labels',
      'items.failed:>0',
      'items.failed:>=0 -state:failed',
      'type:nothing',
      'by:nobody type:nothing.*',
    ]) {
      expect(await walk(q, { limit: 7, probeRows: 20 })).toEqual(naive(q, ALL))
      expect(await walk(q, { limit: 7, probeRows: 20, budgetMs: 0 })).toEqual(naive(q, ALL))
    }
  })

  test('looks for a wildcard that stands for too many names as it is', async () => {
    await b.rows(`insert into lane (kind, name) select 'queue', 'bulk-' || n from generate_series(1, 120) n`)
    for (const q of ['queue:bulk* type:report.*', '-queue:bulk* state:failed']) {
      expect(await walk(q, { limit: 7, probeRows: 20 })).toEqual(naive(q, ALL))
    }
  })

  test('returns each row once while others are added', async () => {
    await using own = await bench()
    const first = await own.create(120)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await listJobs(own.store, {
        query: requireQuery('by:anna'),
        visible: ALL,
        canReadPayloads: true,
        cursor,
        limit: 10,
      })
      seen.push(...page.rows.map((row) => row.id))
      cursor = page.nextCursor
      await own.create(15)
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.toSorted()).toEqual(first.toSorted())
  })

  test('refuses the cursor of another query or reader', async () => {
    const request = { visible: ALL, canReadPayloads: true, limit: 5 }
    const page = await listJobs(b.store, { ...request, query: requireQuery('by:anna'), cursor: null })
    const cursor = page.nextCursor
    expect(cursor).not.toBeNull()
    const other = { ...request, query: requireQuery('by:bob'), cursor }
    await expect(listJobs(b.store, other)).rejects.toMatchObject({ code: 'cursor_invalid' })
    const reader = { ...request, query: requireQuery('by:anna'), visible: { accountId: 1 }, cursor }
    await expect(listJobs(b.store, reader)).rejects.toMatchObject({ code: 'cursor_invalid' })
    for (const damaged of ['x', '', 'äöü', `${cursor}A`]) {
      await expect(listJobs(b.store, { ...request, query: requireQuery(''), cursor: damaged })).rejects.toMatchObject({
        code: 'cursor_invalid',
      })
    }
    const same = await listJobs(b.store, { ...request, query: requireQuery('  by:anna '), cursor })
    expect(same.rows).toHaveLength(5)
  })

  test('looks into payloads only for those who may read them', async () => {
    const request = { query: requireQuery('input.order.id:3'), visible: ALL, cursor: null, limit: 500 }
    const open = await listJobs(b.store, { ...request, canReadPayloads: true })
    expect(open.rows.length).toBeGreaterThan(0)
    const closed = await listJobs(b.store, { ...request, canReadPayloads: false })
    expect(closed.rows).toEqual([])
  })

  test('counts exactly where counters can tell, and where it saw everything', async () => {
    await b.rows(`insert into counter select 1, queue_id, state, count(*) from job_any group by 2, 3`)
    const count = async (q: string, limit = 3) => {
      const page = await listJobs(b.store, {
        query: requireQuery(q),
        visible: ALL,
        canReadPayloads: true,
        cursor: null,
        limit,
        budgetMs: 60_000,
        nowMs,
      })
      return page.total
    }
    expect(await count('')).toEqual({ count: 900, isExact: true })
    expect(await count('state:failed')).toEqual({ count: naive('state:failed', ALL).length, isExact: true })
    expect(await count('state:final -queue:web')).toEqual({
      count: naive('state:final -queue:web', ALL).length,
      isExact: true,
    })
    expect(await count('by:anna', 1_000)).toEqual({ count: naive('by:anna', ALL).length, isExact: true })
    expect((await count('by:anna'))?.isExact).toBe(false)
  })
})

interface Draw {
  readonly n: number
  readonly random: () => number
  readonly pick: <T>(values: readonly T[]) => T
}

async function insertJob({ n, random, pick }: Draw): Promise<void> {
  const isDone = random() < 0.7
  const ageMs = Math.floor(random() ** 3 * 360 * 86_400_000)
  const at = new Date(nowMs - ageMs)
  const type = pick([1, 2, 3, 4])
  const isPrint = type <= 2
  const queue = isPrint ? pick([1, 2, 5]) : pick([3, 4])
  const items = isPrint && random() < 0.5 ? 20 : null
  const started = random() < 0.9 ? new Date(at.getTime() + random() * 60_000) : null
  const state = isDone ? pick([4, 4, 4, 5, 6, 6, 7]) : pick([0, 2, 3])
  const failed = items !== null && state === 5 ? 3 : items === null ? null : 0
  const account = pick([1, 2, null])
  const common = {
    id: b.store.newId().replace(/^.{13}/, hexTime(at)),
    site_id: 1,
    type_id: type,
    queue_id: queue,
    priority: pick([0, 1, 1, 2, 3]),
    attempt: pick([0, 1, 1, 1, 3, 27]),
    max_attempts: 30,
    version: 2,
    run_at: at,
    created_at: at,
    queued_at: at,
    started_at: started,
    description: random() < 0.7 ? `${pick(WORDS)} no. ${n % 40}` : null,
    subject_type: random() < 0.4 ? 'order' : null,
    tags: random() < 0.4 ? JSON.stringify({ shift: pick(['day', 'night']), 'o"dd': "it's\\" }) : null,
    input: JSON.stringify({ order: { id: n % 9 }, note: 'x' }),
    created_by: account === 2 ? 'bob' : 'anna',
    account_id: account,
    items_total: items,
    items_done: items === null ? null : state === 4 ? items : 2,
    items_failed: failed,
    printer_id: isPrint && random() < 0.5 ? pick([1, 2]) : null,
    proof: isPrint ? pick([0, 4]) : null,
    error:
      state === 6 || random() < 0.05
        ? JSON.stringify({ code: pick(['printer_offline', 'handler_failed']), message: 'Drucker ist Offline' })
        : null,
  }
  const subject = common.subject_type === null ? null : `MO-${8230 + (n % 9)}`
  const finished = new Date((started ?? at).getTime() + Math.floor(random() ** 4 * 600_000))
  const row = isDone
    ? {
        ...common,
        subject_id: subject,
        state,
        finished_at: finished,
        worker_id: pick([1, 2, null]),
        summary: pick(['done', null]),
      }
    : {
        ...common,
        subject_id: subject,
        phase: state === 0 ? 0 : state === 2 ? 1 : 2,
        substate: state === 3 ? pick([1, 2, 3]) : null,
        hold: state === 0 ? pick([0, 1, 3, 4, 5]) : null,
        worker_id: state === 3 ? 1 : null,
        lane_id: state === 3 ? queue : null,
      }
  await insert(isDone ? 'job_done' : 'job', row)
  if (items !== null && random() < 0.6) {
    for (let idx = 0; idx < 3; idx += 1) await insert('item', { job_id: common.id, idx, ref: `BOX-${(n + idx) % 12}` })
  }
}

async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row)
  await b.rows(
    `insert into ${table} (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(row),
  )
}

function hexTime(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** A small generator with a seed, so that every run has the same jobs. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
