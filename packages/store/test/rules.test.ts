import type { NotificationInput, Occurrence, RuleCondition } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  acknowledgeAlert,
  activeRules,
  adoptNotification,
  changeRule,
  closeSettledAlerts,
  countAlerts,
  countOpenAlerts,
  countRuleMinutes,
  countStreaks,
  createRule,
  endedGroups,
  getRule,
  holdAlerts,
  inWatchTurn,
  type ListedRule,
  listAlerts,
  listNotifications,
  listRules,
  type NewRule,
  notifyNow,
  pauseRule,
  readRates,
  readStreaks,
  removeRule,
  resumeRule,
  retryJob,
  slowJobs,
  toAlertView,
  toNotificationView,
  toRuleView,
  untoldAlerts,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const ANNA = { name: 'anna' }
const QUIET = { minutes: 15, hours: null }
const OCCURRENCE: Occurrence = {
  level: 'error',
  title: 'It broke',
  what: 'why',
  hint: null,
  path: '/jobs/1',
  job: { id: '019ac1f0-6b1c-7c31-9d5a-0f2e4b6a8c10', type: 'test.work', description: null, account_id: 7 },
}

let it: Bench
let made = 0

beforeAll(async () => {
  it = await bench()
})
afterAll(() => it[Symbol.asyncDispose]())

function rule(condition: RuleCondition = { on: 'job_failed' }, more: Partial<NewRule> = {}): Promise<ListedRule> {
  made += 1
  const channel = { kind: 'webhook', url: 'https://x.de/in?key=s3cret' } as const
  return createRule(it.store, { name: `rule ${made}`, condition, channel, secret: 'whsec_x', ...more }, ANNA)
}

function found(ruleId: number, key = 'a', count = 1, occurrence: Occurrence = OCCURRENCE) {
  return { ruleId, key, count, occurrence, members: [key] }
}

async function alertsOf(ruleId: number, isOpenOnly = false) {
  const all = await listAlerts(it.store, { after: null, limit: 500, isOpenOnly })
  return all.filter(({ rule_id }) => rule_id === ruleId)
}

describe('rules', () => {
  test('have defaults, and names of their own among those that are there', async () => {
    const one = await rule({ on: 'job_failed' }, { name: 'one' })
    expect(one).toMatchObject({ quiet: QUIET, grouping: 'cause', open_alerts: 0, told_at: null, paused_at: null })
    await expect(rule({ on: 'job_failed' }, { name: 'one' })).rejects.toMatchObject({ code: 'name_taken' })
    const two = await rule()
    await expect(changeRule(it.store, two.id, { name: 'one' }, ANNA)).rejects.toMatchObject({ code: 'name_taken' })
    await removeRule(it.store, one.id, ANNA)
    expect(await changeRule(it.store, two.id, { name: 'one' }, ANNA)).toMatchObject({ name: 'one', secret: 'whsec_x' })
    for (const act of [pauseRule, resumeRule, removeRule]) {
      await expect(act(it.store, one.id, ANNA)).rejects.toMatchObject({ code: 'rule_not_found' })
    }
    await expect(getRule(it.store, one.id)).rejects.toMatchObject({ code: 'rule_not_found' })
    expect(await it.row('select channel, secret from rule where id = $1', [one.id])).toEqual({
      channel: { kind: 'webhook' },
      secret: null,
    })
  })

  test('that watch for something else begin anew; another name changes nothing of what they found', async () => {
    const { id } = await rule()
    await it.store.transaction((tx) => countAlerts(tx, [found(id)]))
    await changeRule(it.store, id, { name: 'renamed' }, ANNA)
    expect(await alertsOf(id, true)).toHaveLength(1)
    const before = await getRule(it.store, id)
    const after = await changeRule(it.store, id, { condition: { on: 'worker_lost' } }, ANNA)
    expect(after.watches_since.getTime()).toBeGreaterThan(before.watches_since.getTime())
    expect(await alertsOf(id, true)).toEqual([])
  })

  test('are active unless they are paused', async () => {
    const { id } = await rule()
    const isActive = async () => (await activeRules(it.store)).some((one) => one.id === id)
    expect(await isActive()).toBe(true)
    expect(await pauseRule(it.store, id, ANNA)).toMatchObject({ paused_by: 'anna' })
    expect(await pauseRule(it.store, id, { name: 'ben' })).toMatchObject({ paused_by: 'anna' })
    expect(await isActive()).toBe(false)
    expect(await resumeRule(it.store, id, ANNA)).toMatchObject({ paused_by: null })
    expect(await resumeRule(it.store, id, ANNA)).toMatchObject({ paused_by: null })
    expect((await listRules(it.store)).map((one) => one.id)).toContain(id)
  })

  test('are shown without what is secret', async () => {
    const mailed = await rule({ on: 'worker_lost' }, { channel: { kind: 'email', to: ['a@x.de'] }, secret: null })
    expect(toRuleView(mailed)).toMatchObject({
      channel: { kind: 'email', target: 'a@x.de', to: ['a@x.de'] },
      pause: null,
    })
    const paused = toRuleView(await pauseRule(it.store, (await rule()).id, ANNA))
    expect(paused).toMatchObject({ pause: { by: 'anna' }, last_notification: null })
    expect(JSON.stringify(paused)).not.toMatch(/s3cret|whsec/)
    expect(toRuleView({ ...mailed, paused_at: new Date(0), paused_by: null }).pause?.by).toBe('system')
  })
})

describe('alerts', () => {
  test('of what happened are counted while they are open, and opened anew afterwards', async () => {
    const { id } = await rule()
    const count = (...some: ReturnType<typeof found>[]) => it.store.transaction((tx) => countAlerts(tx, some))
    expect(await count()).toEqual({ opened: 0, closed: 0 })
    expect(await count(found(id, 'a', 2), found(id, 'b'))).toEqual({ opened: 2, closed: 0 })
    expect(await count(found(id, 'a', 3))).toEqual({ opened: 0, closed: 0 })
    const [b, a] = await alertsOf(id)
    expect([a?.count, b?.count]).toEqual([5, 1])
    await acknowledgeAlert(it.store, a?.id ?? '', ANNA)
    expect(await count(found(id, 'a'))).toEqual({ opened: 1, closed: 0 })
    expect((await alertsOf(id)).map(({ closed_at, key }) => `${key} ${closed_at === null}`)).toEqual([
      'a true',
      'b true',
      'a false',
    ])
    await expect(acknowledgeAlert(it.store, '999999', ANNA)).rejects.toMatchObject({ code: 'alert_not_found' })
  })

  test('of what holds are closed with it, are not counted again, and grow with what is found', async () => {
    const { id } = await rule({ on: 'printer_down' })
    const hold = (ids: number[], ...some: ReturnType<typeof found>[]) =>
      it.store.transaction((tx) => holdAlerts(tx, ids, some, []))
    expect(await hold([])).toEqual({ opened: 0, closed: 0 })
    expect(await hold([id], found(id, 'a'), found(id, 'b'))).toEqual({ opened: 2, closed: 0 })
    expect(await hold([id], found(id, 'a', 2))).toEqual({ opened: 0, closed: 1 })
    expect(await alertsOf(id)).toMatchObject([
      { key: 'a', count: 2, closed_at: null },
      { key: 'b', closed_at: expect.any(Date) },
    ])
    const untold = await it.store.transaction((tx) => untoldAlerts(tx, [{ id, quiet: QUIET }], 10))
    expect(untold.map(({ key, untold: times }) => [key, times])).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  test('that need nobody are closed once they were told', async () => {
    const { id } = await rule({ on: 'job_completed' })
    const settle = () => it.store.transaction((tx) => closeSettledAlerts(tx))
    await it.store.transaction((tx) => countAlerts(tx, [found(id)]))
    await settle()
    expect(await alertsOf(id, true)).toHaveLength(1)
    await it.rows('update alert set untold = 0 where rule_id = $1', [id])
    expect((await settle()).closed).toBeGreaterThanOrEqual(1)
    expect(await alertsOf(id, true)).toEqual([])
  })

  test('are counted, and shown to those who may see their job', async () => {
    const { id } = await rule()
    const before = await countOpenAlerts(it.store)
    await it.store.transaction((tx) => countAlerts(tx, [found(id), found(id, 'b', 1, { ...OCCURRENCE, job: null })]))
    const after = await countOpenAlerts(it.store)
    expect(after).toEqual({ open: before.open + 2, unacknowledged: before.unacknowledged + 2 })
    const [open, own] = await alertsOf(id)
    if (open === undefined || own === undefined) throw new Error('they are missing')
    expect(toAlertView(own, { accountId: 7 })).toMatchObject({ title: 'It broke', path: '/jobs/1' })
    expect(toAlertView(own, { accountId: 8 })).toMatchObject({
      title: own.rule,
      what: null,
      job_id: null,
      path: '/alerts',
    })
    expect(toAlertView(open, { accountId: 8 })).toMatchObject({ title: 'It broke', job_id: null })
  })
})

describe('reading the events', () => {
  const request = { kinds: ['schedule_missed'] as const, withCompletions: true, limit: 3, settledSeq: null }
  const missed = () => it.rows(`insert into event (kind, topic, data) values (72, 'schedule:1', '{}')`)
  const look = async () => {
    const seen: number[] = []
    await inWatchTurn(it.store, async (turn) => {
      const { events, isPart } = await turn.look(request)
      seen.push(events.length, Number(isPart))
    })
    return seen
  }
  const lookAll = async () => {
    while ((await look())[1] === 1);
  }

  test('is done once for each, in parts where there are many', async () => {
    await lookAll()
    for (let count = 0; count < 7; count += 1) await missed()
    expect([await look(), await look(), await look(), await look()]).toEqual([
      [3, 1],
      [3, 1],
      [1, 0],
      [0, 0],
    ])
  })

  test('is undone with a turn that fails', async () => {
    await lookAll()
    await missed()
    const failing = inWatchTurn(it.store, async (turn) => {
      await turn.look(request)
      throw new Error('the server went away')
    })
    await expect(failing).rejects.toThrow('went away')
    expect(await look()).toEqual([1, 0])
  })

  test('is left to whoever is at it', async () => {
    let isInner: boolean | null = null
    await inWatchTurn(it.store, async () => {
      isInner = await inWatchTurn(it.store, async () => undefined)
    })
    expect(isInner).toBe(false)
  })
})

describe('facts about jobs', () => {
  async function end(outcome: 'completed' | 'failed', count: number, job: object = {}): Promise<string[]> {
    const ids = await it.create(Array.from({ length: count }, () => ({ queue: 'facts', ...job })))
    const lease = await it.worker()
    const claimed = await it.claim(lease, count, 'facts')
    const error = { code: 'broken', message: 'it broke', hint: null, retryable: false }
    for (const { fence, jobId } of claimed) {
      await it.source.settle(lease, [
        outcome === 'completed' ? { jobId, fence, outcome, result: null } : { jobId, fence, outcome, error },
      ])
    }
    return ids
  }

  test('that ended are grouped by what they have in common', async () => {
    expect(await endedGroups(it.store, [], { withTags: false })).toEqual([])
    const ids = [
      ...(await end('failed', 2, { tags: { shop: 'north' } })),
      ...(await end('failed', 1, { tags: { shop: 'south' } })),
      ...(await end('completed', 1)),
    ]
    const groups = async (withTags: boolean) =>
      (await endedGroups(it.store, ids, { withTags })).map(({ count, state, tags }) => ({ count, state, tags }))
    expect((await groups(false)).reduce((sum, { count }) => sum + count, 0)).toBe(4)
    expect(await groups(true)).toEqual([
      { count: 2, state: 'failed', tags: { shop: 'north' } },
      { count: 1, state: 'failed', tags: { shop: 'south' } },
      { count: 1, state: 'completed', tags: null },
    ])
  })

  test('that failed one after the other are counted until one completes', async () => {
    await countStreaks(it.store, [])
    await countStreaks(it.store, await end('failed', 2))
    await countStreaks(it.store, await end('failed', 1))
    expect(await readStreaks(it.store, 3)).toMatchObject([{ type: 'test.work', failures: 3 }])
    await countStreaks(it.store, [...(await end('completed', 1)), ...(await end('failed', 1))])
    expect(await readStreaks(it.store, 1)).toMatchObject([{ failures: 1 }])
    await countStreaks(it.store, await end('completed', 1))
    expect(await readStreaks(it.store, 1)).toEqual([])
  })

  test('are counted by the minute for as long as a window is', async () => {
    const { id } = await rule({ on: 'failure_rate', percent: 50, window_s: 600, min_jobs: 1 })
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000)
    const old = new Date(minute.getTime() - 3_600_000)
    await countRuleMinutes(it.store, [])
    await countRuleMinutes(it.store, [
      { ruleId: id, minute, ended: 3, failed: 1 },
      { ruleId: id, minute: old, ended: 9, failed: 9 },
    ])
    await countRuleMinutes(it.store, [{ ruleId: id, minute, ended: 1, failed: 1 }])
    expect(await readRates(it.store, [id])).toEqual(new Map([[id, { ended: 4, failed: 2 }]]))
    expect(await it.row('select count(*)::int as n from rule_minute')).toEqual({ n: 1 })
  })

  test('that run for long are told, deliveries aside', async () => {
    const [id] = await it.create([{ queue: 'facts', description: 'Long one' }])
    await it.claim(await it.worker(), 1, 'facts')
    await it.rows("update job set started_at = now() - interval '5 minutes' where id = $1", [id])
    expect(await slowJobs(it.store, 60, 10)).toMatchObject([{ id, queue: 'facts', description: 'Long one' }])
    expect(await slowJobs(it.store, 600, 10)).toEqual([])
  })
})

describe('deliveries', () => {
  const inputFor = (ruleId: number): NotificationInput => ({
    rule_id: ruleId,
    is_test: true,
    alert_id: null,
    message: {
      level: 'error',
      title: 'It broke ×2',
      what: null,
      hint: null,
      times: 2,
      since: '',
      at: '',
      rule: 'r',
      watches: '',
      path: '/',
      job: null,
    },
  })

  test('are jobs, and a retry by hand takes the delivery over', async () => {
    const made = await rule()
    const draft = { rule: made, alertIds: [], input: inputFor(made.id), createdBy: 'anna', accountId: null }
    const jobId = await notifyNow(it.store, draft, ANNA)
    const list = () => listNotifications(it.store, { before: null, ruleId: made.id, limit: 10 })
    const [row] = await list()
    expect(row).toMatchObject({ job_id: jobId, state: 2, times: 2, target: 'https://x.de/in?…', alert_id: null })
    expect(await adoptNotification(it.store, jobId)).toMatchObject({ secret: 'whsec_x', channel: { kind: 'webhook' } })
    await it.rows('update lane set slots = null')
    await it.rows(
      `with gone as (delete from job where id = $1 returning *)
       insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
         created_at, input, created_by)
       select id, site_id, type_id, queue_id, 6, priority, 1, max_attempts, 2, run_at, created_at, input, created_by
       from gone`,
      [jobId],
    )
    const again = await retryJob(it.store, jobId, { actor: ANNA })
    expect(await adoptNotification(it.store, again)).toMatchObject({ secret: 'whsec_x' })
    expect((await list()).map(({ job_id }) => job_id)).toEqual([again])
    await removeRule(it.store, made.id, ANNA)
    expect(await adoptNotification(it.store, again)).toEqual({ channel: null, secret: null })
    const [other] = await it.create(1)
    expect(await adoptNotification(it.store, other ?? '')).toBeNull()
  })

  test('whose job is not kept any more are still listed', async () => {
    const made = await rule()
    await it.store.transaction((tx) => countAlerts(tx, [found(made.id)]))
    await inWatchTurn(it.store, async (turn) => {
      const [alert] = await untoldAlerts(turn.tx, [made], 10)
      await turn.notify([])
      const input = { ...inputFor(made.id), is_test: false, alert_id: alert?.id ?? '' }
      await turn.notify([{ rule: made, alertIds: [alert?.id ?? ''], input, createdBy: 'rule', accountId: null }])
    })
    const [row] = await listNotifications(it.store, { before: null, ruleId: made.id, limit: 1 })
    if (row === undefined) throw new Error('it is missing')
    expect(toNotificationView(row, { accountId: 8 })).toMatchObject({
      title: made.name,
      state: 'queued',
      is_test: false,
    })
    expect(toNotificationView(row, { all: true })).toMatchObject({ title: 'It broke ×2', error: null })
    await it.rows('delete from job where id = $1', [row.job_id])
    const [gone] = await listNotifications(it.store, { before: null, ruleId: made.id, limit: 1 })
    if (gone === undefined) throw new Error('it is missing')
    expect(toNotificationView(gone, { all: true })).toMatchObject({ state: null, attempt: 0, max_attempts: 0 })
    const failed = { ...row, error: { code: 'webhook_failed', message: 'status 503' } }
    expect(toNotificationView(failed, { all: true }).error).toMatchObject({ code: 'webhook_failed', hint: null })
    expect(await untoldAlerts(it.store, [made], 10)).toEqual([])
    const shown = toRuleView(await getRule(it.store, made.id))
    expect(shown.last_notification).toMatchObject({ state: null, is_test: false })
  })
})
