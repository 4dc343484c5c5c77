// What log lines cost: jobs that take a while and write 50,000 lines a second in sum, beside the same jobs without a word,
// by a worker of the SDK beside the database and over HTTP; and how many of the lines are there in the end.
// usage: npm run bench -- logs
//   ANDON_BENCH_LOG_LINES_PER_SECOND=50000   ANDON_BENCH_LOG_SECONDS=10   ANDON_BENCH_LOG_ROUNDS=2
import { setTimeout as pause } from 'node:timers/promises'
import { openStore, type Store } from '../packages/store/src/index.ts'
import { Andon, type NodeJobContext } from '../packages/worker/src/node.ts'
import { type Bench, figure, size } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { startServerProcess } from './product/server-process.ts'
import type { SdkConnection } from './product/worker-process.ts'

const CONCURRENCY = 50
/** A job pauses so often, so long, and says its part of the lines before each pause. */
const PAUSES = 10
const PAUSE_MS = 10
/** What the jobs of a second are when nothing but their pauses takes time. */
const JOBS_PER_SECOND = (CONCURRENCY * 1_000) / (PAUSES * PAUSE_MS)
const CREATE_BATCH = 1_000

interface Round {
  readonly jobs: number
  /** Of each pause. */
  readonly lines: number
}

export const run: Bench = async ({ databaseUrl }) => {
  const url = await newDatabase(databaseUrl, 'andon_bench_logs')
  const server = await startServerProcess({ command: 'server', databaseUrl: url })
  await using store = await openStore({ connection: url })
  try {
    const overHttp = { url: server.url, token: server.token }
    await compare('beside the database', { ...overHttp, databaseUrl: url }, store)
    await compare('over HTTP', overHttp, store)
  } finally {
    await server.stop()
  }
}

async function compare(worker: string, connection: SdkConnection, store: Store): Promise<void> {
  const jobs = JOBS_PER_SECOND * size('LOG_SECONDS', 10)
  const lines = Math.ceil(size('LOG_LINES_PER_SECOND', 50_000) / JOBS_PER_SECOND / PAUSES)
  await measure({ jobs: JOBS_PER_SECOND, lines }, connection)
  const [silent, talking] = [[] as number[], [] as number[]]
  const before = await countLines(store)
  for (let round = 0; round < size('LOG_ROUNDS', 2); round += 1) {
    silent.push(await measure({ jobs, lines: 0 }, connection))
    talking.push(await measure({ jobs, lines }, connection))
  }
  const written = (await countLines(store)) - before
  const said = talking.length * jobs * PAUSES * lines
  const [without, withLines] = [Math.max(...silent), Math.max(...talking)]
  const facts = { worker, lines_per_job: PAUSES * lines, jobs }
  figure('jobs that say nothing', without, 'jobs/s', { ...facts, rounds: silent })
  figure('jobs that write log lines', withLines, 'jobs/s', { ...facts, rounds: talking })
  figure('log lines', withLines * PAUSES * lines, 'lines/s', { worker, asked: '≥ 50000 lines/s' })
  figure('throughput with lines ÷ without', withLines / without, '', { worker, asked: '≥ 0.8' })
  figure('log lines lost', said - written, 'lines', { worker, said, asked: '0' })
}

/** Jobs a second, from the start of the worker until all that they said is durable. */
async function measure({ jobs, lines }: Round, { databaseUrl, ...server }: SdkConnection): Promise<number> {
  const andon = new Andon(server)
  for (let left = jobs; left > 0; left -= CREATE_BATCH) {
    const batch = Array.from({ length: Math.min(left, CREATE_BATCH) }, () => ({ type: 'talk', queue: 'talk' }))
    await andon.jobs.createMany(batch)
  }
  let left = jobs
  const done = Promise.withResolvers<void>()
  const worker = andon
    .worker({
      queues: ['talk'],
      concurrency: CONCURRENCY,
      // The bench itself keeps the machine busy.
      cpuPercent: null,
      memoryPercent: null,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    })
    .handle('talk', async (job) => {
      await talk(job, lines)
      left -= 1
      if (left === 0) done.resolve()
    })
  const startedMs = performance.now()
  await worker.start()
  await done.promise
  await worker.stop()
  andon.close()
  return Math.round((jobs * 1_000) / (performance.now() - startedMs))
}

async function talk(job: NodeJobContext, lines: number): Promise<void> {
  for (let part = 0; part < PAUSES; part += 1) {
    for (let n = 0; n < lines; n += 1) job.log.info(`Part ${part} of the work: row ${n} of ${lines} was read and kept.`)
    await pause(PAUSE_MS)
  }
}

async function countLines(store: Store): Promise<number> {
  const { rows } = await store.pool.query<{ n: number }>('select count(*)::int as n from job_log')
  return rows[0]?.n ?? 0
}
