import type { DeviceJob } from './attributes.ts'
import type { IppDevice } from './device.ts'

const WAITS_FOR_DATA: ReadonlySet<string> = new Set(['job-data-insufficient', 'job-incoming'])

/** Whether a device job was created and never got its document: it blocks the device until it is cancelled. */
export function isOrphan(job: DeviceJob): boolean {
  const isWaiting = job.state === 'pending' || job.state === 'pending-held'
  return isWaiting && (job.reasons.some((word) => WAITS_FOR_DATA.has(word)) || job.documents === 0)
}

/**
 * Cancels device jobs that wait for a document in vain.
 *
 * @param isOurs which of them may be cancelled
 * @returns how many were cancelled
 */
export async function cancelOrphans(
  device: IppDevice,
  user: string,
  isOurs: (job: DeviceJob) => boolean,
): Promise<number> {
  const answer = await device.jobs('not-completed')
  if (!answer.ok) return 0
  let cancelled = 0
  for (const job of answer.value) {
    if (!isOrphan(job) || !isOurs(job)) continue
    const result = await device.cancelJob(job.id, user)
    if (result.ok) cancelled += 1
  }
  return cancelled
}
