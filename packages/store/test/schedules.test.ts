import { EVENT_KINDS } from '@andon/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  changeSchedule,
  createAccount,
  createLane,
  createSchedule,
  drainLane,
  getSchedule,
  listAudit,
  listSchedules,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  runDueSchedules,
  runScheduleNow,
  setLaneLimits,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna' }
const MORNING = new Date('2027-01-01T06:00:00Z')
const IN_THE_MORNING = () => ({ nextRunAt: MORNING, missed: 0 })
const NIGHTLY = {
  name: 'nightly',
  cron: '0 6 * * *',
  timeZone: 'UTC',
  job: { type: 'test.work', tags: { by: 'clock' } },
  nextRunAt: MORNING,
}

test('a schedule is made, changed, paused, run at once and removed, each step audited', async () => {
  const { id } = await createSchedule(b.store, NIGHTLY, ANNA)
  await expect(createSchedule(b.store, NIGHTLY, ANNA)).rejects.toMatchObject({ code: 'name_taken', field: '/name' })

  expect(await pauseSchedule(b.store, id, ANNA)).toMatchObject({ pausedBy: 'anna', nextRunAt: null })
  expect(await pauseSchedule(b.store, id, { name: 'bob' })).toMatchObject({ pausedBy: 'anna' })
  // While it is paused it is changed, but does not begin to run again.
  const hourly = { ...NIGHTLY, cron: '0 * * * *' }
  expect(await changeSchedule(b.store, id, hourly, ANNA)).toMatchObject({ cron: '0 * * * *', nextRunAt: null })
  expect(await runDueSchedules(b.store, IN_THE_MORNING)).toEqual([])
  const resumed = { nextRunAt: MORNING, actor: ANNA }
  expect(await resumeSchedule(b.store, id, resumed)).toMatchObject({ pausedAt: null, nextRunAt: MORNING })
  expect(await resumeSchedule(b.store, id, { ...resumed, nextRunAt: new Date(0) })).toMatchObject({
    nextRunAt: MORNING,
  })
  expect(await changeSchedule(b.store, id, NIGHTLY, ANNA)).toMatchObject({ nextRunAt: MORNING })

  const account = await createAccount(b.store, { name: 'anna', role: 'operator' }, ANNA)
  const { id: jobId } = await runScheduleNow(b.store, id, { actor: { ...ANNA, accountId: account.id } })
  expect(await b.row('select created_by, account_id, tags from job where id = $1', [jobId])).toEqual({
    created_by: 'anna',
    account_id: account.id,
    tags: { by: 'clock' },
  })
  expect(await getSchedule(b.store, id)).toMatchObject({ lastJobId: jobId, nextRunAt: MORNING })

  await removeSchedule(b.store, id, ANNA)
  expect(await listSchedules(b.store)).toEqual([])
  const audit = await listAudit(b.store, { target: `schedule:${id}`, limit: 20 })
  expect(audit.map(({ action }) => action).toReversed()).toEqual(
    ['create', 'pause', 'change', 'resume', 'change', 'run', 'remove'].map((step) => `schedule.${step}`),
  )
})

test('what is done to a schedule that is not there is refused', async () => {
  const gone = 4711
  for (const act of [
    () => getSchedule(b.store, gone),
    () => changeSchedule(b.store, gone, NIGHTLY, ANNA),
    () => pauseSchedule(b.store, gone, ANNA),
    () => resumeSchedule(b.store, gone, { nextRunAt: null, actor: ANNA }),
    () => runScheduleNow(b.store, gone, { actor: ANNA }),
    () => removeSchedule(b.store, gone, ANNA),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'schedule_not_found' })
  }
})

test('no two schedules have one name', async () => {
  const first = await createSchedule(b.store, NIGHTLY, ANNA)
  const other = await createSchedule(b.store, { ...NIGHTLY, name: 'hourly' }, ANNA)
  await expect(changeSchedule(b.store, other.id, NIGHTLY, ANNA)).rejects.toMatchObject({ code: 'name_taken' })
  expect(await changeSchedule(b.store, first.id, NIGHTLY, ANNA)).toMatchObject({ name: 'nightly' })
  for (const { id } of [first, other]) await removeSchedule(b.store, id, ANNA)
})

describe('what is due', () => {
  const OVERDUE = { ...NIGHTLY, nextRunAt: new Date(0) }
  const jobs = (): Promise<{ id: string; unique_key: string | null }[]> =>
    b.rows("select id, unique_key from job where created_by like 'schedule:%' order by id")
  const told = (kind: number): Promise<{ data: object }[]> =>
    b.rows('select data from event where kind = $1 order by seq', [kind])

  afterEach(async () => {
    for (const { id } of await listSchedules(b.store)) await removeSchedule(b.store, id, ANNA)
    await b.rows('delete from job')
    await b.rows('delete from event')
  })

  test('starts another job while the one before still runs, unless it is to skip', async () => {
    const { id } = await createSchedule(b.store, OVERDUE, ANNA)
    const again = () => b.rows('update schedule set next_run_at = now() where id = $1', [id])
    await runDueSchedules(b.store, IN_THE_MORNING)
    await again()
    await runDueSchedules(b.store, IN_THE_MORNING)
    expect(await jobs()).toMatchObject([{ unique_key: null }, { unique_key: null }])
    expect(await getSchedule(b.store, id)).toMatchObject({ overlap: 'start', skipped: null })

    await b.rows('delete from job')
    await changeSchedule(b.store, id, { ...OVERDUE, overlap: 'skip' }, ANNA)
    const [first] = await runDueSchedules(b.store, IN_THE_MORNING)
    await again()
    expect(await runDueSchedules(b.store, IN_THE_MORNING)).toMatchObject([{ jobId: null, trouble: null }])
    expect(await runScheduleNow(b.store, id, { actor: ANNA })).toEqual({ id: first?.jobId, isExisting: true })
    expect(await jobs()).toEqual([{ id: first?.jobId, unique_key: `schedule:${id}` }])
    expect(await getSchedule(b.store, id)).toMatchObject({
      lastJobId: first?.jobId,
      skipped: { count: 1, at: expect.any(Date) },
      nextRunAt: MORNING,
    })

    await b.rows('delete from job')
    await again()
    expect(await runDueSchedules(b.store, IN_THE_MORNING)).toMatchObject([{ jobId: expect.any(String) }])
  })

  test('counts the times that it stands for, and tells of them', async () => {
    const { id } = await createSchedule(b.store, OVERDUE, ANNA)
    await runDueSchedules(b.store, () => ({ nextRunAt: new Date(1), missed: 4 }))
    expect(await getSchedule(b.store, id)).toMatchObject({ missed: { count: 4, at: expect.any(Date) } })
    const [run] = await jobs()
    expect(await told(EVENT_KINDS.schedule_missed)).toEqual([
      { data: { name: 'nightly', jobId: run?.id, missed: 4, since: new Date(0).toISOString() } },
    ])
    // The next one is on time, and what was missed before is still known.
    await runDueSchedules(b.store, IN_THE_MORNING)
    expect(await getSchedule(b.store, id)).toMatchObject({ missed: { count: 4 } })
    expect(await jobs()).toHaveLength(2)
  })

  test('says why no job could be made, and keeps no other from running', async () => {
    await createLane(b.store, { kind: 'printer', name: 'Zebra' }, ANNA)
    const bad = { ...OVERDUE, name: 'into a printer', job: { type: 'test.work', queue: 'Zebra' } }
    const { id } = await createSchedule(b.store, bad, ANNA)
    await createSchedule(b.store, OVERDUE, ANNA)
    const runs = await runDueSchedules(b.store, IN_THE_MORNING)
    expect(runs.find(({ schedule }) => schedule.id === id)).toMatchObject({ jobId: null })
    expect(runs.find(({ schedule }) => schedule.id !== id)).toMatchObject({ jobId: expect.any(String), trouble: null })
    const trouble = expect.stringContaining('"Zebra" is a printer')
    expect(await getSchedule(b.store, id)).toMatchObject({ trouble, lastRunAt: null, nextRunAt: MORNING })
    expect(await changeSchedule(b.store, id, { ...OVERDUE, name: 'mended' }, ANNA)).toMatchObject({ trouble: null })
  })

  test('makes no job where others are refused: in a queue that is full or drains', async () => {
    const lane = await createLane(b.store, { kind: 'queue', name: 'reports' }, ANNA)
    await setLaneLimits(b.store, lane.id, { depthLimit: 1 }, ANNA)
    await b.create([{ queue: 'reports' }])
    const { id } = await createSchedule(b.store, { ...OVERDUE, job: { type: 'test.work', queue: 'reports' } }, ANNA)
    const again = () => b.rows('update schedule set next_run_at = to_timestamp(0) where id = $1', [id])
    const trouble = async () => (await runDueSchedules(b.store, IN_THE_MORNING)).map((run) => run.trouble)
    expect(await trouble()).toEqual(['1 jobs wait in "reports", which may have 1'])
    await expect(runScheduleNow(b.store, id, { actor: ANNA })).rejects.toMatchObject({ code: 'queue_full' })
    await drainLane(b.store, lane.id, true, ANNA)
    await again()
    expect(await trouble()).toEqual(['"reports" drains and takes no new jobs'])
    await setLaneLimits(b.store, lane.id, { depthLimit: 2 }, ANNA)
    await drainLane(b.store, lane.id, false, ANNA)
    await again()
    expect(await trouble()).toEqual([null])
  })

  test('hides no defect behind a schedule', async () => {
    const { id } = await createSchedule(b.store, OVERDUE, ANNA)
    await b.rows(`update schedule set job = '{"type":"test.work","retry":{"kind":"fixed"}}' where id = $1`, [id])
    await expect(runDueSchedules(b.store, IN_THE_MORNING)).rejects.toThrow(TypeError)
  })
})
