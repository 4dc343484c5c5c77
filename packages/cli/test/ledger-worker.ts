// A worker that writes what it does into a ledger beside Andon: node ledger-worker.ts DATABASE_URL LEDGER
import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Andon } from '@andon/worker/node'

const [databaseUrl = '', ledger = ''] = process.argv.slice(2)

/** Long enough to be killed in, short enough for thousands. */
const WORK_MS = 3
const LEASE_MS = 2_000

function write(what: string, job: { readonly id: string; readonly attempt: number }): void {
  appendFileSync(ledger, `${job.id} ${job.attempt} ${what}\n`)
}

await new Andon({ url: 'http://127.0.0.1:9' })
  .worker({
    databaseUrl,
    queues: ['faults'],
    leaseMs: LEASE_MS,
    cpuPercent: null,
    memoryPercent: null,
    concurrency: 20,
  })
  .handle('faults.work', async (job) => {
    write('began', job)
    await delay(WORK_MS)
    write('ended', job)
  })
  .handle('faults.poison', (job) => {
    write('began', job)
    process.kill(process.pid, 'SIGKILL')
  })
  .handle('faults.wait', async (job) => {
    write('began', job)
    // Long, so that whoever holds it is stopped in the middle; only the second attempt ends by itself.
    await delay(job.attempt === 1 ? 6_000 : 0)
    write('ended', job)
    return process.pid
  })
  .run()
