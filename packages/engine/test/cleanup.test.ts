import {
  ARCHIVE_TYPE,
  CLEANUP_TYPE,
  DAY_MS,
  DEFAULT_RETENTION,
  FINAL_STATES,
  type FinalState,
  type RetentionRule,
  requireQuery,
  retentionRuleFor,
  uuidFloor,
} from '@andon/core'
import {
  archiveMonth,
  cleanedJob,
  createJobs,
  findDocument,
  forecastRetention,
  type FinishedJob,
  importFinished,
  indexJobs,
  internQueues,
  internTypes,
  isMonthDue,
  jobRows,
  listJobs,
  listMonths,
  listRetentionRules,
  monthsDue,
  openStore,
  readItems,
  restoreMonth,
  retentionPlans,
  retryJob,
  setRetentionRules,
  SILENT,
  type Store,
  storeDocument,
} from '@andon/store'
import { testDatabase } from '@andon/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cleanUp, isCleanupDue, Upkeep } from '../src/index.ts'

const ANNA = { name: 'anna' }
/** The moment at which all of this happens. */
const NOW = new Date('2026-05-20T12:00:00Z')

let store: Store
let database: Awaited<ReturnType<typeof testDatabase>>
let made = 0

beforeAll(async () => {
  database = await testDatabase()
  store = await openStore({ connection: database.url })
})

beforeEach(async () => {
  await rows('delete from job_done')
  await rows('delete from job')
  await rows('delete from cleaned_job')
  await rows('delete from counter')
  await rows('delete from restored_month')
  await setRetentionRules(store, DEFAULT_RETENTION, ANNA)
})

afterAll(async () => {
  await store.close()
  await database[Symbol.asyncDispose]()
})

async function rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
  const result = await store.pool.query(text, [...values])
  return result.rows as R[]
}

interface Ended {
  readonly type?: string
  readonly state?: FinalState
  readonly daysAgo: number
  readonly createdDaysAgo?: number
}

/** Jobs that ended so long before NOW, each with a label and a log line; their ids. */
async function ended(...jobs: readonly Ended[]): Promise<string[]> {
  const queueId = (await internQueues(store, ['history'])).get('history')?.id ?? 0
  const types = await internTypes(store, new Set(jobs.map(({ type = 'print.label' }) => type)))
  const finished = jobs.map(({ createdDaysAgo, daysAgo, state = 'failed', type = 'print.label' }): FinishedJob => {
    made += 1
    const createdAt = new Date(NOW.getTime() - (createdDaysAgo ?? daysAgo) * DAY_MS)
    const low = uuidFloor(createdAt.getTime())
    return {
      id: `${low.slice(0, 24)}${made.toString(16).padStart(12, '0')}`,
      typeId: types.get(type)?.id ?? 0,
      queueId,
      state,
      priority: 'normal',
      attempt: 1,
      maxAttempts: 1,
      createdAt,
      startedAt: createdAt,
      finishedAt: new Date(NOW.getTime() - daysAgo * DAY_MS),
      description: `order ${made}`,
      subject: null,
      tags: null,
      createdBy: 'anna',
      items: { total: 1, done: 0, failed: 1 },
      printerId: null,
      proof: null,
      error: null,
      summary: null,
    }
  })
  await importFinished(store, finished)
  const ids = finished.map(({ id }) => id)
  await rows(
    `insert into item (job_id, idx, state, ref, content, outcome_at)
     select id, 0, 3, 'BOX-1', '^XA^XZ', now() from unnest($1::uuid[]) as id`,
    [ids],
  )
  await rows(
    `insert into job_log (job_id, attempt, at, level, message)
     select id, 1, now(), 1, 'begun' from unnest($1::uuid[]) as id`,
    [ids],
  )
  return ids
}

/** Cleans at a moment; what it came to. */
async function clean(now = NOW) {
  let counts = null
  for await (const step of cleanUp(store, now)) counts = step.counts
  return counts
}

async function keptOf(...ids: readonly string[]): Promise<{ job: boolean; label: boolean; log: boolean }[]> {
  return rows(
    `select exists (select from job_done d where d.id = x.id) as job,
       exists (select from item i where i.job_id = x.id and i.content is not null) as label,
       exists (select from job_log l where l.job_id = x.id) as log
     from unnest($1::uuid[]) with ordinality as x (id, n) order by x.n`,
    [ids],
  )
}

const ALL = { job: true, label: true, log: true }
const RECORD = { job: true, label: false, log: false }
const NOTHING = { job: false, label: false, log: false }

describe('a cleanup', () => {
  test('takes what failed jobs left after a week, and goes on from there the next night', async () => {
    const [old = '', young = '', done = '', far = ''] = await ended(
      { daysAgo: 8 },
      { daysAgo: 6 },
      { daysAgo: 8, state: 'completed' },
      { daysAgo: 100 },
    )
    expect(await isCleanupDue(store, NOW)).toBe(true)
    expect(await clean()).toEqual({ cleaned: 2, deleted: 0, items: 2, log_lines: 2, documents: 0 })
    expect(await keptOf(old, young, done, far)).toEqual([RECORD, ALL, ALL, RECORD])
    expect(await cleanedJob(store, old)).toMatchObject({
      rule: 'failed jobs: 90 days, then archived; artifacts 7 days',
      items: 1,
      log_lines: 1,
      documents: 0,
    })
    expect(await isCleanupDue(store, NOW)).toBe(false)
    const tomorrow = new Date(NOW.getTime() + 2 * DAY_MS)
    expect(await isCleanupDue(store, tomorrow)).toBe(true)
    expect(await clean(tomorrow)).toMatchObject({ cleaned: 1 })
    expect(await keptOf(young)).toEqual([RECORD])
  })

  test('goes by the most exact rule, and deletes where a rule says so', async () => {
    const short: RetentionRule = { type: 'test.*', state: null, keep_days: 10, after: 'delete', artifact_days: 2 }
    const long: RetentionRule = {
      type: 'test.kept',
      state: 'failed',
      keep_days: 400,
      after: 'archive',
      artifact_days: null,
    }
    await setRetentionRules(store, [...DEFAULT_RETENTION, short, long], ANNA)
    const ids = await ended(
      { daysAgo: 11, type: 'test.gone' },
      { daysAgo: 9, type: 'test.gone', state: 'completed' },
      { daysAgo: 100, type: 'test.kept' },
      { daysAgo: 11, type: 'test.kept', state: 'cancelled' },
    )
    expect(await forecastRetention(store, await listRetentionRules(store), { now: NOW })).toMatchObject({
      rules: [
        { artifacts: 0, deleted: 0 },
        { artifacts: 3, deleted: 2 },
        { artifacts: 0, deleted: 0 },
        { artifacts: 0, deleted: 0 },
      ],
      is_complete: true,
    })
    expect(await forecastRetention(store, DEFAULT_RETENTION, { now: NOW, budgetMs: 0 })).toMatchObject({
      is_complete: false,
    })
    expect(await clean()).toMatchObject({ cleaned: 3, deleted: 2 })
    expect(await keptOf(...ids)).toEqual([NOTHING, RECORD, ALL, NOTHING])
    const counters = await rows('select state, sum(n)::int as n from counter group by 1 having sum(n) <> 0 order by 1')
    expect(counters).toEqual([
      { state: 4, n: 1 },
      { state: 6, n: 1 },
    ])
    expect(await rows('select from cleaned_job')).toHaveLength(1)
  })

  test('takes the document that only the job printed, and what was cleaned is not printed again', async () => {
    const facts = { name: 'a.zpl', contentType: 'application/zpl', createdBy: 'anna', accountId: null, pages: 1 }
    const keep = async (expiresAt: Date | null) => {
      const document = { ...facts, id: store.newId(), expiresAt }
      return storeDocument(store, document, { bytes: [Buffer.from('^XA^XZ')], maxBytes: 100 })
    }
    const [own, shared, over, live] = [
      await keep(null),
      await keep(null),
      await keep(new Date(0)),
      await keep(new Date(0)),
    ]
    const input = (document_id: string) => ({ document_id, format: 'application/zpl', copies: 1, options: {} })
    const print = { type: 'print.document', createdBy: 'anna', items: [{}] }
    const [first, second] = await createJobs(store, [
      { ...print, input: input(own.id) },
      { ...print, input: input(shared.id) },
      { ...print, input: input(shared.id) },
      { ...print, input: input(live.id) },
    ])
    const [lost] = await createJobs(store, [{ ...print, input: input(store.newId()) }])
    await endLive([lost?.id ?? ''], NOW)
    await expect(retryJob(store, lost?.id ?? '', { actor: ANNA })).rejects.toMatchObject({
      detail: 'The document of this job is not kept any more',
    })
    const ids = [first?.id ?? '', second?.id ?? '']
    await endLive(ids, new Date(NOW.getTime() - 8 * DAY_MS))
    expect(await clean()).toEqual({ cleaned: 1, deleted: 0, items: 0, log_lines: 0, documents: 2 })
    const kept = await Promise.all(
      [own, shared, over, live].map(async ({ id }) => (await findDocument(store, id)) !== null),
    )
    expect(kept).toEqual([false, true, false, true])
    await expect(retryJob(store, ids[0] ?? '', { actor: ANNA })).rejects.toMatchObject({
      code: 'artifacts_cleaned',
      detail: expect.stringMatching(/was cleaned on .* by the rule "failed jobs/),
    })
    expect(await retryJob(store, ids[1] ?? '', { actor: ANNA })).toEqual(expect.any(String))
  })

  test('ends when somebody sets other rules meanwhile', async () => {
    const ids = await ended({ daysAgo: 8 }, { daysAgo: 60 })
    for await (const { counts } of cleanUp(store, NOW)) {
      if (counts.cleaned === 1) await setRetentionRules(store, DEFAULT_RETENTION.slice(0, 1), ANNA)
    }
    expect(await keptOf(...ids)).toEqual([ALL, RECORD])
  })

  test('never takes what is younger than its rule or not final, and leaves nothing that is older', async () => {
    const types = ['print.label', 'print.badge', 'scrape.web']
    const rule = fc
      .record({
        type: fc.constantFrom('print.*', 'print.label', 'scrape.web'),
        state: fc.constantFrom(null, ...FINAL_STATES),
        keep_days: fc.integer({ min: 1, max: 60 }),
        after: fc.constantFrom('archive' as const, 'delete' as const),
        artifact_days: fc.option(fc.integer({ min: 1, max: 60 })),
      })
      .map(
        (one): RetentionRule => ({
          ...one,
          artifact_days: one.artifact_days === null ? null : Math.min(one.artifact_days, one.keep_days),
        }),
      )
    const rules = fc.uniqueArray(rule, { maxLength: 4, selector: ({ state, type }) => `${type} ${state}` })
    // Not a whole number of days: whether "older" begins at the very moment is nobody's business.
    const daysAgo = fc.integer({ min: 0, max: 70 }).map((days) => days + 0.5)
    const job = fc.record({ type: fc.constantFrom(...types), state: fc.constantFrom(...FINAL_STATES), daysAgo })
    const jobs = fc.array(job, { minLength: 1, maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(rules, jobs, async (own, given) => {
        await rows('delete from job_done')
        await rows('delete from cleaned_job')
        const all = [...DEFAULT_RETENTION, ...own]
        await setRetentionRules(store, all, ANNA)
        const ids = await ended(...given)
        const [live] = await createJobs(store, [
          { type: 'print.label', createdBy: 'anna', items: [{ content: '^XA' }], isHeld: true },
        ])
        await clean()
        const kept = await keptOf(...ids)
        const expected = given.map((one) => {
          const holds = retentionRuleFor(all, one)
          const isDeleted = holds?.after === 'delete' && one.daysAgo > holds.keep_days
          const isCleaned = holds?.artifact_days != null && one.daysAgo > holds.artifact_days
          return isDeleted ? NOTHING : isCleaned ? RECORD : ALL
        })
        expect(kept).toEqual(expected)
        expect((await readItems(store, live?.id ?? '', { from: 0, limit: 1 }))[0]?.content).toBe('^XA')
      }),
      { numRuns: 10 },
    )
  })
})

/** Ends jobs that live, as failed, at a moment. */
async function endLive(ids: readonly string[], finishedAt: Date): Promise<void> {
  await rows(
    `with gone as (delete from job where id = any($1::uuid[]) returning *)
     insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
       created_at, finished_at, input, created_by, items_total, items_done, items_failed)
     select id, site_id, type_id, queue_id, 6, priority, 1, 1, version, run_at, created_at, $2, input, created_by,
       items_total, 0, 1 from gone`,
    [ids, finishedAt],
  )
}

describe('months', () => {
  const due = async (rules: readonly RetentionRule[], now = NOW) =>
    (await monthsDue(store, await retentionPlans(store, rules, now))).filter((month) => month >= '202601')

  test('are over when nothing in them is younger than its rule', async () => {
    await ended({ daysAgo: 130 }, { daysAgo: 95 }, { daysAgo: 80, createdDaysAgo: 100 })
    // January, and February, of which one job ended in March.
    expect(await due(DEFAULT_RETENTION)).toEqual(['202601'])
    expect(await due(DEFAULT_RETENTION, new Date(NOW.getTime() + 11 * DAY_MS))).toEqual(['202601', '202602'])
    const longer: RetentionRule = {
      type: 'print.*',
      state: null,
      keep_days: 200,
      after: 'archive',
      artifact_days: null,
    }
    expect(await due([...DEFAULT_RETENTION, longer])).toEqual([])
    const deleted: RetentionRule = { ...longer, keep_days: 10, after: 'delete' }
    expect(await due([...DEFAULT_RETENTION, deleted])).toEqual([])
    expect(await due([])).toEqual([])
    const plans = await retentionPlans(store, DEFAULT_RETENTION, NOW)
    await expect(isMonthDue(store, '2026-1', plans)).rejects.toMatchObject({ code: 'validation_failed' })
  })

  test('come back from the archive as they were: by id, in lists, by search, in counters', async () => {
    const ids = await ended({ daysAgo: 130 }, { daysAgo: 129, state: 'completed' }, { daysAgo: 3 })
    await indexJobs(store, ids)
    await clean()
    const before = await picture(ids)
    expect(before.found).toHaveLength(3)
    expect(await archiveMonth(store, '202601', ANNA)).toEqual({ jobs: 2 })
    const away = await picture(ids)
    expect(away.found).toEqual(ids.slice(2))
    expect(away.counters).toEqual([{ state: 6, n: 1 }])
    expect(await restoreMonth(store, '202601', ANNA)).toEqual({ jobs: 2 })
    expect(await picture(ids)).toEqual(before)
    // It stays until somebody puts it away again.
    expect(await due(DEFAULT_RETENTION)).toEqual([])
    expect((await listMonths(store)).find(({ month }) => month === '202601')).toMatchObject({
      isArchived: false,
      restored: { by: 'anna' },
      sizeBytes: expect.any(Number),
    })
    await archiveMonth(store, '202601', ANNA)
    expect((await picture(ids)).found).toEqual(ids.slice(2))
    await restoreMonth(store, '202601', ANNA)
  })

  /** All that can be seen of jobs. */
  async function picture(ids: readonly string[]) {
    const request = {
      visible: { all: true } as const,
      canReadPayloads: true,
      cursor: null,
      limit: 50,
      nowMs: NOW.getTime(),
    }
    const list = async (query: string) =>
      (await listJobs(store, { ...request, query: requireQuery(query) })).rows.map(({ id }) => id).toSorted()
    return {
      found: (await jobRows(store, ids)).map(({ id }) => id).toSorted(),
      listed: await list(''),
      searched: await list('order'),
      done: await rows('select * from job_done order by id'),
      items: await rows('select * from item order by job_id'),
      logs: await rows('select * from job_log order by job_id'),
      counters: await rows('select state, sum(n)::int as n from counter group by 1 having sum(n) <> 0 order by 1'),
    }
  }
})

describe('the upkeep', () => {
  const asked = () =>
    rows<{ type: string; input: unknown; created_by: string }>(
      `select t.name as type, j.input, j.created_by from job j join job_type t on t.id = j.type_id
       where t.name like 'maintenance.%' order by j.id`,
    )
  const passAt = (at: Date) => new Upkeep(store, { log: SILENT, now: () => at.getTime() }).runOnce()

  test('asks for what is due, once a day, and for nothing where nothing is', async () => {
    await rows('delete from job_done')
    await ended({ daysAgo: 130 })
    await passAt(new Date('2026-05-20T01:59:00Z'))
    expect(await asked()).toEqual([])
    await passAt(NOW)
    await passAt(NOW)
    const [cleanup, ...more] = await asked()
    expect(cleanup).toEqual({ type: CLEANUP_TYPE, input: null, created_by: 'system:retention' })
    // The second pass found the cleanup asked for, and went on to the months.
    const months = more.filter(({ input }) => JSON.stringify(input).includes('202601'))
    expect(months).toEqual([
      { type: ARCHIVE_TYPE, input: { action: 'archive', month: '202601' }, created_by: 'system:retention' },
    ])
    const upkeep = new Upkeep(store, { log: SILENT, now: () => NOW.getTime() })
    await clean()
    await upkeep.runOnce()
    await upkeep.runOnce()
    expect(await asked()).toHaveLength(1 + more.length)
  })
})
