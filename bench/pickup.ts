// How long from the call that creates a job until its handler starts in another process of an idle system, beside
// graphile-worker and BullMQ, which take turns with Andon job by job; and from the call that cancels a job until its
// handler is told to stop, with notifications and without.
// usage: npm run bench -- pickup [-- JOBS]
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { makeWorkerUtils } from 'graphile-worker'
import { cancelJob, createJobs, migrate, openStore, type Store } from '../packages/store/src/index.ts'
import { type BenchContext, figure, percentile } from './figure.ts'
import { newDatabase } from './new-database.ts'
import type { Moment } from './peers/pickup-worker.ts'
import { startRedis } from './peers/redis.ts'

/** Jobs follow each other so that each finds the system idle, at moments that no timer is in step with. */
const GAP_MS = 12
const CANCELS = 200
/** Jobs of the first moments find cold caches in every system. */
const WARM_UP = 50

interface Contender {
  readonly name: string
  readonly connection: string
  readonly create: (n: number) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

export async function run({ databaseUrl, arguments: [jobs = '500'] }: BenchContext): Promise<void> {
  const redis = await startRedis()
  const url = await newDatabase(databaseUrl, 'andon_bench_pickup')
  const store = await openStore({ connection: url })
  await migrate(store.pool)
  try {
    const contenders = [
      andon(store, url),
      await graphile(await newDatabase(databaseUrl, 'andon_bench_pickup_graphile')),
      bull(redis.port),
    ]
    await measurePickup(contenders, Number(jobs))
    await measureCancel(store, { name: 'andon', url })
    await measureCancel(store, { name: 'andon without notifications', url })
    for (const contender of contenders) await contender.close()
  } finally {
    await store.close()
    await redis.stop()
  }
}

async function measurePickup(contenders: readonly Contender[], jobs: number): Promise<void> {
  const workers = new Map<string, OtherProcess>()
  for (const { name, connection } of contenders) workers.set(name, await OtherProcess.start(name, connection))
  const delays = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  for (let n = 0; n < jobs + WARM_UP; n += 1) {
    for (const { name, create } of contenders) {
      const started = workers.get(name)?.next('started', n)
      const atMs = nowMs()
      await create(n)
      const moment = await started
      if (n >= WARM_UP && moment) delays.get(name)?.push(moment.atMs - atMs)
      await pause(GAP_MS * (0.5 + Math.random()))
    }
  }
  for (const [name, ofPeer] of delays) print('created until handler starts', name, ofPeer)
  for (const worker of workers.values()) await worker.stop()
}

async function measureCancel(store: Store, { name, url }: { name: string; url: string }): Promise<void> {
  const worker = await OtherProcess.start(name, url)
  const delays: number[] = []
  const ids = await Promise.all(
    Array.from({ length: CANCELS }, async (_, n) => {
      const started = worker.next('started', n)
      const [created] = await createJobs(store, [{ type: 'wait', queue: 'pickup', input: { n }, createdBy: 'bench' }])
      await started
      return created?.id ?? ''
    }),
  )
  const stops: Promise<unknown>[] = []
  for (const [n, id] of ids.entries()) {
    const stopped = worker.next('stopped', n)
    const atMs = nowMs()
    await cancelJob(store, id, { actor: { name: 'bench' } })
    stops.push(stopped.then((moment) => delays.push(moment.atMs - atMs)))
    await pause(2 * GAP_MS * Math.random())
  }
  await Promise.all(stops)
  print('cancel asked until handler is told', name, delays)
  await worker.stop()
}

function print(what: string, peer: string, delays: readonly number[]): void {
  const facts = { peer, jobs: delays.length }
  figure(`${what}, p50`, percentile(delays, 50), 'ms', facts)
  figure(`${what}, p99`, percentile(delays, 99), 'ms', facts)
}

/** A worker in a process of its own, and the moments that it tells. */
class OtherProcess {
  readonly #process: ChildProcess
  readonly #waiting = new Map<string, (moment: Moment) => void>()

  static async start(peer: string, connection: string): Promise<OtherProcess> {
    const child = new OtherProcess(fork(join(import.meta.dirname, 'peers/pickup-worker.ts'), [peer, connection]))
    await child.next('ready', 0)
    return child
  }

  private constructor(process: ChildProcess) {
    this.#process = process
    process.on('message', (message) => {
      const moment = message as Moment
      this.#waiting.get(`${moment.kind} ${moment.n}`)?.(moment)
    })
  }

  next(kind: Moment['kind'], n: number): Promise<Moment> {
    return new Promise((resolve) => this.#waiting.set(`${kind} ${n}`, resolve))
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.disconnect()
    await exited
  }
}

function andon(store: Store, connection: string): Contender {
  return {
    name: 'andon',
    connection,
    create: (n) => createJobs(store, [{ type: 'start', queue: 'pickup', input: { n }, createdBy: 'bench' }]),
    close: async () => {},
  }
}

async function graphile(connection: string): Promise<Contender> {
  const utils = await makeWorkerUtils({ connectionString: connection })
  await utils.migrate()
  return {
    name: 'graphile-worker',
    connection,
    create: (n) => utils.addJob('start', { n }),
    close: async () => utils.release(),
  }
}

function bull(port: number): Contender {
  const queue = new Queue('pickup', { connection: { host: '127.0.0.1', port } })
  return {
    name: 'bullmq',
    connection: String(port),
    create: (n) => queue.add('start', { n }),
    close: () => queue.close(),
  }
}

/** Of the clock that all processes of the machine share. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
