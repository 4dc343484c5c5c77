// How long from the call that creates a job until its handler starts in another process of an idle system, beside
// graphile-worker and BullMQ, which take turns with Andon job by job.
// usage: npm run bench -- pickup [-- JOBS]
import { Queue } from 'bullmq'
import { makeWorkerUtils } from 'graphile-worker'
import { createJobs, migrate, openStore, type Store } from '../packages/store/src/index.ts'
import type { BenchContext } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { type Contender, measurePickup } from './peers/pickup-turns.ts'
import { startRedis } from './peers/redis.ts'

const PEERS = 'peers/pickup-worker.ts'

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
    for (const contender of contenders) await contender.close()
  } finally {
    await store.close()
    await redis.stop()
  }
}

function andon(store: Store, connection: string): Contender {
  return {
    name: 'andon',
    worker: ['product/worker-process.ts', 'database', connection],
    create: (n) => createJobs(store, [{ type: 'start', queue: 'pickup', input: { n }, createdBy: 'bench' }]),
    close: async () => {},
  }
}

async function graphile(connection: string): Promise<Contender> {
  const utils = await makeWorkerUtils({ connectionString: connection })
  await utils.migrate()
  return {
    name: 'graphile-worker',
    worker: [PEERS, 'graphile-worker', connection],
    create: (n) => utils.addJob('start', { n }),
    close: async () => utils.release(),
  }
}

function bull(port: number): Contender {
  const queue = new Queue('pickup', { connection: { host: '127.0.0.1', port } })
  return {
    name: 'bullmq',
    worker: [PEERS, 'bullmq', String(port)],
    create: (n) => queue.add('start', { n }),
    close: () => queue.close(),
  }
}
