// What somebody sees who watches a busy Andon with a long history: pages of the job list, the age of the updates of a
// thousand clients that follow queues, and cancels, all at once, while ten thousand running jobs report progress.
// usage: npm run bench -- monitoring
//   ANDON_BENCH_HISTORY_JOBS=1000000 (10000000 takes some minutes more to fill; a DATABASE_URL keeps it for the next run)
//   ANDON_BENCH_ACTIVE_JOBS=10000   ANDON_BENCH_MONITORING_CLIENTS=1000   ANDON_BENCH_MONITORING_UPDATES_PER_SECOND=500
//   ANDON_BENCH_MONITORING_SECONDS=30   ANDON_BENCH_CANCEL_JOBS=200
import pg from 'pg'
import type { Andon } from '../packages/sdk/src/index.ts'
import { openStore, type Store } from '../packages/store/src/index.ts'
import { type Bench, figure, percentile, size } from './figure.ts'
import { historyDatabase } from './lists/database.ts'
import { ClientProcesses } from './live/audience.ts'
import { HeldJobs } from './live/held-jobs.ts'
import { cancelWaiting } from './product/cancels.ts'
import { OtherProcess } from './product/other-process.ts'
import { startServerProcess } from './product/server-process.ts'

/** Clients look at one of so many queues each. */
const QUEUES = Array.from({ length: 100 }, (_, n) => `live-${n}`)

/** What people look at. */
const PAGES = [
  '',
  'state:running',
  'state:running queue:live-7',
  'state:failed type:print.label',
  'state:completed by:user7',
  'printer:"Label 03" error:printer_offline',
  'created:<2d -state:completed',
  'MO-100123',
]

interface Size {
  readonly active: number
  readonly clients: number
  readonly perSecond: number
  readonly seconds: number
}

export const run: Bench = async ({ databaseUrl }) => {
  const history = size('HISTORY_JOBS', 1_000_000)
  const load = {
    active: size('ACTIVE_JOBS', 10_000),
    clients: size('MONITORING_CLIENTS', 1_000),
    perSecond: size('MONITORING_UPDATES_PER_SECOND', 500),
    seconds: size('MONITORING_SECONDS', 30),
  }
  const url = await historyDatabase(databaseUrl, history)
  await addAdministrator(url)
  const server = await startServerProcess({ command: 'server', databaseUrl: url })
  await using store = await openStore({ connection: url })
  const worker = await OtherProcess.start('product/worker-process.ts', ['database', url])
  try {
    const jobs = await HeldJobs.hold(store, load.active, QUEUES)
    const follow = Array.from({ length: load.clients }, (_, n) => ({
      type: 'subscribe',
      id: 'jobs',
      topic: 'jobs',
      q: `queue:${QUEUES[n % QUEUES.length]}`,
    }))
    await using audience = await ClientProcesses.open(`${server.url.replace('http', 'ws')}/ws`, server.token, follow)
    const client = server.client()
    await measure({ audience, client, jobs, store, worker }, load, { history, ...load })
    client.close()
    await jobs.finish()
  } finally {
    await worker.stop()
    await server.stop()
  }
}

interface Scene {
  readonly audience: ClientProcesses
  readonly client: Andon
  readonly jobs: HeldJobs
  readonly store: Store
  readonly worker: OtherProcess
}

async function measure(scene: Scene, load: Size, facts: Readonly<Record<string, unknown>>): Promise<void> {
  const { audience, client, jobs, store, worker } = scene
  const until = performance.now() + load.seconds * 1_000
  await audience.heard()
  const [made, pages, cancels] = await Promise.all([
    jobs.update(load),
    readPages(client, until),
    cancelWaiting(store, { worker, jobs: size('CANCEL_JOBS', 200), cancel: (id) => client.jobs.cancel(id) }),
  ])
  const { ages, closed } = await audience.heard()
  print('page of the job list', pages, { ...facts, asked: '< 2000 ms' })
  print('age of an update at a client', ages, { ...facts, asked: '< 1000 ms' })
  print('cancel asked until handler is told', cancels, { ...facts, asked: '< 5000 ms' })
  figure('updates that were made', made / load.seconds, 'updates/s', facts)
  figure('clients cut off', closed, 'clients', { ...facts, asked: '0' })
}

async function readPages(client: Andon, until: number): Promise<number[]> {
  const took: number[] = []
  while (performance.now() < until) {
    const startedMs = performance.now()
    await client.jobs.list({ q: PAGES[took.length % PAGES.length] ?? '', limit: 50 })
    took.push(performance.now() - startedMs)
  }
  return took
}

function print(name: string, values: readonly number[], facts: Readonly<Record<string, unknown>>): void {
  const more = { samples: values.length, ...facts }
  figure(`${name}, p50`, percentile(values, 50), 'ms', more)
  figure(`${name}, p99`, percentile(values, 99), 'ms', more)
}

/** The people of the history are operators; a server wants somebody with all rights. */
async function addAdministrator(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(
    `insert into account (name, display_name, role) values ('admin', 'Administrator', 'admin') on conflict do nothing`,
  )
  await client.end()
}
