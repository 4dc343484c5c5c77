import { acknowledgeAlert, createJobs, createStation, pauseRule, resumeRule, storeJobSource } from '@andon/store'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { watchedPrinters } from './watched-printers.ts'
import { DONE, FAILED, WatchedShop } from './watched-shop.ts'

const ANNA = { name: 'anna' }
const QUIET = { minutes: 30, hours: null }
const WORKER = {
  kind: 'worker',
  host: 'here',
  pid: 1,
  version: 'test',
  types: ['x'],
  slots: 1,
  leaseMs: 30_000,
} as const
const shop = new WatchedShop()
const { alerts, end, rows, rule, titles, told } = shop

const { afterQuiet, at, pass, printer, set } = watchedPrinters(shop)
const MEDIA_EMPTY = { reason: 'media-empty', severity: 'error', raw: 'media-empty-error' }

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

test('an outage after the good message is told at once, and its end waits for the quiet time', async () => {
  await rule({ on: 'printer_down' }, { quiet: QUIET })
  await printer()
  const flap = async () => {
    await set('offline')
    await pass()
    await set('idle')
    await pass(3)
  }
  for (let times = 0; times < 5; times += 1) await flap()
  expect(await titles()).toEqual(['Zebra: offline', 'Zebra is well again', 'Zebra: offline'])
  await afterQuiet()
  await pass(3)
  expect((await titles()).slice(3)).toEqual(['Zebra is well again'])
  expect(await rows('select from alert where untold > 0 or is_over_untold')).toEqual([])
  await set('offline')
  await pass()
  expect((await titles()).slice(4)).toEqual(['Zebra: offline'])
})

describe('whatever a printer does', () => {
  /** Whether it is down, and for how many minutes. */
  const stretch = fc.tuple(fc.boolean(), fc.constantFrom(1, 1, 2, 8))
  const stretches = fc.array(stretch, { minLength: 12, maxLength: 16 })
  const quiet = { minutes: 6, hours: null }
  const aMinute = "interval '1 minute'"

  /** What was told in each minute. */
  const live = async (given: readonly (readonly [isDown: boolean, minutes: number])[]) => {
    await rows('delete from notification')
    await rows('delete from alert')
    const minutes: { isDown: boolean; titles: string[] }[] = []
    for (const isDown of given.flatMap(([down, length]) => Array.from({ length }, () => down))) {
      await set(isDown ? 'offline' : 'idle')
      const before = (await titles()).length
      await pass()
      minutes.push({ isDown, titles: (await titles()).slice(before) })
      await rows(`update alert set told_at = told_at - ${aMinute}, over_told_at = over_told_at - ${aMinute}`)
    }
    return minutes
  }

  test('the last word is wrong for no longer than the quiet time, in which at most three messages go out', async () => {
    await rule({ on: 'printer_down' }, { quiet })
    await printer()
    const isLived = async (given: readonly (readonly [boolean, number])[]) => {
      const minutes = await live(given)
      for (let at = quiet.minutes; at < minutes.length; at += 1) {
        const lately = minutes.slice(at - quiet.minutes, at)
        expect(lately.flatMap(({ titles: some }) => some).length).toBeLessThanOrEqual(3)
        const states = minutes.slice(at - quiet.minutes, at + 1).map(({ isDown }) => isDown)
        if (new Set(states).size > 1) continue
        const lastWord = minutes
          .slice(0, at + 1)
          .flatMap(({ titles: some }) => some)
          .at(-1)
        expect(lastWord?.startsWith('Zebra: offline') ?? false).toBe(minutes[at]?.isDown)
      }
    }
    await fc.assert(fc.asyncProperty(stretches, isLived), { numRuns: 5, endOnFailure: true })
  })
})

test('an outage that goes on past the quiet time is told again, however often it was well in between', async () => {
  await rule({ on: 'printer_down' }, { quiet: QUIET })
  await printer()
  for (const state of ['offline', 'idle', 'offline', 'idle', 'offline']) {
    await set(state)
    await pass(2)
  }
  expect(await titles()).toEqual(['Zebra: offline', 'Zebra is well again', 'Zebra: offline'])
  await afterQuiet()
  await pass(2)
  expect((await titles()).slice(3)).toEqual(['Zebra: offline'])
  await set('idle')
  await pass(2)
  const last = (await told()).at(-1)
  expect(last?.message.title).toBe('Zebra is well again')
  expect(await titles()).toHaveLength(5)
  const [newest] = await alerts(false)
  expect(last?.message.since).toBe(newest?.opened_at.toISOString())
})

test('what nobody was told of is not told to be well again', async () => {
  const hours = { from: '00:00', to: '12:00', zone: 'UTC' }
  await rule({ on: 'printer_down' }, { quiet: { minutes: 0, hours } })
  await printer()
  await set('offline')
  await at('01:00:00')
  const [alert] = await alerts()
  await acknowledgeAlert(shop.store, alert?.id ?? '', ANNA)
  await set('idle')
  await at('02:00:00')
  await at('13:00:00')
  expect(await titles()).toEqual([])
  // Told late of what is over meanwhile, they are told of its end as well.
  await set('offline')
  await at('01:00:00')
  await set('idle')
  await at('02:00:00')
  await at('13:00:00')
  await at('13:00:00')
  await at('13:00:00')
  expect(await titles()).toEqual(['Zebra: offline', 'Zebra is well again'])
})

describe('while it is not seen to be well', () => {
  test('an alert stays open, whatever the printer does in between', async () => {
    await rule({ on: 'printer_down' })
    await printer()
    await set('stopped', 120, [MEDIA_EMPTY])
    await pass()
    const [alert] = await alerts()
    for (const state of ['offline', 'unknown', 'stopped', 'offline']) {
      await set(state, 0)
      await pass()
    }
    expect(await alerts()).toMatchObject([{ id: alert?.id, count: 1 }])
    expect(await titles()).toHaveLength(1)
    await set('idle', 0)
    await pass(2)
    expect((await titles()).slice(1)).toEqual(['Zebra is well again'])
  })

  test('of a group, nobody is told that all are well; who joins it is told', async () => {
    await rule({ on: 'printer_down' }, { grouping: 'rule' })
    await printer()
    await printer('Badge')
    await printer('Never asked')
    await set('offline', 120, [], 'Zebra')
    await set('idle', 120, [], 'Badge')
    await pass()
    await set('offline', 0, [], 'Badge')
    await set('idle', 0, [], 'Zebra')
    await pass(2)
    expect(await titles()).toEqual(['Zebra: offline'])
    await set('offline', 120, [], 'Badge')
    await pass(2)
    expect(await titles()).toEqual(['Zebra: offline', 'Badge: offline'])
    expect(await alerts()).toMatchObject([{ count: 2 }])
    await set('idle', 0, [], 'Badge')
    await pass(2)
    expect((await titles()).slice(2)).toEqual(['All printers are well again'])
  })

  test('a queue has its alert open, though the printer of its name has no jobs', async () => {
    await rule({ on: 'queue_waiting', over_s: 60 })
    await printer()
    const [job] = await createJobs(shop.store, [{ type: 'test.work', queue: 'reports', createdBy: 'anna' }])
    await rows("update job set run_at = now() - interval '5 minutes' where id = $1", [job?.id])
    await rows("update lane set name = 'Zebra' where name = 'reports'")
    await pass(2)
    expect([await titles(), await alerts()]).toMatchObject([['Jobs wait in Zebra'], [{ count: 1 }]])
    await rows('update job set run_at = now() where id = $1', [job?.id])
    await pass(2)
    expect((await titles()).slice(1)).toEqual(['Jobs of Zebra no longer wait too long'])
  })

  test('a good message that was held back stays back, until it is true', async () => {
    const hours = { from: '00:00', to: '12:00', zone: 'UTC' }
    await rule({ on: 'printer_down' }, { quiet: { minutes: 0, hours } })
    await printer()
    await set('offline')
    await at('13:00:00')
    await set('idle')
    await at('01:00:00')
    await set('offline', 0)
    await at('13:00:00')
    expect([await titles(), await alerts()]).toEqual([['Zebra: offline'], []])
    await set('unknown', 0)
    await at('13:00:00')
    expect(await titles()).toHaveLength(1)
    await set('idle', 0)
    await at('13:00:00')
    expect((await titles()).slice(1)).toEqual(['Zebra is well again'])
  })
})

test('the good message stands for all that was not told yet', async () => {
  await rule({ on: 'printer_down' }, { quiet: QUIET, grouping: 'rule' })
  await printer()
  await printer('Badge')
  await set('idle')
  await set('offline', 120, [], 'Badge')
  await pass(2)
  await set('offline')
  await pass(2)
  expect(await alerts()).toMatchObject([{ count: 2 }])
  expect(await titles()).toEqual(['Badge: offline'])
  await set('idle')
  await pass(2)
  expect((await titles()).slice(1)).toEqual(['All printers are well again'])
  await afterQuiet()
  await pass(3)
  expect(await titles()).toHaveLength(2)
})

test('what is the matter again by the end of the quiet hours is not told to be well', async () => {
  const hours = { from: '00:00', to: '12:00', zone: 'UTC' }
  await rule({ on: 'printer_down' }, { quiet: { minutes: 0, hours } })
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
  await source.register({ name: 'mill', ...WORKER })
  await pass(3)
  expect((await titles()).slice(3).toSorted()).toEqual([
    'All stations are well again',
    'Jobs of reports no longer wait too long',
    'Worker mill is back',
  ])
})

test('lost workers that are told as one are told to be back when all are', async () => {
  await rule({ on: 'worker_lost' }, { grouping: 'rule', quiet: QUIET })
  const lose = (name: string) =>
    rows(`insert into event (kind, topic, data) values (62, 'workers', $1)`, [JSON.stringify({ name })])
  await lose('mill')
  await pass()
  await lose('lathe')
  await pass()
  expect(await titles()).toEqual(['Worker mill was lost'])
  const source = storeJobSource(shop.store)
  await source.register({ name: 'lathe', ...WORKER })
  await pass(2)
  expect([await titles(), await alerts()]).toMatchObject([{ length: 1 }, [{ count: 2 }]])
  await source.register({ name: 'mill', ...WORKER })
  await pass(3)
  expect((await titles()).slice(1)).toEqual(['All lost workers are back'])
  expect(await alerts()).toEqual([])
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
