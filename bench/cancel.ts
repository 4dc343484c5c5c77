// From the call that cancels a job until its handler is told to stop, in another process, with notifications and with
// all of them lost; and until the process of an isolated handler that hears nothing is gone, with all of them lost.
// usage: npm run bench -- cancel
//   ANDON_BENCH_CANCEL_JOBS=200   ANDON_BENCH_STUBBORN_JOBS=20
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cancelJob, migrate, openStore, type Store } from '../packages/store/src/index.ts'
import { type Bench, figure, nowMs, percentile, size } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { cancelAll, cancelWaiting, createOne } from './product/cancels.ts'
import { OtherProcess } from './product/other-process.ts'
import type { WorkerKind } from './product/worker-process.ts'

const BY = { actor: { name: 'bench' } }
/** How often it is looked whether a process is there. */
const LOOK_MS = 5

export const run: Bench = async ({ databaseUrl }) => {
  const url = await newDatabase(databaseUrl, 'andon_bench_cancel')
  await using store = await openStore({ connection: url })
  await migrate(store.pool)
  const jobs = size('CANCEL_JOBS', 200)
  for (const [kind, asked] of [
    ['database', '≤ 250 ms'],
    ['database without notifications', '≤ 2500 ms'],
  ] as const) {
    const facts = { notifications: kind === 'database' ? 'on' : 'lost', asked }
    await withWorker(kind, url, async (worker) => {
      print(
        'cancel asked until handler is told',
        await cancelWaiting(store, { worker, jobs, cancel: (id) => cancelJob(store, id, BY) }),
        facts,
      )
    })
  }
  await withWorker('database without notifications', url, async () => {
    const facts = { notifications: 'lost', asked: '< 5000 ms' }
    print('cancel asked until process is gone', await stubborn(store, size('STUBBORN_JOBS', 20)), facts)
  })
}

async function withWorker(kind: WorkerKind, url: string, work: (worker: OtherProcess) => Promise<void>): Promise<void> {
  const worker = await OtherProcess.start('product/worker-process.ts', [kind, url])
  await work(worker)
  await worker.stop()
}

async function stubborn(store: Store, jobs: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'andon-bench-cancel-'))
  try {
    const started = await Promise.all(
      Array.from({ length: jobs }, async (_, n) => {
        const pidFile = join(folder, String(n))
        const id = await createOne(store, 'stubborn', { pidFile })
        return { id, pid: await pidIn(pidFile) }
      }),
    )
    return await cancelAll(
      started.map(({ id }) => id),
      { cancel: (id) => cancelJob(store, id, BY), ended: (n) => gone(started[n]?.pid ?? 0) },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.endsWith('\n')) return Number(text)
    await pause(LOOK_MS)
  }
}

/** When the process was not there any more. */
async function gone(pid: number): Promise<number> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return nowMs()
    }
    await pause(LOOK_MS)
  }
}

function print(name: string, delays: readonly number[], facts: Readonly<Record<string, unknown>>): void {
  const more = { jobs: delays.length, ...facts }
  figure(`${name}, p50`, percentile(delays, 50), 'ms', more)
  figure(`${name}, p99`, percentile(delays, 99), 'ms', more)
  figure(`${name}, longest`, Math.max(...delays), 'ms', more)
}
