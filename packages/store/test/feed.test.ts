import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EventFeed, type FeedEvent, type Store } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeEach(async () => {
  b = await bench()
})
afterEach(() => b[Symbol.asyncDispose]())

/** A consumer that keeps what it gets, and says when it has a number. */
function collector(
  feed: EventFeed,
): { seen: number[]; events: FeedEvent[]; until: (check: (seen: number[]) => boolean) => Promise<void> } & Disposable {
  const seen: number[] = []
  const kept: FeedEvent[] = []
  let waiting: (() => void) | null = null
  const subscription = feed.subscribe((events) => {
    kept.push(...events)
    seen.push(...events.map((event) => event.seq))
    waiting?.()
  })
  const until = async (check: (seen: number[]) => boolean): Promise<void> => {
    while (!check(seen)) await new Promise<void>((resolve) => (waiting = resolve))
  }
  return { seen, events: kept, until, [Symbol.dispose]: () => subscription[Symbol.dispose]() }
}

/** A session of its own, outside the store. */
async function session(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: b.url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

const WRITE = `insert into event (kind, topic) values (50, 'printer:1') returning seq::int`

async function write(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ seq: number }>(WRITE)
  return rows[0]?.seq ?? 0
}

describe('the change feed', () => {
  test('loses nothing of eight writers who commit in any order or not at all', async () => {
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    const others = await Promise.all(Array.from({ length: 8 }, session))
    using got = collector(feed)
    await feed.start()
    const committed: number[] = []
    await Promise.all(
      others.map(async (client, writer) => {
        for (let n = 0; n < 60; n += 1) {
          await client.query('begin')
          const taken = [await write(client)]
          if (n % 3 === 0) taken.push(await write(client))
          // Lets the others commit in between: what is tested is the order, not the time.
          await client.query('select pg_sleep($1)', [((writer * 7 + n * 13) % 10) / 1_000])
          const isAborted = (writer + n) % 5 === 0
          await client.query(isAborted ? 'rollback' : 'commit')
          if (!isAborted) committed.push(...taken)
        }
      }),
    )
    await got.until((seen) => seen.length >= committed.length)
    expect(got.seen.toSorted((a, c) => a - c)).toEqual(committed.toSorted((a, c) => a - c))
    await Promise.all(others.map((client) => client.end()))
    // Numbers of aborted transactions are given up, so that a client can resume from the end. One that is higher than
    // all that can be seen is no gap yet, so the last one is committed.
    await using closing = await session()
    const last = await write(closing)
    await got.until((seen) => seen.includes(last))
    while (feed.holes > 0) await feed.runOnce()
    expect(feed.cursor).toBe(last)
  })

  test('waits for no stranger', async () => {
    await using stranger = await session()
    await stranger.query('begin')
    await stranger.query('create table strange ()')
    await using writer = await session()
    await using slow = await session()
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    using got = collector(feed)
    await feed.start()
    await slow.query('begin')
    const late = await write(slow)
    const early = await write(writer)
    await got.until((seen) => seen.includes(early))
    expect(got.seen).not.toContain(late)
    expect(feed.cursor).toBe(late - 1)
    await slow.query('commit')
    await got.until((seen) => seen.includes(late))
    expect(feed.cursor).toBe(early)
    const next = await write(writer)
    await got.until((seen) => seen.includes(next))
    await stranger.query('rollback')
  })

  test('delivers what was on its way when it started', async () => {
    await using slow = await session()
    await using writer = await session()
    await slow.query('begin')
    const late = await write(slow)
    await write(writer)
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    using got = collector(feed)
    await feed.start()
    await slow.query('commit')
    await got.until((seen) => seen.length > 0)
    expect(got.seen).toEqual([late])
  })

  test('tells every consumer what the store does, whole batches at once', async () => {
    await using feed = new EventFeed(b.store)
    using one = collector(feed)
    using other = collector(feed)
    await feed.start()
    const ids = await b.create(20)
    await one.until(() => one.events.flatMap((event) => event.jobIds).length >= 20)
    expect(one.events.flatMap((event) => event.jobIds).toSorted()).toEqual(ids.toSorted())
    expect(one.events.every((event) => event.kind === 'created')).toBe(true)
    await other.until((seen) => seen.length === one.seen.length)
    expect(other.seen).toEqual(one.seen)
  })

  test('starts from where a durable reader stood', async () => {
    await b.create(3)
    await b.create(3)
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    using got = collector(feed)
    await feed.start(1)
    await got.until((seen) => seen.length > 0)
    expect(got.seen[0]).toBe(2)
  })

  test('gives a client what it missed, or tells it to load anew', async () => {
    await b.create(1)
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    using got = collector(feed)
    await feed.start()
    const since = feed.cursor
    await b.create(2)
    await got.until((seen) => seen.length > 0)
    const missed = await feed.backfill(since)
    expect(missed.kind === 'events' && missed.events.map((event) => event.seq)).toEqual(got.seen)
    expect(await feed.backfill(feed.cursor)).toMatchObject({ kind: 'events', events: [] })
    expect(await feed.backfill(feed.cursor + 10)).toMatchObject({ kind: 'reset' })
    await b.rows('delete from event_batch where seq <= $1', [since + 1])
    expect(await feed.backfill(since - 1)).toMatchObject({ kind: 'reset', cursor: feed.cursor })
  })

  test('tells a client to load anew that missed more than it could take', async () => {
    await using feed = new EventFeed(b.store, { pollMs: 20 })
    using got = collector(feed)
    await feed.start()
    await feed.start()
    const since = feed.cursor
    await b.rows(`insert into event (kind, topic) select 50, 'printer:1' from generate_series(1, 5001)`)
    await got.until((seen) => seen.length === 5_001)
    expect(await feed.backfill(since)).toMatchObject({ kind: 'reset' })
  })

  test('goes on after looks that failed, and at once after a full one', async () => {
    let failures = 0
    const query: Store['query'] = (statement, values) => {
      if (statement.name !== 'look_at_events' || failures === 2) return b.store.query(statement, values)
      failures += 1
      return Promise.reject(new Error('away'))
    }
    const flaky = new Proxy(b.store, {
      get: (target, name) => {
        const value: unknown = name === 'query' ? query : Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    await using feed = new EventFeed(flaky, { pollMs: 20, batch: 3 })
    using got = collector(feed)
    await feed.start()
    await b.rows(`insert into event (kind, topic) select 50, 'printer:1' from generate_series(1, 10)`)
    await got.until((seen) => seen.length === 10)
    expect(failures).toBe(2)
    expect(got.seen).toEqual(got.seen.toSorted((one, other) => one - other))
  })
})
