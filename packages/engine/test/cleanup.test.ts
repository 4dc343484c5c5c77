import { DAY_MS, DEFAULT_RETENTION, FINAL_STATES, type RetentionRule, retentionRuleFor } from '@andon/core'
import {
  cleanedJob,
  createJobs,
  findDocument,
  forecastRetention,
  listRetentionRules,
  readItems,
  retryJob,
  setRetentionRules,
  storeDocument,
} from '@andon/store'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanUp, isCleanupDue } from '../src/index.ts'
import { History, NOW } from './history.ts'

const ANNA = { name: 'anna' }
const ALL = { job: true, label: true, log: true }
const RECORD = { job: true, label: false, log: false }
const NOTHING = { job: false, label: false, log: false }

const history = new History()
const { clean, ended, rows } = history

async function keptOf(...ids: readonly string[]): Promise<{ job: boolean; label: boolean; log: boolean }[]> {
  return rows(
    `select exists (select from job_done d where d.id = x.id) as job,
       exists (select from item i where i.job_id = x.id and i.content is not null) as label,
       exists (select from job_log l where l.job_id = x.id) as log
     from unnest($1::uuid[]) with ordinality as x (id, n) order by x.n`,
    [ids],
  )
}

describe('a cleanup', () => {
  test('takes what failed jobs left after a week, and goes on from there the next night', async () => {
    const [old = '', young = '', done = '', far = ''] = await ended(
      { daysAgo: 8 },
      { daysAgo: 6 },
      { daysAgo: 8, state: 'completed' },
      { daysAgo: 100 },
    )
    expect(await isCleanupDue(history.store, NOW)).toBe(true)
    expect(await clean()).toEqual({ cleaned: 2, deleted: 0, items: 2, log_lines: 2, documents: 0 })
    expect(await keptOf(old, young, done, far)).toEqual([RECORD, ALL, ALL, RECORD])
    expect(await cleanedJob(history.store, old)).toMatchObject({
      rule: 'failed jobs: 90 days, then archived; artifacts 7 days',
      items: 1,
      log_lines: 1,
      documents: 0,
    })
    expect(await isCleanupDue(history.store, NOW)).toBe(false)
    const tomorrow = new Date(NOW.getTime() + 2 * DAY_MS)
    expect(await isCleanupDue(history.store, tomorrow)).toBe(true)
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
    await setRetentionRules(history.store, [...DEFAULT_RETENTION, short, long], ANNA)
    const ids = await ended(
      { daysAgo: 11, type: 'test.gone' },
      { daysAgo: 9, type: 'test.gone', state: 'completed' },
      { daysAgo: 100, type: 'test.kept' },
      { daysAgo: 11, type: 'test.kept', state: 'cancelled' },
    )
    expect(await forecastRetention(history.store, await listRetentionRules(history.store), { now: NOW })).toMatchObject(
      {
        rules: [
          { artifacts: 0, deleted: 0 },
          { artifacts: 3, deleted: 2 },
          { artifacts: 0, deleted: 0 },
          { artifacts: 0, deleted: 0 },
        ],
        is_complete: true,
      },
    )
    expect(await forecastRetention(history.store, DEFAULT_RETENTION, { now: NOW, budgetMs: 0 })).toMatchObject({
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
      const document = { ...facts, id: history.store.newId(), expiresAt }
      return storeDocument(history.store, document, { bytes: [Buffer.from('^XA^XZ')], maxBytes: 100 })
    }
    const [own, shared, over, live] = [
      await keep(null),
      await keep(null),
      await keep(new Date(0)),
      await keep(new Date(0)),
    ]
    const input = (document_id: string) => ({ document_id, format: 'application/zpl', copies: 1, options: {} })
    const print = { type: 'print.document', createdBy: 'anna', items: [{}] }
    const [first, second] = await createJobs(history.store, [
      { ...print, input: input(own.id) },
      { ...print, input: input(shared.id) },
      { ...print, input: input(shared.id) },
      { ...print, input: input(live.id) },
    ])
    const [lost] = await createJobs(history.store, [{ ...print, input: input(history.store.newId()) }])
    await endLive([lost?.id ?? ''], NOW)
    await expect(retryJob(history.store, lost?.id ?? '', { actor: ANNA })).rejects.toMatchObject({
      detail: 'The document of this job is not kept any more',
    })
    const ids = [first?.id ?? '', second?.id ?? '']
    await endLive(ids, new Date(NOW.getTime() - 8 * DAY_MS))
    expect(await clean()).toEqual({ cleaned: 1, deleted: 0, items: 0, log_lines: 0, documents: 2 })
    const kept = await Promise.all(
      [own, shared, over, live].map(async ({ id }) => (await findDocument(history.store, id)) !== null),
    )
    expect(kept).toEqual([false, true, false, true])
    await expect(retryJob(history.store, ids[0] ?? '', { actor: ANNA })).rejects.toMatchObject({
      code: 'artifacts_cleaned',
      detail: expect.stringMatching(/was cleaned on .* by the rule "failed jobs/),
    })
    expect(await retryJob(history.store, ids[1] ?? '', { actor: ANNA })).toEqual(expect.any(String))
  })

  test('ends when somebody sets other rules meanwhile', async () => {
    const ids = await ended({ daysAgo: 8 }, { daysAgo: 60 })
    for await (const { counts } of cleanUp(history.store, NOW)) {
      if (counts.cleaned === 1) await setRetentionRules(history.store, DEFAULT_RETENTION.slice(0, 1), ANNA)
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
        await setRetentionRules(history.store, all, ANNA)
        const ids = await ended(...given)
        const [live] = await createJobs(history.store, [
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
        expect((await readItems(history.store, live?.id ?? '', { from: 0, limit: 1 }))[0]?.content).toBe('^XA')
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
