import { ARCHIVE_TYPE, CLEANUP_TYPE, DAY_MS, DEFAULT_RETENTION, type RetentionRule, requireQuery } from '@andon/core'
import {
  archiveMonth,
  indexJobs,
  isMonthDue,
  jobRows,
  listJobs,
  listMonths,
  monthsDue,
  restoreMonth,
  retentionPlans,
  SILENT,
} from '@andon/store'
import { describe, expect, test } from 'vitest'
import { Upkeep } from '../src/index.ts'
import { History, NOW } from './history.ts'

const ANNA = { name: 'anna' }
const history = new History()
const { clean, ended, rows } = history

describe('months', () => {
  const due = async (rules: readonly RetentionRule[], now = NOW) =>
    (await monthsDue(history.store, await retentionPlans(history.store, rules, now))).filter(
      (month) => month >= '202601',
    )

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
    const plans = await retentionPlans(history.store, DEFAULT_RETENTION, NOW)
    await expect(isMonthDue(history.store, '2026-1', plans)).rejects.toMatchObject({ code: 'validation_failed' })
  })

  test('come back from the archive as they were: by id, in lists, by search, in counters', async () => {
    const ids = await ended({ daysAgo: 130 }, { daysAgo: 129, state: 'completed' }, { daysAgo: 3 })
    await indexJobs(history.store, ids)
    await clean()
    const before = await picture(ids)
    expect(before.found).toHaveLength(3)
    expect(await archiveMonth(history.store, '202601', ANNA)).toEqual({ jobs: 2 })
    const away = await picture(ids)
    expect(away.found).toEqual(ids.slice(2))
    expect(away.counters).toEqual([{ state: 6, n: 1 }])
    expect(await restoreMonth(history.store, '202601', ANNA)).toEqual({ jobs: 2 })
    expect(await picture(ids)).toEqual(before)
    // It stays until somebody puts it away again.
    expect(await due(DEFAULT_RETENTION)).toEqual([])
    expect((await listMonths(history.store)).find(({ month }) => month === '202601')).toMatchObject({
      isArchived: false,
      restored: { by: 'anna' },
      sizeBytes: expect.any(Number),
    })
    await archiveMonth(history.store, '202601', ANNA)
    expect((await picture(ids)).found).toEqual(ids.slice(2))
    await restoreMonth(history.store, '202601', ANNA)
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
      (await listJobs(history.store, { ...request, query: requireQuery(query) })).rows.map(({ id }) => id).toSorted()
    return {
      found: (await jobRows(history.store, ids)).map(({ id }) => id).toSorted(),
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
  const passAt = (at: Date) => new Upkeep(history.store, { log: SILENT, now: () => at.getTime() }).runOnce()

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
    const upkeep = new Upkeep(history.store, { log: SILENT, now: () => NOW.getTime() })
    await clean()
    await upkeep.runOnce()
    await upkeep.runOnce()
    expect(await asked()).toHaveLength(1 + more.length)
  })
})
