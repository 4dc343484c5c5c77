import { createJobs, createPrinter, createStation, pauseRule, resumeRule, SILENT, storeJobSource } from '@andon/store'
import { expect, test } from 'vitest'
import { RuleWatch } from '../src/index.ts'
import { DONE, FAILED, WatchedShop } from './watched-shop.ts'

const ANNA = { name: 'anna' }
const QUIET = { minutes: 30, hours: null }
const shop = new WatchedShop()
const { alerts, end, rows, rule, titles, told } = shop

const printer = () => createPrinter(shop.store, { name: 'Zebra', driver: 'virtual', uri: 'virtual:Zebra' }, ANNA)
const set = (state: string, ago = 120) =>
  rows(`update printer set state = $1, state_since = now() - $2 * interval '1 second'`, [state, ago])
const pass = async (times = 1) => {
  for (let n = 0; n < times; n += 1) await shop.watch.runOnce()
}

test('a printer that prints again is told once to who was told that it is down', async () => {
  const { id } = await rule({ on: 'printer_down' })
  await printer()
  await set('offline')
  await pass(2)
  expect(await titles()).toEqual(['Zebra: offline'])
  await set('idle')
  await pass(3)
  const messages = await told()
  expect(messages).toMatchObject([
    { message: { title: 'Zebra: offline' } },
    {
      rule_id: id,
      is_over: true,
      message: {
        level: 'success',
        title: 'Zebra is well again',
        what: expect.stringContaining('“Zebra: offline”'),
        hint: null,
        path: '/printers/Zebra',
      },
    },
  ])
  expect(messages[1]?.alert_id).toBe(messages[0]?.alert_id)
  expect(await alerts()).toEqual([])
})

test('nobody is told that what they did not hear of is over', async () => {
  await rule({ on: 'printer_down' }, { quiet: QUIET })
  await printer()
  await set('offline')
  await pass()
  await set('idle')
  await pass(2)
  expect(await titles()).toEqual(['Zebra: offline', 'Zebra is well again'])
  // Within the quiet time it went down and came back unheard of; that it is over follows what is told of it later.
  await set('offline')
  await pass()
  await set('idle')
  await pass(3)
  expect(await titles()).toHaveLength(2)
  await rows("update alert set told_at = now() - interval '31 minutes'")
  await pass(3)
  expect((await titles()).slice(2)).toEqual(['Zebra: offline', 'Zebra is well again'])
})

test('what is the matter again by the end of the quiet hours is not told to be well', async () => {
  const hours = { from: '00:00', to: '12:00', zone: 'UTC' }
  await rule({ on: 'printer_down' }, { quiet: { minutes: 0, hours } })
  const at = (time: string) =>
    new RuleWatch(shop.store, { log: SILENT, statesEveryMs: 0, now: () => Date.parse(`2026-11-27T${time}Z`) }).runOnce()
  await printer()
  await set('offline')
  await at('13:00:00')
  await set('idle')
  await at('01:00:00')
  await set('offline')
  await at('02:00:00')
  await at('13:00:00')
  expect(await titles()).toEqual(['Zebra: offline', 'Zebra: offline'])
  await set('idle')
  await at('14:00:00')
  expect((await titles()).at(-1)).toBe('Zebra is well again')
})

test('stations, queues and workers are told to be well again, each in its words', async () => {
  await rule({ on: 'station_down' }, { grouping: 'rule' })
  await rule({ on: 'queue_waiting', over_s: 60 })
  await rule({ on: 'worker_lost' })
  await createStation(shop.store, { name: 'Desk', isPrintServer: true }, ANNA)
  await rows('update station set seen_at = now(), lost_at = now()')
  const [job] = await createJobs(shop.store, [{ type: 'test.work', queue: 'reports', createdBy: 'anna' }])
  await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
  await rows(`insert into event (kind, topic, data) values (62, 'workers', '{"name": "mill"}')`)
  await pass(2)
  expect((await titles()).toSorted()).toEqual([
    'Jobs wait in reports',
    'Station Desk does not answer',
    'Worker mill was lost',
  ])
  await rows('update station set lost_at = null')
  await rows('update job set run_at = now() where id = $1', [job?.id])
  const source = storeJobSource(shop.store)
  const who = {
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types: ['x'],
    slots: 1,
    leaseMs: 30_000,
  } as const
  await source.register({ name: 'mill', ...who })
  await pass(3)
  expect((await titles()).slice(3).toSorted()).toEqual([
    'All stations are well again',
    'Jobs of reports no longer wait too long',
    'Worker mill is back',
  ])
})

test('of events, and of rules that were paused, nothing gets well', async () => {
  const { id } = await rule({ on: 'printer_down' })
  await rule({ on: 'failures_in_row', count: 2 })
  await printer()
  await set('offline')
  await end([FAILED, FAILED])
  await pass(2)
  expect(await titles()).toHaveLength(2)
  await set('idle')
  await pauseRule(shop.store, id, ANNA)
  await end([DONE])
  await pass(2)
  await resumeRule(shop.store, id, ANNA)
  await pass(2)
  expect(await titles()).toHaveLength(2)
  expect(await alerts()).toEqual([])
})
