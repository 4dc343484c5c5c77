// Jobs created in batches of 1000, and no-op jobs claimed and completed with every transition recorded: Andon and its
// peers take turns in one run, so that the ratio holds on a noisy machine.
// usage: npm run bench -- throughput [-- JOBS [PEER,…]]
import type { BenchContext } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { andon } from './peers/andon.ts'
import { bullmq } from './peers/bullmq.ts'
import { graphileWorker } from './peers/graphile-worker.ts'
import type { Peer } from './peers/peer.ts'
import { pgBoss } from './peers/pg-boss.ts'
import { startRedis } from './peers/redis.ts'
import { printRates, takeTurns } from './peers/turns.ts'

const ROUNDS = 3

export async function run({ databaseUrl, arguments: [jobs = '50000', only] }: BenchContext): Promise<void> {
  const redis = await startRedis()
  const makers: Readonly<Record<string, () => Promise<Peer>>> = {
    andon: async () => andon(await newDatabase(databaseUrl, 'andon_bench_andon')),
    'graphile-worker': async () => graphileWorker(await newDatabase(databaseUrl, 'andon_bench_graphile')),
    'pg-boss': async () => pgBoss(await newDatabase(databaseUrl, 'andon_bench_pgboss')),
    bullmq: () => bullmq(redis.port),
  }
  const names = only?.split(',') ?? Object.keys(makers)
  const peers: Peer[] = []
  for (const name of names) {
    const peer = await makers[name]?.()
    if (!peer) throw new Error(`no such peer: ${name}`)
    peers.push(peer)
  }
  const rates = await takeTurns(peers, Number(jobs), ROUNDS)
  printRates('jobs created', 'create', rates, ['andon'])
  printRates('no-op jobs claimed and completed', 'work', rates, ['andon'])
  for (const peer of peers) await peer.close()
  await redis.stop()
}
