import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  changeSchedule,
  createSchedule,
  getSchedule,
  listAudit,
  listSchedules,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  runDueSchedules,
  runScheduleNow,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna' }
const MORNING = new Date('2027-01-01T06:00:00Z')
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
  expect(await runDueSchedules(b.store, () => MORNING)).toEqual([])
  const resumed = { nextRunAt: MORNING, actor: ANNA }
  expect(await resumeSchedule(b.store, id, resumed)).toMatchObject({ pausedAt: null, nextRunAt: MORNING })
  expect(await resumeSchedule(b.store, id, { ...resumed, nextRunAt: new Date(0) })).toMatchObject({
    nextRunAt: MORNING,
  })
  expect(await changeSchedule(b.store, id, NIGHTLY, ANNA)).toMatchObject({ nextRunAt: MORNING })

  const jobId = await runScheduleNow(b.store, id, ANNA)
  expect(await b.row('select created_by, tags from job where id = $1', [jobId])).toEqual({
    created_by: 'anna',
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
    () => runScheduleNow(b.store, gone, ANNA),
    () => removeSchedule(b.store, gone, ANNA),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'not_found' })
  }
})
