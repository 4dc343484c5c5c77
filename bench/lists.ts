// usage: DATABASE_URL=… npm run bench -- lists [-- ROWS]     ROWS: finished jobs to seed, default 1000000
// Job pages, text search and CSV over a history of 90 days. A database that holds that many jobs already (named
// andon_lists_ROWS) is used again.
import {
  exportCsv,
  listJobs,
  openStore,
  type JobRowPage,
  type Store,
  type Visibility,
} from '../packages/store/src/index.ts'
import { requireQuery } from '../packages/core/src/index.ts'
import { type Bench, figure, percentile } from './figure.ts'
import { historyDatabase } from './lists/database.ts'

const FILTERS = [
  ...['completed', 'failed', 'cancelled', 'completed_with_errors'].map((state) => `state:${state}`),
  ...['print.label', 'print.*', 'scrape.web', 'report.pdf', 'index.full', 'admin.user_import'].map(
    (type) => `type:${type}`,
  ),
  ...['"Label 03"', '"Label 17"'].map((printer) => `printer:${printer}`),
  ...['default', 'web'].map((queue) => `queue:${queue}`),
  ...['user1', 'user7', 'user29', 'user50'].map((user) => `by:${user}`),
  ...['shift', 'shift=night'].map((tag) => `tag:${tag}`),
  ...['printer_offline', 'handler_failed'].map((code) => `error:${code}`),
  'worker:w1',
  'worker:w4',
  'priority:high',
  'priority:low',
  '-tag:shift',
  '-state:completed',
  'created:<2d',
  'created:30d..40d',
  'duration:>5m',
  'duration:<500ms',
  'items.failed:>0',
  'subject:mo-104711',
]

const SEARCHES = (last: number): string[] => {
  const orders = Array.from({ length: 12 }, (_, index) => 100_000 + Math.floor((last / 20 / 12) * index))
  return [
    ...orders.map((order) => `MO-${order}`),
    ...orders.slice(0, 6).map((order) => `${order}`),
    ...orders.slice(0, 4).map((order) => `mo-${String(order).slice(0, 4)}*`),
    'labels',
    'label 07',
    '"labels for"',
    'printer_offline happened',
    'user50 happened',
    'nothing-at-all',
    'labels -done',
    'import user50',
  ]
}

export const run: Bench = async ({ databaseUrl, arguments: [given] }) => {
  const count = Number(given ?? 1_000_000)
  const url = await historyDatabase(databaseUrl, count)
  await using store = await openStore({ connection: url, maxConnections: 4 })
  const facts = { jobs: count }
  const pairs = FILTERS.flatMap((one, index) => FILTERS.slice(index + 1).map((other) => `${one} ${other}`))
  await pages(store, 'list_page_two_filters', pairs, facts)
  await pages(store, 'text_search', SEARCHES(count), facts)
  await pages(
    store,
    'list_page_no_filter',
    Array.from({ length: 100 }, () => ''),
    facts,
  )
  await csv(store, facts)
}

async function pages(
  store: Store,
  name: string,
  queries: readonly string[],
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const took: { ms: number; q: string }[] = []
  let partial = 0
  for (const q of queries.slice(0, 10)) await page(store, q, null)
  for (const q of queries) {
    for (const visible of [{ all: true }, { accountId: 7 }] as const) {
      const startedAt = performance.now()
      const first = await page(store, q, null, visible)
      took.push({ ms: performance.now() - startedAt, q })
      if (first.searchedUntil !== null) partial += 1
      if (first.nextCursor === null) continue
      const nextAt = performance.now()
      await page(store, q, first.nextCursor, visible)
      took.push({ ms: performance.now() - nextAt, q: `${q} (next page)` })
    }
  }
  const times = took.map(({ ms }) => ms)
  const slowest = took.toSorted((one, other) => other.ms - one.ms).slice(0, 5)
  const more = { ...facts, samples: took.length, partial_first_pages: partial }
  figure(`${name}_p50`, percentile(times, 50), 'ms', more)
  figure(`${name}_p99`, percentile(times, 99), 'ms', {
    ...more,
    slowest: slowest.map(({ ms, q }) => `${ms.toFixed(0)} ${q}`),
  })
}

function page(
  store: Store,
  q: string,
  cursor: string | null,
  visible: Visibility = { all: true },
): Promise<JobRowPage> {
  return listJobs(store, { query: requireQuery(q), visible, canReadPayloads: true, cursor, limit: 50 })
}

async function csv(store: Store, facts: Readonly<Record<string, unknown>>): Promise<void> {
  const before = process.memoryUsage.rss()
  const startedAt = performance.now()
  let rows = -1
  let bytes = 0
  let peak = before
  const request = { query: requireQuery(''), visible: { all: true }, canReadPayloads: true } as const
  for await (const piece of exportCsv(store, request)) {
    rows += piece.split('\r\n').length - 1
    bytes += Buffer.byteLength(piece)
    peak = Math.max(peak, process.memoryUsage.rss())
    if (rows >= 1_000_000) break
  }
  const seconds = (performance.now() - startedAt) / 1_000
  figure('csv_rows_per_second', rows / seconds, 'rows/s', { ...facts, rows, bytes })
  figure('csv_resident_growth', (peak - before) / 1_048_576, 'MiB', facts)
}
