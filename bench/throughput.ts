// Jobs created in batches of 1000, and no-op jobs claimed and completed with every transition recorded: Andon and its
// peers take turns in one run, so that the ratio holds on a noisy machine.
// usage: npm run bench -- throughput [-- JOBS [PEER,…]]
import type { BenchContext } from './figure.ts'
import { figure } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { andon } from './peers/andon.ts'
import { bullmq } from './peers/bullmq.ts'
import { graphileWorker } from './peers/graphile-worker.ts'
import type { Peer } from './peers/peer.ts'
import { pgBoss } from './peers/pg-boss.ts'
import { startRedis } from './peers/redis.ts'

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
  const results = new Map(peers.map(({ name }) => [name, { create: [] as number[], work: [] as number[] }]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const peer of peers) {
      results.get(peer.name)?.create.push(await perSecond(Number(jobs), () => peer.create(Number(jobs))))
      results.get(peer.name)?.work.push(await perSecond(Number(jobs), () => peer.work(Number(jobs))))
    }
  }
  report('jobs created', 'create', peers, results)
  report('no-op jobs claimed and completed', 'work', peers, results)
  for (const peer of peers) await peer.close()
  await redis.stop()
}

function report(
  name: string,
  what: 'create' | 'work',
  peers: readonly Peer[],
  results: ReadonlyMap<string, { create: number[]; work: number[] }>,
): void {
  const best = (peer: string): number => Math.max(...(results.get(peer)?.[what] ?? []))
  for (const peer of peers) {
    const ratio = Math.round((100 * best('andon')) / best(peer.name)) / 100
    figure(name, best(peer.name), 'jobs/s', {
      peer: peer.name,
      rounds: results.get(peer.name)?.[what],
      andon_is: ratio,
    })
  }
}

async function perSecond(count: number, act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await act()
  return Math.round((1000 * count) / (performance.now() - startedMs))
}
