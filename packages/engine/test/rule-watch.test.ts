import { openStore, SILENT, storeJobSource } from '@andon/store'
import { describe, expect, test } from 'vitest'
import { RuleWatch } from '../src/index.ts'
import { DONE, FAILED, WatchedShop } from './watched-shop.ts'

const shop = new WatchedShop()
const { alerts, end, rows, rule, titles, told } = shop

describe('what happens', () => {
  test('without rules nothing is read, and a new rule sees nothing of before', async () => {
    expect(await shop.watch.runOnce()).toBeUndefined()
    await end([FAILED])
    await rule({ on: 'job_failed' })
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
  })

  test('a job that fails is told once, with error, hint and link', async () => {
    const made = await rule({ on: 'job_failed' })
    const [id] = await end([FAILED, DONE], { description: 'Orders' })
    await shop.watch.runOnce()
    await shop.watch.runOnce()
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
    await shop.watch.runOnce()
    expect(await titles()).toEqual(['test.work failed ×3'])
    await end([FAILED])
    await end([FAILED])
    await shop.watch.runOnce()
    expect(await titles()).toHaveLength(1)
    await rows("update alert set told_at = now() - interval '31 minutes'")
    await shop.watch.runOnce()
    expect(await titles()).toEqual(['test.work failed ×3', 'test.work failed ×2'])
    expect(await alerts()).toMatchObject([{ count: 5 }])
  })

  test('quiet hours hold a message back until they are over', async () => {
    await rule({ on: 'job_failed' }, { quiet: { minutes: 0, hours: { from: '22:00', to: '06:00', zone: 'UTC' } } })
    await end([FAILED])
    const at = (time: string) =>
      new RuleWatch(shop.store, { log: SILENT, now: () => Date.parse(`2026-05-04T${time}Z`) })
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
    await shop.watch.runOnce()
    expect((await alerts()).map(({ count, key }) => [count, key.split('.')[1]])).toEqual([
      [1, 'work other'],
      [1, 'work broken'],
    ])
  })

  test('completions carry the summary, each by itself where that is asked for, and need nobody afterwards', async () => {
    await rule({ on: 'job_completed' }, { grouping: 'each' })
    await end([DONE, { ...DONE, summary: 'half done' }, FAILED])
    await shop.watch.runOnce()
    expect((await told()).map(({ message }) => [message.what, message.level])).toEqual([
      ['all done', 'success'],
      ['half done', 'success'],
    ])
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    expect(await alerts(false)).toHaveLength(2)
  })

  test('two rules have each its own alert; one for all its jobs where it is grouped so', async () => {
    await rule({ on: 'job_failed' }, { name: 'one' })
    await rule({ on: 'job_failed' }, { name: 'two', grouping: 'rule' })
    const other = { ...FAILED, error: { ...FAILED.error, message: 'quite another thing' } }
    await end([FAILED, other])
    await shop.watch.runOnce()
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
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
  })

  test('a worker that is lost is told, and closed when one of its name lives again', async () => {
    await rule({ on: 'worker_lost' })
    await rule({ on: 'worker_lost', worker: 'other' }, { name: 'not this one' })
    await rows(`insert into event (kind, topic, data) values (62, 'worker:1', '{"name":"w1"}'), (62, 'worker:2', '3')`)
    await shop.watch.runOnce()
    expect(await titles()).toEqual(['Worker w1 was lost', 'Worker without a name was lost'])
    const source = storeJobSource(shop.store)
    const facts = { kind: 'worker', host: 'h', pid: 1, version: 'x', types: [], slots: 1, leaseMs: 30_000 } as const
    await source.register({ name: 'w1', ...facts })
    await shop.watch.runOnce()
    expect((await alerts()).map(({ key }) => key)).toEqual(['without a name'])
  })

  test('a schedule that misses its time is told', async () => {
    await rule({ on: 'schedule_missed', schedule: 'nightly' })
    await rows(
      `insert into event (kind, topic, data) values
         (72, 'schedule:1', '{"name":"nightly"}'), (72, 'schedule:2', '{"name":"other"}')`,
    )
    await shop.watch.runOnce()
    expect(await titles()).toEqual(['Schedule nightly missed its time'])
  })

  test('more events than one look reads are read by those that follow', async () => {
    await rule({ on: 'schedule_missed' }, { grouping: 'rule' })
    await rows(
      `insert into event (kind, topic, data)
       select 72, 'schedule:' || n, jsonb_build_object('name', 's' || n) from generate_series(1, 250) n`,
    )
    expect([await shop.watch.runOnce(), await shop.watch.runOnce(), await shop.watch.runOnce()]).toEqual([
      0,
      0,
      undefined,
    ])
    await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ count: 250 }])
  })

  test('an event that becomes visible late is read once, and so are those after it', async () => {
    await rule({ on: 'schedule_missed' }, { grouping: 'rule' })
    const client = await shop.store.pool.connect()
    const missed = `insert into event (kind, topic, data) values (72, 'schedule:1', '{"name":"nightly"}')`
    await client.query('begin')
    await client.query(missed)
    await rows(missed)
    for (let pass = 0; pass < 4; pass += 1) await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ count: 1 }])
    await client.query('commit')
    client.release()
    for (let pass = 0; pass < 4; pass += 1) await shop.watch.runOnce()
    expect(await alerts()).toMatchObject([{ count: 2 }])
    // Transactions of other databases of the same server hold it back as well.
    const isMoved = async () => {
      await shop.watch.runOnce()
      return rows('select floor > 1 as is_moved from rule_watch')
    }
    await expect.poll(isMoved, { timeout: 30_000 }).toEqual([{ is_moved: true }])
    expect(await alerts()).toMatchObject([{ count: 2 }])
  })

  test('several servers tell everything once', async () => {
    const others = [shop.store, await openStore({ connection: shop.url }), await openStore({ connection: shop.url })]
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
    await shop.watch.runOnce()
    expect(await alerts()).toEqual([])
    await end([FAILED])
    await shop.watch.runOnce()
    expect(await alerts()).toHaveLength(1)
  })
})
