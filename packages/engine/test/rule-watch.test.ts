import type { NotificationInput, RuleCondition, SettleReport } from '@andon/core'
import {
  acknowledgeAlert,
  type AlertRow,
  createJobs,
  createPrinter,
  createRule,
  createStation,
  internQueues,
  listAlerts,
  type NewRule,
  openStore,
  pauseRule,
  removeRule,
  resumeRule,
  SILENT,
  type Store,
  storeJobSource,
} from '@andon/store'
import { testDatabase } from '@andon/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RuleWatch } from '../src/index.ts'

const ANNA = { name: 'anna' }
const WEBHOOK = { kind: 'webhook', url: 'https://example.com/in' } as const
const NO_QUIET = { minutes: 0, hours: null }

let database: Awaited<ReturnType<typeof testDatabase>>
let store: Store
let watch: RuleWatch

beforeEach(async () => {
  database = await testDatabase()
  store = await openStore({ connection: database.url })
  watch = new RuleWatch(store, { log: SILENT, statesEveryMs: 0 })
})

afterEach(async () => {
  await store.close()
  await database[Symbol.asyncDispose]()
})

async function rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
  const result = await store.pool.query(text, [...values])
  return result.rows as R[]
}

function rule(condition: RuleCondition, more: Partial<NewRule> = {}) {
  const fields = { name: condition.on, condition, channel: WEBHOOK, quiet: NO_QUIET, secret: null }
  return createRule(store, { ...fields, ...more }, ANNA)
}

/** Makes jobs and has a worker end them so, one set after the other. */
async function end(
  reports: readonly (Partial<SettleReport> & { readonly outcome: SettleReport['outcome'] })[],
  job: object = {},
): Promise<string[]> {
  const source = storeJobSource(store)
  const types = ['test.work', 'test.other', 'notify.webhook']
  const lease = await source.register({
    name: 'w',
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types,
    slots: 10,
    leaseMs: 30_000,
  })
  const ids: string[] = []
  for (const report of reports) {
    const [made] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna', queue: 'work', ...job }])
    const lane = (await internQueues(store, ['work'])).get('work')
    if (made === undefined || lane === undefined) throw new Error('nothing was made')
    const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 10, slot: null }]
    const [claimed] = await source.claim(lease, { lanes, types, limit: 1 })
    if (claimed === undefined) throw new Error('nothing was claimed')
    // What each outcome needs is given by the test.
    await source.settle(lease, [{ jobId: made.id, fence: claimed.fence, ...report } as SettleReport])
    ids.push(made.id)
  }
  await source.unregister(lease)
  return ids
}

const DONE = { outcome: 'completed', result: null, summary: 'all done' } as const
const FAILED = {
  outcome: 'failed',
  error: { code: 'broken', message: 'it broke', hint: 'mend it', retryable: false },
} as const

async function alerts(isOpenOnly = true): Promise<AlertRow[]> {
  return listAlerts(store, { after: null, limit: 100, isOpenOnly })
}

/** What the jobs that tell were made with, oldest first. */
async function told(): Promise<NotificationInput[]> {
  const jobs = await rows<{ input: NotificationInput }>(
    `select j.input from notification n join job j on j.id = n.job_id order by n.id`,
  )
  return jobs.map(({ input }) => input)
}

async function titles(): Promise<string[]> {
  return (await told()).map(({ message }) => message.title)
}

describe('what happens', () => {
  test('without rules nothing is read, and a new rule sees nothing of before', async () => {
    expect(await watch.runOnce()).toBeUndefined()
    await end([FAILED])
    await rule({ on: 'job_failed' })
    await watch.runOnce()
    expect(await alerts()).toEqual([])
  })

  test('a job that fails is told once, with error, hint and link', async () => {
    const made = await rule({ on: 'job_failed' })
    const [id] = await end([FAILED, DONE], { description: 'Orders' })
    await watch.runOnce()
    await watch.runOnce()
    expect(await alerts()).toMatchObject([{ rule: 'job_failed', count: 1, closed_at: null }])
    expect(await told()).toMatchObject([
      {
        rule_id: made.id,
        is_test: false,
        message: { title: 'Orders failed', what: 'it broke', hint: 'mend it', path: `/jobs/${id}`, times: 1 },
      },
    ])
  })

  test('equal failures are one message that says how many, and quiet time gathers those that follow', async () => {
    await rule({ on: 'job_failed' }, { quiet: { minutes: 30, hours: null } })
    await end([FAILED, FAILED, FAILED])
    await watch.runOnce()
    expect(await titles()).toEqual(['test.work failed ×3'])
    await end([FAILED])
    await end([FAILED])
    await watch.runOnce()
    expect(await titles()).toHaveLength(1)
    await rows("update alert set told_at = now() - interval '31 minutes'")
    await watch.runOnce()
    expect(await titles()).toEqual(['test.work failed ×3', 'test.work failed ×2'])
    expect(await alerts()).toMatchObject([{ count: 5 }])
  })

  test('quiet hours hold a message back until they are over', async () => {
    await rule({ on: 'job_failed' }, { quiet: { minutes: 0, hours: { from: '22:00', to: '06:00', zone: 'UTC' } } })
    await end([FAILED])
    const at = (time: string) => new RuleWatch(store, { log: SILENT, now: () => Date.parse(`2026-05-04T${time}Z`) })
    await at('23:00:00').runOnce()
    expect([await titles(), await alerts()]).toMatchObject([[], [{ count: 1 }]])
    await at('06:00:00').runOnce()
    expect(await titles()).toEqual(['test.work failed'])
  })

  test('type, queue and tag decide, and errors of another cause are another alert', async () => {
    await rule({ on: 'job_failed', type: 'test.*', queue: 'work', tag: 'shop=north' })
    const other = { ...FAILED, error: { ...FAILED.error, code: 'other', message: 'quite another thing' } }
    await end([FAILED, other], { tags: { shop: 'north' } })
    await end([FAILED], { tags: { shop: 'south' } })
    await watch.runOnce()
    expect((await alerts()).map(({ count, key }) => [count, key.split('.')[1]])).toEqual([
      [1, 'work other'],
      [1, 'work broken'],
    ])
  })

  test('completions carry the summary, each by itself where that is asked for, and need nobody afterwards', async () => {
    await rule({ on: 'job_completed' }, { grouping: 'each' })
    await end([DONE, { ...DONE, summary: 'half done' }, FAILED])
    await watch.runOnce()
    expect((await told()).map(({ message }) => [message.what, message.level])).toEqual([
      ['all done', 'success'],
      ['half done', 'success'],
    ])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    expect(await alerts(false)).toHaveLength(2)
  })

  test('two rules have each its own alert; one for all its jobs where it is grouped so', async () => {
    await rule({ on: 'job_failed' }, { name: 'one' })
    await rule({ on: 'job_failed' }, { name: 'two', grouping: 'rule' })
    const other = { ...FAILED, error: { ...FAILED.error, message: 'quite another thing' } }
    await end([FAILED, other])
    await watch.runOnce()
    expect((await alerts()).map(({ count, rule: name }) => `${name} ×${count}`).toSorted()).toEqual([
      'one ×1',
      'one ×1',
      'two ×2',
    ])
  })

  test('a delivery that fails is no business of rules: it would lead to the next one', async () => {
    await rule({ on: 'job_failed' })
    await rule({ on: 'failures_in_row', count: 2 })
    await end([FAILED, FAILED], { type: 'notify.webhook' })
    await watch.runOnce()
    expect(await alerts()).toEqual([])
  })

  test('a worker that is lost is told, and closed when one of its name lives again', async () => {
    await rule({ on: 'worker_lost' })
    await rule({ on: 'worker_lost', worker: 'other' }, { name: 'not this one' })
    await rows(`insert into event (kind, topic, data) values (62, 'worker:1', '{"name":"w1"}'), (62, 'worker:2', '3')`)
    await watch.runOnce()
    expect(await titles()).toEqual(['Worker w1 was lost', 'Worker without a name was lost'])
    const source = storeJobSource(store)
    const facts = { kind: 'worker', host: 'h', pid: 1, version: 'x', types: [], slots: 1, leaseMs: 30_000 } as const
    await source.register({ name: 'w1', ...facts })
    await watch.runOnce()
    expect((await alerts()).map(({ key }) => key)).toEqual(['without a name'])
  })

  test('a schedule that misses its time is told', async () => {
    await rule({ on: 'schedule_missed', schedule: 'nightly' })
    await rows(
      `insert into event (kind, topic, data) values
         (72, 'schedule:1', '{"name":"nightly"}'), (72, 'schedule:2', '{"name":"other"}')`,
    )
    await watch.runOnce()
    expect(await titles()).toEqual(['Schedule nightly missed its time'])
  })

  test('more events than one look reads are read by those that follow', async () => {
    await rule({ on: 'schedule_missed' }, { grouping: 'rule' })
    await rows(
      `insert into event (kind, topic, data)
       select 72, 'schedule:' || n, jsonb_build_object('name', 's' || n) from generate_series(1, 250) n`,
    )
    expect([await watch.runOnce(), await watch.runOnce(), await watch.runOnce()]).toEqual([0, 0, undefined])
    await watch.runOnce()
    expect(await alerts()).toMatchObject([{ count: 250 }])
  })

  test('an event that becomes visible late is read once, and so are those after it', async () => {
    await rule({ on: 'schedule_missed' }, { grouping: 'rule' })
    const client = await store.pool.connect()
    const missed = `insert into event (kind, topic, data) values (72, 'schedule:1', '{"name":"nightly"}')`
    await client.query('begin')
    await client.query(missed)
    await rows(missed)
    for (let pass = 0; pass < 4; pass += 1) await watch.runOnce()
    expect(await alerts()).toMatchObject([{ count: 1 }])
    await client.query('commit')
    client.release()
    for (let pass = 0; pass < 4; pass += 1) await watch.runOnce()
    expect(await alerts()).toMatchObject([{ count: 2 }])
    const [state] = await rows<{ is_moved: boolean }>('select floor > 1 as is_moved from rule_watch')
    expect(state).toEqual({ is_moved: true })
  })

  test('several servers tell everything once', async () => {
    const others = [store, await openStore({ connection: database.url }), await openStore({ connection: database.url })]
    await rule({ on: 'job_failed' }, { grouping: 'each' })
    const watches = others.map((each) => new RuleWatch(each, { log: SILENT }))
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([end([FAILED, FAILED]), ...watches.map((each) => each.runOnce())])
    }
    for (const each of watches) await each.runOnce()
    expect(await titles()).toHaveLength(10)
    expect((await alerts()).map(({ count }) => count)).toEqual(Array.from({ length: 10 }, () => 1))
    await Promise.all(others.slice(1).map((each) => each.close()))
  })

  test('a database that came from elsewhere is read from now on', async () => {
    await rule({ on: 'job_failed' })
    await rows("update rule_watch set snapshot = '900000000:900000000:'")
    await end([FAILED])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await watch.runOnce()
    expect(await alerts()).toHaveLength(1)
  })
})

describe('what holds', () => {
  test('a job that runs too long is told until it ends', async () => {
    await rule({ on: 'job_slow', type: 'test.work', over_s: 60 })
    await rule({ on: 'job_slow', type: 'test.other', over_s: 60 }, { name: 'another type' })
    const source = storeJobSource(store)
    const facts = { kind: 'worker', host: 'h', pid: 1, version: 'x', types: ['test.work'], slots: 1 } as const
    const lease = await source.register({ name: 'w1', ...facts, leaseMs: 30_000 })
    const [job] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna', description: 'Long one' }])
    const lane = (await internQueues(store, ['default'])).get('default')
    const lanes = [{ laneId: lane?.id ?? 0, queueIds: [lane?.id ?? 0], limit: 1, slot: null }]
    const [claimed] = await source.claim(lease, { lanes, types: ['test.work'], limit: 1 })
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update job set started_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await watch.runOnce()
    expect(await alerts()).toMatchObject([{ key: job?.id, occurrence: { title: 'Long one runs longer than 1 min' } }])
    await source.settle(lease, [{ ...DONE, jobId: job?.id ?? '', fence: claimed?.fence ?? 0 }])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    expect(await titles()).toEqual(['Long one runs longer than 1 min'])
  })

  test('a queue whose oldest job waits too long', async () => {
    await rule({ on: 'queue_waiting', queue: 'default', over_s: 60 })
    await rule({ on: 'queue_waiting', queue: 'elsewhere', over_s: 60 }, { name: 'another queue' })
    const [job] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna' }])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await watch.runOnce()
    await rows("update alert set seen_at = now() - interval '1 minute'")
    await watch.runOnce()
    expect(await alerts()).toMatchObject([{ key: 'default', count: 1, rule: 'queue_waiting' }])
    expect(await titles()).toEqual(['Jobs wait in default'])
  })

  test('a rate of failures over its window, until enough others came out well', async () => {
    await rule({ on: 'failure_rate', percent: 50, window_s: 600, min_jobs: 3 })
    await rule({ on: 'failure_rate', type: 'test.other', percent: 1, window_s: 600, min_jobs: 1 }, { name: 'other' })
    await end([FAILED, FAILED])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await watch.runOnce()
    expect(await alerts()).toMatchObject([
      { occurrence: { title: '100 % of all jobs failed', what: '3 of 3 that ended within 10 min.' } },
    ])
    await end([DONE, DONE, DONE])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update rule_minute set minute = minute - interval '15 minutes'")
    await watch.runOnce()
    expect(await rows('select from rule_minute')).toEqual([])
  })

  test('failures in a row, until one of the type completes', async () => {
    await rule({ on: 'failures_in_row', count: 3 })
    await rule({ on: 'failures_in_row', type: 'test.other', count: 2 }, { name: 'other type' })
    await end([FAILED, FAILED])
    await watch.runOnce()
    await end([DONE, FAILED, FAILED])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await watch.runOnce()
    expect(await alerts()).toMatchObject([
      { key: 'test.work', occurrence: { title: '3 jobs of test.work failed in a row' } },
    ])
    await end([DONE])
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    expect(await rows('select from failure_streak')).toEqual([])
  })

  test('a printer that is down for so long, by its reason or its state', async () => {
    await rule({ on: 'printer_down', over_s: 30 })
    await rule({ on: 'printer_down', printer: 'Zebra', over_s: 0 }, { name: 'only Zebra' })
    for (const name of ['Zebra', 'Badge', 'Well']) {
      await createPrinter(store, { name, driver: 'virtual', uri: `virtual:${name}` }, ANNA)
    }
    const set = (name: string, state: string, reasons: object[] = [], ago = 60) =>
      rows(
        `update printer set state = $2, reasons = $3::jsonb, state_since = now() - $4 * interval '1 second'
         where id = (select id from lane where name = $1)`,
        [name, state, JSON.stringify(reasons), ago],
      )
    await set('Zebra', 'stopped', [{ reason: 'media-empty', severity: 'error', raw: 'media-empty-error' }])
    await set('Badge', 'offline', [], 5)
    await set('Well', 'idle')
    await watch.runOnce()
    expect((await alerts()).map(({ key, rule: name }) => `${name}: ${key}`).toSorted()).toEqual([
      'only Zebra: Zebra',
      'printer_down: Zebra',
    ])
    await set('Badge', 'offline')
    await watch.runOnce()
    expect(await titles()).toContainEqual('Badge: offline')
    await set('Badge', 'stopped')
    await set('Zebra', 'idle')
    await watch.runOnce()
    expect((await alerts()).map(({ key }) => key)).toEqual(['Badge'])
  })

  test('a station that is not heard of, or whose QZ Tray refuses', async () => {
    await rule({ on: 'station_down' }, { grouping: 'rule' })
    await rule({ on: 'station_down', station: 'Desk' }, { name: 'only the desk' })
    await createStation(store, { name: 'Desk', isPrintServer: true }, ANNA)
    await createStation(store, { name: 'Till', isPrintServer: true }, ANNA)
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update station set seen_at = now(), qz_connection_status = 'error' where name = 'Till'")
    await watch.runOnce()
    expect(await titles()).toEqual(['Station Till: its QZ Tray refuses'])
    await rows("update station set seen_at = now(), lost_at = now() where name = 'Desk'")
    await watch.runOnce()
    expect((await alerts()).map(({ count, rule: name }) => `${name} ×${count}`).toSorted()).toEqual([
      'only the desk ×1',
      'station_down ×2',
    ])
  })
})

describe('alerts', () => {
  test('of what happened are closed by who sees to them; a new one keeps the quiet time', async () => {
    await rule({ on: 'job_failed' }, { quiet: { minutes: 30, hours: null } })
    await end([FAILED])
    await watch.runOnce()
    const [alert] = await alerts()
    const acknowledged = await acknowledgeAlert(store, alert?.id ?? '0', ANNA)
    expect(acknowledged).toMatchObject({ acknowledged_by: 'anna', closed_at: expect.any(Date) })
    await end([FAILED])
    await watch.runOnce()
    expect([await alerts(), await titles()]).toMatchObject([[{ count: 1 }], { length: 1 }])
    await rows("update alert set told_at = now() - interval '31 minutes'")
    await watch.runOnce()
    expect(await titles()).toHaveLength(2)
  })

  test('of what holds stay open when somebody sees to them', async () => {
    await rule({ on: 'queue_waiting', over_s: 60 })
    const [job] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna' }])
    await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await watch.runOnce()
    const [alert] = await alerts()
    await acknowledgeAlert(store, alert?.id ?? '0', ANNA)
    await acknowledgeAlert(store, alert?.id ?? '0', { name: 'ben' })
    await watch.runOnce()
    expect(await alerts()).toMatchObject([{ acknowledged_by: 'anna', count: 1 }])
    expect(await rows("select from audit where action = 'alert.acknowledge'")).toHaveLength(1)
  })

  test('that nobody saw for a week are closed', async () => {
    await rule({ on: 'job_failed' })
    await end([FAILED])
    await watch.runOnce()
    await rows("update alert set seen_at = now() - interval '8 days'")
    await watch.runOnce()
    expect(await alerts()).toEqual([])
  })

  test('that opened and closed within the quiet time are one message', async () => {
    await rule({ on: 'queue_waiting', over_s: 60 }, { quiet: { minutes: 30, hours: null } })
    const flap = async () => {
      const [job] = await createJobs(store, [{ type: 'test.work', createdBy: 'anna' }])
      await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
      await watch.runOnce()
      await rows('delete from job where id = $1', [job?.id])
      await watch.runOnce()
    }
    for (let times = 0; times < 3; times += 1) await flap()
    expect(await titles()).toEqual(['Jobs wait in default'])
    await rows("update alert set told_at = now() - interval '31 minutes'")
    await watch.runOnce()
    expect(await titles()).toEqual(['Jobs wait in default', 'Jobs wait in default ×2'])
  })

  test('of a rule that is paused or removed are closed, and it finds nothing until it is resumed', async () => {
    const made = await rule({ on: 'job_failed' })
    const other = await rule({ on: 'job_failed' }, { name: 'removed' })
    await end([FAILED])
    await watch.runOnce()
    await pauseRule(store, made.id, ANNA)
    await removeRule(store, other.id, ANNA)
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await watch.runOnce()
    await resumeRule(store, made.id, ANNA)
    await watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await watch.runOnce()
    expect(await alerts()).toMatchObject([{ rule: 'job_failed', count: 1 }])
  })
})
