import type { WorkerLease } from '@andon/core'

/** What the token of a job says: which worker's attempt it is, and how long its lease lasts. */
export interface LeaseToken {
  readonly workerId: number
  readonly workerFence: string
  readonly fence: number
  readonly leaseMs: number
}

const LARGEST_ID = 2_147_483_647

/** The token of a claimed job, which came with it and comes back with every report. */
export function writeLeaseToken({ fence, leaseMs, workerId }: WorkerLease, jobFence: number): string {
  return [workerId, fence, jobFence, leaseMs].join('.')
}

/** Reads a token of the shape that the schemas allow; null when its numbers are larger than any that was given out. */
export function readLeaseToken(token: string): LeaseToken | null {
  const [workerId = 0, , fence = 0, leaseMs = 0] = token.split('.').map(Number)
  const [, workerFence = ''] = token.split('.')
  return workerId > LARGEST_ID || fence > LARGEST_ID ? null : { workerId, workerFence, fence, leaseMs }
}
