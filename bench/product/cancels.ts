import { setTimeout as pause } from 'node:timers/promises'
import { createJobs, type Store } from '../../packages/store/src/index.ts'
import { nowMs } from '../figure.ts'
import type { OtherProcess } from './other-process.ts'

/** Cancels follow each other at moments that no poll is in step with. */
const GAP_MS = 50

/** How jobs are cancelled, and when that is over. */
export interface Cancelling {
  readonly cancel: (id: string) => Promise<unknown>
  /** Resolves with the moment, of the n-th job. */
  readonly ended: (n: number) => Promise<number>
}

/** Lets a worker's process take so many jobs, then cancels each; milliseconds until its handler was told. */
export async function cancelWaiting(
  store: Store,
  { worker, jobs, cancel }: { readonly worker: OtherProcess; readonly jobs: number } & Pick<Cancelling, 'cancel'>,
): Promise<number[]> {
  const ids = await Promise.all(
    Array.from({ length: jobs }, async (_, n) => {
      const started = worker.next('started', n)
      const id = await createOne(store, 'wait', { n })
      await started
      return id
    }),
  )
  return cancelAll(ids, { cancel, ended: async (n) => (await worker.next('stopped', n)).atMs })
}

/** Of each job the milliseconds from the call until the end. */
export async function cancelAll(ids: readonly string[], { cancel, ended }: Cancelling): Promise<number[]> {
  const delays: Promise<number>[] = []
  for (const [n, id] of ids.entries()) {
    const end = ended(n)
    const atMs = nowMs()
    await cancel(id)
    delays.push(end.then((endMs) => endMs - atMs))
    await pause(GAP_MS * Math.random())
  }
  return Promise.all(delays)
}

/** Makes a job for a worker's process; its id. */
export async function createOne(store: Store, type: string, input: object): Promise<string> {
  const [created] = await createJobs(store, [{ type, queue: 'pickup', input, createdBy: 'bench' }])
  return created?.id ?? ''
}
