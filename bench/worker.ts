// The worker package as a program has it: jobs made through the SDK in batches of 1000, claimed and completed by
// handlers, over HTTP and beside the database, in turns with graphile-worker; and how long from the call that creates a
// job until its handler starts in another process.
// usage: npm run bench -- worker
//   ANDON_BENCH_WORKER_JOBS=20000   ANDON_BENCH_WORKER_ROUNDS=3   ANDON_BENCH_PICKUP_JOBS=300
import { Andon } from '../packages/worker/src/node.ts'
import { type BenchContext, size } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { andonSdk } from './peers/andon-sdk.ts'
import { graphileWorker } from './peers/graphile-worker.ts'
import { type Contender, measurePickup } from './peers/pickup-turns.ts'
import { printRates, takeTurns } from './peers/turns.ts'
import { startServerProcess } from './product/server-process.ts'
import type { SdkConnection } from './product/worker-process.ts'

const BESIDE = 'andon_beside_database'
const OVER_HTTP = 'andon_over_http'

export async function run(context: BenchContext): Promise<void> {
  await withServer(context, 'rates', async (connections) => measureRates(context, connections))
  // What was worked off is still being indexed then: an idle system is another one.
  await withServer(context, 'pickup', async (connections) => {
    // One after the other: both would take the jobs of one queue.
    for (const connection of connections) await measurePickup([contender(...connection)], size('PICKUP_JOBS', 300))
  })
}

type NamedConnection = readonly [name: string, connection: SdkConnection]

async function withServer(
  { databaseUrl }: BenchContext,
  what: string,
  act: (connections: readonly NamedConnection[]) => Promise<void>,
): Promise<void> {
  const url = await newDatabase(databaseUrl, `andon_bench_${what}`)
  const server = await startServerProcess({ command: 'server', databaseUrl: url })
  const overHttp = { url: server.url, token: server.token }
  try {
    await act([
      [BESIDE, { ...overHttp, databaseUrl: url }],
      [OVER_HTTP, overHttp],
    ])
  } finally {
    await server.stop()
  }
}

async function measureRates({ databaseUrl }: BenchContext, connections: readonly NamedConnection[]): Promise<void> {
  const peers = [
    ...connections.map((connection) => andonSdk(...connection)),
    await graphileWorker(await newDatabase(databaseUrl, 'andon_bench_rates_graphile')),
  ]
  const rates = await takeTurns(peers, size('WORKER_JOBS', 20_000), size('WORKER_ROUNDS', 3))
  printRates('jobs created through the SDK', 'create', rates, [BESIDE, OVER_HTTP])
  printRates('no-op jobs claimed and completed by a worker of the SDK', 'work', rates, [BESIDE, OVER_HTTP])
  for (const peer of peers) await peer.close()
}

function contender(name: string, connection: SdkConnection): Contender {
  const andon = new Andon(connection)
  return {
    name,
    worker: ['product/worker-process.ts', 'sdk', JSON.stringify(connection)],
    create: (n) => andon.jobs.create({ type: 'start', queue: 'pickup', input: { n } }),
    close: () => andon[Symbol.asyncDispose](),
  }
}
