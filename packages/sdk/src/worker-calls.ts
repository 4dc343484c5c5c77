import type { JobToken, StaleToken, WorkerLease } from '@andon/core'
import { isProblem } from '@andon/core/base'
import { route } from './route.ts'

/** Near the database a lost lease is no error but an answer; here it comes as a refusal. */
export async function orWhenLost<T, L>(answer: Promise<T>, lost: L): Promise<L | T> {
  try {
    return await answer
  } catch (error) {
    if (isLost(error)) return lost
    throw error
  }
}

/** The worker is not who it was: its lease went to nobody, or it is not known any more. */
export function isLost(error: unknown): boolean {
  return isProblem(error, 'lease_lost') || isProblem(error, 'worker_not_found')
}

/** Every token of a lost lease is stale; what became of its job is not known here. */
export function staleOf({ fence, job_id: jobId }: { readonly fence: number; readonly job_id: string }): StaleToken {
  return { jobId, fence, state: 'unknown' } satisfies JobToken & { state: string }
}

/** Address of one of a worker's routes. */
export function workerPath({ workerId }: WorkerLease, path: string): string {
  return `${route`/api/workers/${workerId}`}/${path}`
}

/** A body that says whose call it is. */
export function leased(lease: WorkerLease, body: object): object {
  return { lease: lease.fence, ...body }
}

/** JSON has no word for what is no number. */
export function amount(value: number | null): number | null {
  if (value === null) return null
  return Number.isFinite(value) && value > 0 ? value : 0
}
