import {
  acknowledgeAlert,
  createJobs,
  createPrinter,
  createStation,
  internQueues,
  pauseRule,
  removeRule,
  resumeRule,
  storeJobSource,
} from '@andon/store'
import { describe, expect, test } from 'vitest'
import { DONE, FAILED, WatchedShop } from './watched-shop.ts'

const ANNA = { name: 'anna' }
const shop = new WatchedShop()
const { alerts, end, rows, rule, titles } = shop

describe('what holds', () => {
  test('a job that runs too long is told until it ends', async () => {
    await rule({ on: 'job_slow', type: 'test.work', over_s: 60 })
    await rule({ on: 'job_slow', type: 'test.other', over_s: 60 }, { name: 'another type' })
    const source = storeJobSource(shop.store)
    const facts = { kind: 'worker', host: 'h', pid: 1, version: 'x', types: ['test.work'], slots: 1 } as const
    const lease = await source.register({ name: 'w1', ...facts, leaseMs: 30_000 })
    const [job] = await createJobs(shop.store, [{ type: 'test.work', createdBy: 'anna', description: 'Long one' }])
    const lane = (await internQueues(shop.store, ['default'])).get('default')
    const lanes = [{ laneId: lane?.id ?? 0, queueIds: [lane?.id ?? 0], limit: 1, slot: null }]
    const [claimed] = await source.claim(lease, { lanes, types: ['test.work'], limit: 1 })
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update job set started_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ key: job?.id, occurrence: { title: 'Long one runs longer than 1 min' } }])
    await source.settle(lease, [{ ...DONE, jobId: job?.id ?? '', fence: claimed?.fence ?? 0 }])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    expect(await titles()).toEqual(['Long one runs longer than 1 min'])
  })

  test('a queue whose oldest job waits too long', async () => {
    await rule({ on: 'queue_waiting', queue: 'default', over_s: 60 })
    await rule({ on: 'queue_waiting', queue: 'elsewhere', over_s: 60 }, { name: 'another queue' })
    const [job] = await createJobs(shop.store, [{ type: 'test.work', createdBy: 'anna' }])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await shop.watch.runOnce()
    await rows("update alert set seen_at = now() - interval '1 minute'")
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ key: 'default', count: 1, rule: 'queue_waiting' }])
    expect(await titles()).toEqual(['Jobs wait in default'])
  })

  test('a rate of failures over its window, until enough others came out well', async () => {
    await rule({ on: 'failure_rate', percent: 50, window_s: 600, min_jobs: 3 })
    await rule({ on: 'failure_rate', type: 'test.other', percent: 1, window_s: 600, min_jobs: 1 }, { name: 'other' })
    await end([FAILED, FAILED])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([
      { occurrence: { title: '100 % of all jobs failed', what: '3 of 3 that ended within 10 min.' } },
    ])
    await end([DONE, DONE, DONE])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update rule_minute set minute = minute - interval '15 minutes'")
    await shop.watch.runOnce()
    expect(await rows('select from rule_minute')).toEqual([])
  })

  test('failures in a row, until one of the type completes', async () => {
    await rule({ on: 'failures_in_row', count: 3 })
    await rule({ on: 'failures_in_row', type: 'test.other', count: 2 }, { name: 'other type' })
    await end([FAILED, FAILED])
    await shop.watch.runOnce()
    await end([DONE, FAILED, FAILED])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([
      { key: 'test.work', occurrence: { title: '3 jobs of test.work failed in a row' } },
    ])
    await end([DONE])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    expect(await rows('select from failure_streak')).toEqual([])
  })

  test('a printer that is down for so long, by its reason or its state', async () => {
    await rule({ on: 'printer_down', over_s: 30 })
    await rule({ on: 'printer_down', printer: 'Zebra', over_s: 0 }, { name: 'only Zebra' })
    for (const name of ['Zebra', 'Badge', 'Well']) {
      await createPrinter(shop.store, { name, driver: 'virtual', uri: `virtual:${name}` }, ANNA)
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
    await shop.watch.runOnce()
    expect((await alerts()).map(({ key, rule: name }) => `${name}: ${key}`).toSorted()).toEqual([
      'only Zebra: Zebra',
      'printer_down: Zebra',
    ])
    await set('Badge', 'offline')
    await shop.watch.runOnce()
    expect(await titles()).toContainEqual('Badge: offline')
    await set('Badge', 'stopped')
    await set('Zebra', 'idle')
    await shop.watch.runOnce()
    expect((await alerts()).map(({ key }) => key)).toEqual(['Badge'])
  })

  test('a station that is not heard of, or whose QZ Tray refuses', async () => {
    await rule({ on: 'station_down' }, { grouping: 'rule' })
    await rule({ on: 'station_down', station: 'Desk' }, { name: 'only the desk' })
    await createStation(shop.store, { name: 'Desk', isPrintServer: true }, ANNA)
    await createStation(shop.store, { name: 'Till', isPrintServer: true }, ANNA)
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await rows("update station set seen_at = now(), qz_connection_status = 'error' where name = 'Till'")
    await shop.watch.runOnce()
    expect(await titles()).toEqual(['Station Till: its QZ Tray refuses'])
    await rows("update station set seen_at = now(), lost_at = now() where name = 'Desk'")
    await shop.watch.runOnce()
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
    await shop.watch.runOnce()
    const [alert] = await alerts()
    const acknowledged = await acknowledgeAlert(shop.store, alert?.id ?? '0', ANNA)
    expect(acknowledged).toMatchObject({ acknowledged_by: 'anna', closed_at: expect.any(Date) })
    await end([FAILED])
    await shop.watch.runOnce()
    expect([await alerts(), await titles()]).toMatchObject([[{ count: 1 }], { length: 1 }])
    await rows("update alert set told_at = now() - interval '31 minutes'")
    await shop.watch.runOnce()
    expect(await titles()).toHaveLength(2)
  })

  test('of what holds stay open when somebody sees to them', async () => {
    await rule({ on: 'queue_waiting', over_s: 60 })
    const [job] = await createJobs(shop.store, [{ type: 'test.work', createdBy: 'anna' }])
    await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await shop.watch.runOnce()
    const [alert] = await alerts()
    await acknowledgeAlert(shop.store, alert?.id ?? '0', ANNA)
    await acknowledgeAlert(shop.store, alert?.id ?? '0', { name: 'ben' })
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ acknowledged_by: 'anna', count: 1 }])
    expect(await rows("select from audit where action = 'alert.acknowledge'")).toHaveLength(1)
  })

  test('that nobody saw for a week are closed', async () => {
    await rule({ on: 'job_failed' })
    await end([FAILED])
    await shop.watch.runOnce()
    await rows("update alert set seen_at = now() - interval '8 days'")
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
  })

  test('that opened and closed within the quiet time are one message', async () => {
    await rule({ on: 'queue_waiting', over_s: 60 }, { quiet: { minutes: 30, hours: null } })
    const flap = async () => {
      const [job] = await createJobs(shop.store, [{ type: 'test.work', createdBy: 'anna' }])
      await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
      await shop.watch.runOnce()
      await rows('delete from job where id = $1', [job?.id])
      await shop.watch.runOnce()
    }
    for (let times = 0; times < 3; times += 1) await flap()
    const [late, over] = ['Jobs wait in default', 'Jobs of default no longer wait too long']
    expect(await titles()).toEqual([late, over, late])
    await rows("update alert set told_at = now() - interval '31 minutes', over_told_at = now() - interval '32 minutes'")
    const [job] = await createJobs(shop.store, [{ type: 'test.work', createdBy: 'anna' }])
    await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await shop.watch.runOnce()
    expect((await titles()).slice(3)).toEqual([`${late} ×2`])
  })

  test('of a rule that is paused or removed are closed, and it finds nothing until it is resumed', async () => {
    const made = await rule({ on: 'job_failed' })
    const other = await rule({ on: 'job_failed' }, { name: 'removed' })
    await end([FAILED])
    await shop.watch.runOnce()
    await pauseRule(shop.store, made.id, ANNA)
    await removeRule(shop.store, other.id, ANNA)
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await shop.watch.runOnce()
    await resumeRule(shop.store, made.id, ANNA)
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ rule: 'job_failed', count: 1 }])
  })
})
