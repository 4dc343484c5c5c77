// From the call that changes a job until the message is at a WebSocket client, with many clients on one server that is
// a process of its own: jobs are made by this process, as another server would, so that the way goes over the database.
// usage: npm run bench -- stream [-- CLIENTS [CHANGES]]     default 100 clients that hear of every job, 500 changes
import { setTimeout as pause } from 'node:timers/promises'
import { createJobs, openStore } from '../packages/store/src/index.ts'
import type { Andon } from '../packages/sdk/src/index.ts'
import { type Bench, figure, percentile } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { startServerProcess } from './product/server-process.ts'

/** Changes follow each other so that each finds the stream at rest, in step with no timer. */
const GAP_MS = 25
const WARM_UP = 50

export const run: Bench = async ({ databaseUrl, arguments: [clients = '100', changes = '500'] }) => {
  const url = await newDatabase(databaseUrl, 'andon_bench_stream')
  const server = await startServerProcess({ command: 'server', databaseUrl: url })
  await using store = await openStore({ connection: url })
  const arrivals = new Arrivals()
  const opened: Andon[] = []
  try {
    for (let n = 0; n < Number(clients); n += 1) opened.push(await follow(server.client(), arrivals))
    const delays: number[] = []
    for (let n = 0; n < Number(changes) + WARM_UP; n += 1) {
      const atMs = performance.now()
      const [created] = await createJobs(store, [{ type: 'noop', queue: 'stream', createdBy: 'bench' }])
      const all = await arrivals.of(created?.id ?? '', Number(clients))
      if (n >= WARM_UP) delays.push(...all.map((arrivedMs) => arrivedMs - atMs))
      await pause(GAP_MS * (0.5 + Math.random()))
    }
    const facts = { clients: Number(clients), messages: delays.length }
    figure('job changed until message at a client, p50', percentile(delays, 50), 'ms', facts)
    figure('job changed until message at a client, p99', percentile(delays, 99), 'ms', facts)
  } finally {
    for (const client of opened) client.close()
    await server.stop()
  }
}

/** When each client heard of each job. */
class Arrivals {
  readonly #heard = new Map<string, number[]>()
  #wake: () => void = () => {}

  note(jobId: string): void {
    this.#heard.set(jobId, [...(this.#heard.get(jobId) ?? []), performance.now()])
    this.#wake()
  }

  async of(jobId: string, clients: number): Promise<readonly number[]> {
    for (;;) {
      const heard = this.#heard.get(jobId) ?? []
      if (heard.length >= clients) return heard
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function follow(andon: Andon, arrivals: Arrivals): Promise<Andon> {
  return new Promise((resolve, reject) => {
    andon.live.subscribe(
      { topic: 'jobs' },
      {
        onLoad: () => resolve(andon),
        onJobs: (jobs) => {
          for (const { id } of jobs) arrivals.note(id)
        },
        onError: reject,
      },
    )
  })
}
