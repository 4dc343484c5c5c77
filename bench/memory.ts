// Whether the memory of a worker and of its database connections stays where it is over a million jobs: of both the
// middle of the readings of the second tenth of the jobs, when all is warm, and of the last tenth.
// usage: npm run bench -- memory
//   ANDON_BENCH_MEMORY_JOBS=1000000
import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { join } from 'node:path'
import { createJobs, migrate, openStore, type Store } from '../packages/store/src/index.ts'
import { type Bench, figure, percentile, size } from './figure.ts'
import { newDatabase } from './new-database.ts'
import type { Reading } from './product/counting-worker.ts'
import { memoryOf } from './product/use-of-memory.ts'

const BATCH = 1_000
/** Jobs that are made ahead of the worker: it always finds some, and the table stays small. */
const AHEAD = 20_000
const MIB = 1_048_576
/** Of the bench's own connections. */
const OWN_NAME = 'andon bench'

/** What was read after so many jobs. */
interface Sample {
  readonly jobs: number
  readonly workerBytes: number
  readonly heapBytes: number
  /** Of the largest of its connections, without what all share. */
  readonly backendBytes: number
}

export const run: Bench = async ({ databaseUrl }) => {
  const jobs = size('MEMORY_JOBS', 1_000_000)
  const url = await newDatabase(databaseUrl, 'andon_bench_memory')
  await using store = await openStore({ connection: url, applicationName: OWN_NAME })
  await migrate(store.pool)
  const worker = fork(join(import.meta.dirname, 'product/counting-worker.ts'), [url, String(jobs / 100)], {
    execArgv: ['--expose-gc'],
  })
  const startedMs = performance.now()
  const samples = await workOff(store, worker, jobs)
  const exited = once(worker, 'exit')
  worker.disconnect()
  await exited
  figure('jobs of the memory bench', (jobs * 1_000) / (performance.now() - startedMs), 'jobs/s', { jobs })
  const growth = { asked: '≤ 30 MiB' }
  print('worker: resident memory', samples, ({ workerBytes }) => workerBytes, growth)
  print('worker: heap after a collection', samples, ({ heapBytes }) => heapBytes, { asked: '≤ 5 MiB' })
  print('largest backend of the worker: memory of its own', samples, ({ backendBytes }) => backendBytes, growth)
}

async function workOff(store: Store, worker: ChildProcess, jobs: number): Promise<Sample[]> {
  const samples: Promise<Sample>[] = []
  let made = 0
  worker.on('message', (reading: Reading) => samples.push(take(store, worker, reading)))
  await make(Math.min(jobs, AHEAD))
  for await (const [{ jobs: done }] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[Reading]>) {
    if (done >= jobs) return Promise.all(samples)
    await make(Math.min(jobs, done + AHEAD))
  }
  throw new Error('the worker ended early')

  async function make(upTo: number): Promise<void> {
    for (; made < upTo; made += BATCH) await create(store, Math.min(BATCH, upTo - made))
  }
}

async function take(store: Store, worker: ChildProcess, { heapBytes, jobs }: Reading): Promise<Sample> {
  const { residentBytes: workerBytes } = await memoryOf(worker.pid ?? 0)
  const { rows } = await store.pool.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and application_name <> $1',
    [OWN_NAME],
  )
  const uses = await Promise.all(rows.map(({ pid }) => memoryOf(pid)))
  return { jobs, workerBytes, heapBytes, backendBytes: Math.max(...uses.map(({ ownBytes }) => ownBytes)) }
}

async function create(store: Store, count: number): Promise<void> {
  await createJobs(
    store,
    Array.from({ length: count }, (_, n) => ({ type: 'noop', queue: 'memory', input: { n }, createdBy: 'bench' })),
  )
}

function print(
  name: string,
  samples: readonly Sample[],
  valueOf: (sample: Sample) => number,
  growth: Readonly<Record<string, unknown>>,
): void {
  const last = samples.at(-1)?.jobs ?? 0
  const middle = (from: number, to: number): number => {
    const values = samples.filter(({ jobs }) => jobs > from * last && jobs <= to * last).map(valueOf)
    return percentile(values, 50) / MIB
  }
  const [early, late] = [middle(0.1, 0.2), middle(0.9, 1)]
  figure(`${name}, second tenth of the jobs`, early, 'MiB', { jobs: last })
  figure(`${name}, last tenth of the jobs`, late, 'MiB', { jobs: last })
  figure(`${name}, growth`, late - early, 'MiB', { jobs: last, ...growth })
}
