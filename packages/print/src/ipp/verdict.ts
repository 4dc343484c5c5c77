import { type PrintOutcome, reasonOf } from '@andon/core'
import type { DeviceJob } from './attributes.ts'

/** What has to be known about a device to judge what it says of a job. */
export interface Witness {
  /** A spooler counts what it passed on, not what came out, and may count it several times. */
  readonly isSpooler: boolean
  /** Whether `completed` without a count may be believed no further than `accepted`. */
  readonly canConfirm: boolean
}

/** Words with which spoolers and devices tell of a document that was not taken (CUPS `backend/ipp.c`, ippeveprinter). */
const REFUSAL =
  /unable to (add|create|start|send|print)|not supported|unsupported|cannot (be )?print|refused|rejected|not accepted|too large/i
/**
 * The same of a spooler that cannot have handed the document on, whatever it counts (CUPS `backend/ipp.c`): its count is
 * of what passed through it, and may be of a try before.
 */
const NOT_HANDED_ON = /unable to (add|create|send|print)/i
/** `job-state-reasons` that say the same (RFC 8011 §5.3.8). */
const REFUSAL_REASONS = [
  'unsupported-document-format',
  'document-format-error',
  'document-access-error',
  'compression-error',
  'unsupported-compression',
  'document-password-error',
  'document-permission-error',
  'document-security-error',
  'document-unprintable-error',
  'submission-interrupted',
  'unsupported-attributes-or-values',
]
const DOUBT_REASONS = [
  'job-completed-with-errors',
  'aborted-by-system',
  'job-canceled-at-device',
  'job-canceled-by-user',
  'job-canceled-by-operator',
  'errors-detected',
]

/**
 * With this CUPS says that the device did not know a job any more, and that it took it for completed. It stays with the
 * queue for the jobs that follow, which the device then has to speak for itself.
 */
const LOST_SIGHT = ['cups-ipp-missing-job-history']

/**
 * What a device job that has ended says about paper; null while it has not ended.
 *
 * `completed` alone proves nothing: CUPS reports it for documents that the device refused, with no impression and a
 * message, and with a count for those that a device had when its plug was pulled. So it is believed only with a count of a
 * device that was not lost sight of, or where the device counts nothing and names no error.
 */
export function judge(job: DeviceJob, witness: Witness): PrintOutcome | null {
  if (job.state === 'completed') return judgeCompleted(job, witness)
  if (job.state === 'aborted') return judgeAborted(job, witness)
  if (job.state === 'canceled') return { kind: 'cancelled', reason: cancelWords(job) }
  return null
}

/** Whether the words of a job say that the document was not taken. */
function isRefused(job: DeviceJob): boolean {
  return counted(job) === 0 && (REFUSAL.test(job.message) || includesAny(job.reasons, REFUSAL_REASONS))
}

function judgeCompleted(job: DeviceJob, witness: Witness): PrintOutcome {
  if (isRefused(job)) return refused(job)
  const count = counted(job)
  const isHeldBack = witness.isSpooler && NOT_HANDED_ON.test(job.message)
  const isDoubtful =
    isHeldBack ||
    includesAny(job.reasons, [...DOUBT_REASONS, ...REFUSAL_REASONS]) ||
    includesAny(job.printerReasons, LOST_SIGHT)
  if (count > 0 && !isDoubtful) {
    return {
      kind: 'printed',
      proof: witness.canConfirm ? 'confirmed' : 'accepted',
      sheets: witness.isSpooler ? null : count,
    }
  }
  const countsNothing = job.impressions === null && job.sheets === null
  if (countsNothing && !witness.isSpooler && job.reasons.every((word) => word === 'job-completed-successfully')) {
    return { kind: 'printed', proof: witness.canConfirm ? 'confirmed' : 'accepted', sheets: null }
  }
  if (
    !witness.canConfirm &&
    !isDoubtful &&
    job.reasons.every((word) => word.startsWith('job-completed-s') || word === 'processing-to-stop-point')
  ) {
    return { kind: 'printed', proof: 'accepted', sheets: null }
  }
  const why =
    count > 0 ? 'the printer was lost sight of, refused something or had errors' : 'nothing counted as printed'
  return { kind: 'unconfirmed', reason: reasonOf('unconfirmed', `completed, but ${why}. ${job.message}`.trim()) }
}

function judgeAborted(job: DeviceJob, witness: Witness): PrintOutcome {
  if (isRefused(job)) return refused(job)
  const words = `The printer gave the job up. ${job.message}`.trim()
  const nothingOut =
    counted(job) === 0 && (!witness.isSpooler || !job.hasStarted) && (job.impressions !== null || !job.hasStarted)
  return nothingOut
    ? { kind: 'retry', reason: reasonOf('job-aborted', job.message) }
    : { kind: 'unconfirmed', reason: reasonOf('unconfirmed', words) }
}

function refused(job: DeviceJob): PrintOutcome {
  const words = job.message === '' ? job.reasons.join(', ') : job.message
  return { kind: 'failed', code: 'document_refused', message: `The printer refused the document: ${words}` }
}

function cancelWords(job: DeviceJob): string {
  const count = counted(job)
  const where = job.reasons.includes('job-canceled-at-device') ? 'Cancelled at the device' : 'Cancelled'
  return count === 0
    ? `${where} before a sheet was counted.`
    : `${where} after ${count} counted sheet${count === 1 ? '' : 's'}.`
}

function counted(job: DeviceJob): number {
  return Math.max(job.sheets ?? 0, job.impressions ?? 0)
}

/** Keywords may be cut to 31 characters, so a beginning of that length counts as the whole. */
function includesAny(words: readonly string[], known: readonly string[]): boolean {
  return words.some((word) => known.some((name) => word === name || (word.length >= 31 && name.startsWith(word))))
}
