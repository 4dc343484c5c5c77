import { requireQuery } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { indexJobs, type JobRowPage, listJobs } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const DAY_MS = 86_400_000
let b: Bench
beforeAll(async () => {
  b = await bench()
  await b.rows(`insert into job_type (name) values ('report.day') on conflict do nothing`)
  await b.queue('default')
  await b.rows(`select ensure_partitions(now() - n * interval '1 month') from generate_series(0, 3) n`)
})
afterAll(() => b[Symbol.asyncDispose]())

interface Stretch {
  readonly count: number
  readonly by: string
  /** Age of the newest, and between two. */
  readonly fromMs: number
  readonly stepMs: number
}

const nowMs = Date.now()
let made = 0

/** Jobs of equal distance, newest first; their ids. */
async function insert(table: 'job' | 'job_done', { by, count, fromMs, stepMs }: Stretch): Promise<string[]> {
  const ages = Array.from({ length: count }, (_, n) => fromMs + n * stepMs)
  const ids = ages.map((age) => {
    made += 1
    const hex = (nowMs - age).toString(16).padStart(12, '0')
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(made).padStart(12, '0')}`
  })
  const own = table === 'job' ? 'phase' : 'state, finished_at'
  const values =
    table === 'job'
      ? '1'
      : `4, to_timestamp(t.ms / 1000.0) + case when t.n = ${count} then interval '2 hours' else interval '1 second' end`
  await b.rows(
    `insert into ${table} (id, site_id, type_id, queue_id, priority, attempt, max_attempts, version, run_at, created_at,
       queued_at, started_at, created_by, ${own})
     select t.id, 1, (select id from job_type where name = 'report.day'), (select id from lane where name = 'default'),
       1, 1, 3, 1, at, at, at, at, $3, ${values}
     from unnest($1::uuid[], $2::float8[]) with ordinality t (id, ms, n)
     cross join lateral (select to_timestamp(t.ms / 1000.0) as at) moment`,
    [ids, ages.map((age) => nowMs - age), by],
  )
  if (table === 'job_done') await indexJobs(b.store, ids)
  return ids
}

interface Walk {
  readonly limit: number
  readonly budgetMs: number
  readonly probeRows?: number
}

/** All pages one after the other. */
async function pages(q: string, { budgetMs, limit, probeRows = 60 }: Walk): Promise<JobRowPage[]> {
  const found: JobRowPage[] = []
  let cursor: string | null = null
  do {
    const request = { query: requireQuery(q), visible: { all: true }, canReadPayloads: true, cursor, nowMs } as const
    const page: JobRowPage = await listJobs(b.store, { ...request, limit, budgetMs, probeRows })
    found.push(page)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}

const idsOf = (all: readonly JobRowPage[]) => all.flatMap(({ rows }) => rows.map(({ id }) => id))

describe('jobs that lie far apart are all found', () => {
  test('behind thousands that wait, in one look with enough time and page by page with none', async () => {
    await insert('job', { by: 'many', count: 6_500, fromMs: 1_000, stepMs: 100 })
    const wanted = await insert('job', { by: 'rare', count: 3, fromMs: DAY_MS, stepMs: 1_000 })
    const patient = await pages('by:rare', { limit: 10, budgetMs: 60_000 })
    expect(patient).toHaveLength(1)
    expect(idsOf(patient)).toEqual(wanted)
    const hasty = await pages('by:rare', { limit: 10, budgetMs: 0 })
    expect(hasty.length).toBeGreaterThan(1)
    expect(hasty[0]?.searchedUntil).not.toBeNull()
    expect(idsOf(hasty)).toEqual(wanted)
    await b.rows('delete from job')
  })

  test('among finished ones that the index takes for them, however many there are of those', async () => {
    await insert('job_done', { by: 'many', count: 60, fromMs: 1_000, stepMs: 1_000 })
    // The index knows who made a job, but not what stands in its input.
    const candidates = await insert('job_done', { by: 'slow', count: 200, fromMs: DAY_MS, stepMs: DAY_MS / 20 })
    await b.rows(`update job_done set input = '{"n": 7}' where id = $1`, [candidates.at(-1)])
    for (const budgetMs of [0, 60_000]) {
      expect(idsOf(await pages('by:slow duration:>1h', { limit: 10, budgetMs }))).toEqual(candidates.slice(-1))
      expect(idsOf(await pages('by:slow input.n:7', { limit: 10, budgetMs }))).toEqual(candidates.slice(-1))
      expect(idsOf(await pages('by:slow', { limit: 10, budgetMs }))).toEqual(candidates)
    }
    await b.rows('delete from job_done')
  })

  test('and none is looked for where there are just as many as are looked at in order', async () => {
    await insert('job_done', { by: 'many', count: 60, fromMs: 1_000, stepMs: 1_000 })
    for (const probeRows of [59, 60, 61]) {
      const [page, ...more] = await pages('by:rare', { limit: 10, budgetMs: 60_000, probeRows })
      expect(page).toMatchObject({ rows: [], nextCursor: null, searchedUntil: null })
      expect(more).toEqual([])
    }
  })
})
