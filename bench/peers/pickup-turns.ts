import { setTimeout as pause } from 'node:timers/promises'
import { figure, nowMs, percentile } from '../figure.ts'
import { OtherProcess } from '../product/other-process.ts'

/** Jobs follow each other so that each finds the system idle, at moments that no timer is in step with. */
const GAP_MS = 12
/** Jobs of the first moments find cold caches in every system. */
const WARM_UP = 50

/** Somebody who creates jobs for a worker in another process. */
export interface Contender {
  readonly name: string
  /** File and words of its worker's process. */
  readonly worker: readonly [file: string, ...words: string[]]
  readonly create: (n: number) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

/** From the call that creates a job until its handler starts; the contenders take turns job by job. */
export async function measurePickup(contenders: readonly Contender[], jobs: number): Promise<void> {
  const workers = new Map<string, OtherProcess>()
  for (const { name, worker } of contenders) {
    const [file, ...words] = worker
    workers.set(name, await OtherProcess.start(file, words))
  }
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
  for (const [name, ofPeer] of delays) print(name, ofPeer)
  for (const worker of workers.values()) await worker.stop()
}

function print(peer: string, delays: readonly number[]): void {
  const facts = { peer, jobs: delays.length }
  figure('created until handler starts, p50', percentile(delays, 50), 'ms', { ...facts, asked: '≤ 2 ms' })
  figure('created until handler starts, p99', percentile(delays, 99), 'ms', { ...facts, asked: '≤ 10 ms' })
}
