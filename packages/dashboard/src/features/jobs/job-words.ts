import { isFinal, type JobView, type ProgressView, SECOND_MS, type WaitReason } from '@andon/core'
import { secondsWords } from '../../ui/format.ts'

/** What a job is called: its description, otherwise its type. */
export function jobTitle(job: Pick<JobView, 'description' | 'type'>): string {
  return job.description ?? job.type
}

/** How many of how many; of a job without items the words of the server, its percentage, or its step. */
export function progressText(job: JobView): string {
  const { items, progress } = job
  if (items !== null) return `${items.done} of ${items.total} ${job.type.startsWith('print.') ? 'printed' : 'done'}`
  if (progress?.text) return progress.text
  if (progress?.percent !== null && progress !== null) return `${Math.round(progress.percent)} %`
  return progress?.step ?? ''
}

const BASES: Record<NonNullable<ProgressView['remaining']>['basis'], string> = {
  items: 'from the items done so far',
  history: 'from earlier jobs of this type',
  handler: 'as the job itself says',
}

/** Time remaining and how it is known; null when nobody can tell. */
export function remainingWords(
  progress: ProgressView | null,
): { readonly text: string; readonly basis: string } | null {
  const remaining = progress?.remaining ?? null
  if (remaining === null) return null
  const text = remaining.seconds < 1 ? 'nearly done' : `${secondsWords(remaining.seconds * SECOND_MS)} left`
  return { text, basis: BASES[remaining.basis] }
}

const WAITS: Record<WaitReason, string> = {
  scheduled: 'starts later',
  retry: 'tries again by itself',
  snooze: 'put off',
  hold: 'held',
  parent: 'waits for another job',
  unconfirmed: 'nobody can prove that it came out',
  paused: 'its queue is paused',
  limit: 'in line',
  no_worker: 'no worker can run it',
  machine: 'short of CPU or memory',
  no_printer: 'no printer of its pool can print it',
}

/** Why a job waits, in a few words; an empty text when it does not. */
export function waitWords(reason: WaitReason | null): string {
  return reason === null ? '' : WAITS[reason]
}

/** How far a print is proven, for people. */
export const PROOF_WORDS = {
  none: 'nothing sent',
  spooled: 'spooled',
  sent: 'sent, not confirmed',
  accepted: 'accepted by the device',
  confirmed: 'confirmed by the device',
} as const

/** Whether a person may ask for its end. */
export function canCancel(job: JobView): boolean {
  return !isFinal(job.state) && !job.is_cancelling
}

/** Items of an ended job that did not come out; null when all or none did, or when it has none. */
export function itemsLeft({ items }: Pick<JobView, 'items'>): number | null {
  if (items === null || items.done === 0 || items.done >= items.total) return null
  return items.total - items.done
}

/** Whether a person may have it done again: it ended without success, and nobody did so before. */
export function canRetry(job: JobView): boolean {
  return isFinal(job.state) && job.state !== 'completed' && job.retried_by === null
}
