// usage: npm run bench -- floor [-- ROWS [OLD [RUNLISTS]]]     default 1000000 10000000 1000
// Press records and scans in sets, beside a loop that handles one row after the other over a sample of the same data;
// then passes over ten new rows with a long history behind them. Runlists have 50 impositions of 20 files.
import pg from 'pg'
import { FloorDatabases, floorSettings, runPass, type SourceType } from '../packages/floor/src/index.ts'
import { rowAtATime } from './floor/row-at-a-time.ts'
import { addNewRows, addOldRows, FILES, seedShop, type Shop } from './floor/seed.ts'
import { type Bench, figure, percentile } from './figure.ts'
import { newDatabase } from './new-database.ts'

const SOURCES = ['print_os', 'scanner'] as const
/** Rows of each source that the loop gets. */
const SAMPLE = { print_os: 500, scanner: 50 }
const PASSES = 60

export const run: Bench = async ({
  databaseUrl,
  arguments: [rows = '1000000', old = '10000000', runlists = '1000'],
}) => {
  await using shop = await openShop(databaseUrl, Number(runlists))
  await using floor = new FloorDatabases({ ...shop.urls, ownsDatabases: true }, floorSettings({}))
  await floor.ready()
  await seedShop(shop, Number(rows))
  const facts = { rows: Number(rows), runlists: shop.runlists, files: shop.runlists * FILES }
  const loop = await rowAtATime(shop.urls, { sample: SAMPLE, commits: true })
  const loopWithoutCommits = await rowAtATime(shop.urls, { sample: SAMPLE, commits: false })
  for (const source of SOURCES) {
    const perSecond = await backlog(floor, source, facts)
    for (const [commits, rate] of [
      ['each row', loop[source]],
      ['none', loopWithoutCommits[source]],
    ] as const) {
      const sets = Math.round(perSecond / rate)
      figure(`floor_${source}_row_at_a_time`, rate, 'rows/s', { commits, sample: SAMPLE[source], sets_are: sets })
    }
  }
  await addOldRows(shop, Number(old))
  await steady(floor, shop, { old: Number(old) + Number(rows), runlists: shop.runlists })
}

async function backlog(
  floor: FloorDatabases,
  source: SourceType,
  facts: Readonly<Record<string, unknown>>,
): Promise<number> {
  const before = process.memoryUsage.rss()
  let peak = before
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50)
  const startedAt = performance.now()
  const { processed, jobsUpdated } = await runPass(floor, source, { isSweep: true, recentIds: 10_000 })
  const perSecond = processed / ((performance.now() - startedAt) / 1_000)
  clearInterval(watch)
  const more = { ...facts, processed, jobs_updated: jobsUpdated }
  figure(`floor_${source}_rows`, perSecond, 'rows/s', more)
  figure(`floor_${source}_resident_growth`, (peak - before) / 1_048_576, 'MiB', facts)
  return perSecond
}

async function steady(floor: FloorDatabases, shop: Shop, facts: Readonly<Record<string, unknown>>): Promise<void> {
  for (const source of SOURCES) {
    const [idle, busy] = [[] as number[], [] as number[]]
    for (let n = -5; n < PASSES; n += 1) {
      const idleMs = await timed(() => runPass(floor, source, { recentIds: 10_000 }))
      await addNewRows(shop, source, 10)
      const busyMs = await timed(() => runPass(floor, source, { recentIds: 10_000 }))
      // The first few open connections and warm the caches.
      if (n >= 0) {
        idle.push(idleMs)
        busy.push(busyMs)
      }
    }
    for (const [name, times] of [
      ['pass_over_ten_new', busy],
      ['pass_that_finds_nothing', idle],
    ] as const) {
      figure(`floor_${source}_${name}_p50`, percentile(times, 50), 'ms', facts)
      figure(`floor_${source}_${name}_p95`, percentile(times, 95), 'ms', facts)
    }
  }
}

async function openShop(serverUrl: string, runlists: number): Promise<Shop> {
  const urls = {
    jobmanager: await newDatabase(serverUrl, 'andon_floor_jobmanager'),
    logs: await newDatabase(serverUrl, 'andon_floor_logs'),
  }
  const [jobmanager, logs] = [
    new pg.Pool({ connectionString: urls.jobmanager }),
    new pg.Pool({ connectionString: urls.logs }),
  ]
  // Connections that end after the pool has are no error of the bench.
  for (const pool of [jobmanager, logs]) pool.on('error', () => {})
  return {
    urls,
    runlists,
    jobmanager,
    logs,
    async [Symbol.asyncDispose]() {
      await Promise.all([jobmanager.end(), logs.end()])
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
