import { figure } from '../figure.ts'
import type { Peer } from './peer.ts'

/** Of each peer the rates of its rounds, in jobs a second. */
export type Rates = ReadonlyMap<string, { readonly create: number[]; readonly work: number[] }>

/** Lets the peers create and work off so many jobs in turns, so that the ratio holds on a noisy machine. */
export async function takeTurns(peers: readonly Peer[], jobs: number, rounds: number): Promise<Rates> {
  const rates: Rates = new Map(peers.map(({ name }) => [name, { create: [], work: [] }]))
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of peers) {
      rates.get(peer.name)?.create.push(await perSecond(jobs, () => peer.create(jobs)))
      rates.get(peer.name)?.work.push(await perSecond(jobs, () => peer.work(jobs)))
    }
  }
  return rates
}

/** Prints the best round of each peer, and how many times as fast each of ours was. */
export function printRates(name: string, what: 'create' | 'work', rates: Rates, ours: readonly string[]): void {
  const best = (peer: string): number => Math.max(...(rates.get(peer)?.[what] ?? []))
  for (const [peer, { [what]: rounds }] of rates) {
    const ratios = ours.map((our) => [`${our}_is`, Math.round((100 * best(our)) / best(peer)) / 100] as const)
    figure(name, best(peer), 'jobs/s', { peer, rounds, ...Object.fromEntries(ratios), asked: '≥ 1.5 × its peers' })
  }
}

async function perSecond(count: number, act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await act()
  return Math.round((1000 * count) / (performance.now() - startedMs))
}
