// The other process of the memory bench: `node --expose-gc counting-worker.ts DATABASE_URL EVERY`. Works off no-op jobs
// beside the database and sends a reading for each EVERY of them.
import { Andon } from '../../packages/worker/src/node.ts'

/** What it sends. */
export interface Reading {
  readonly jobs: number
  /** Of the heap after a full collection. */
  readonly heapBytes: number
}

const [, , databaseUrl = '', every = '10000'] = process.argv

let jobs = 0
const worker = new Andon({ url: 'http://127.0.0.1:9' })
  .worker({ databaseUrl, queues: ['memory'], concurrency: 500, cpuPercent: null, memoryPercent: null })
  .handle('noop', () => {
    jobs += 1
    if (jobs % Number(every) === 0) send()
  })

await worker.start()
process.once('disconnect', () => void worker.stop())
send()

function send(): void {
  globalThis.gc?.()
  process.send?.({ jobs, heapBytes: process.memoryUsage().heapUsed } satisfies Reading)
}
