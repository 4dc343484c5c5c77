import { type PrintOutcome, type PrintReport, reasonOf, type StateReason, troubleshoot } from '@andon/core'
import { pause } from '../pause.ts'
import { sameReasons } from '../reasons.ts'
import type { DeviceJob, IppPrinter } from './attributes.ts'
import type { IppDevice, IppRefusal } from './device.ts'
import { canBeNamed, isNamed } from './names.ts'
import type { IppSettings } from './settings.ts'
import { probeDevice, refusalReason, troubleOf } from './trouble.ts'
import { judge, type Witness } from './verdict.ts'
import { EventWatch } from './watch.ts'

/** What is needed to follow one device job. */
export interface Followed {
  readonly device: IppDevice
  readonly settings: IppSettings
  readonly printer: IppPrinter
  readonly jobId: number
  /** The name that the job was given: numbers are used again after a restart of the device. */
  readonly name: string
  readonly user: string
  readonly report: PrintReport
  readonly signal: AbortSignal
  /** How long the job before this one took, in milliseconds; null when nothing is known. */
  readonly usualMs: number | null
}

const FIRST_POLL_MS = 15
const BUSY_POLL_MS = 250
const QUIET_POLL_MS = 1_000
/** A job is looked for a little before it is due, so that one that is quicker shows. */
const DUE_SHARE = 0.97
/** After so long without change a job is asked for each second only. */
const QUIET_AFTER_MS = 10_000
/** A device is asked about itself when a job shows no change for so long. */
const LOOK_AFTER_MS = 250
/** How long a cancelled job may take to end. */
const CANCEL_WAIT_MS = 10_000

/** Follows one device job to its end, through trouble and silence. See {@link followJob}. */
class JobFollower {
  readonly #job: Followed
  readonly #witness: Witness
  readonly #watch: EventWatch
  #lastSeen = ''
  #changedAt = Date.now()
  readonly #dueAt: number
  #lookedAt = 0
  #silentSince: number | null = null
  #cancelledAt: number | null = null
  #trouble: readonly StateReason[] = []

  constructor(job: Followed) {
    this.#job = job
    this.#witness = { isSpooler: job.printer.isCups, canConfirm: job.settings.confirms }
    this.#watch = new EventWatch(job.device)
    this.#dueAt = Date.now() + DUE_SHARE * (job.usualMs ?? 0)
  }

  async run(): Promise<PrintOutcome> {
    if (this.#job.printer.hasEvents) await this.#watch.start(this.#job.jobId, this.#job.user)
    const outcome = await this.#follow()
    await this.#watch.stop(this.#job.user)
    return outcome
  }

  async #follow(): Promise<PrintOutcome> {
    for (;;) {
      if (this.#job.signal.aborted && this.#cancelledAt === null) await this.#cancel()
      const outcome = await this.#look()
      if (outcome !== null) {
        this.#tell([])
        return outcome
      }
      await pause(this.#intervalMs(), this.#cancelledAt === null ? this.#job.signal : undefined)
    }
  }

  async #look(): Promise<PrintOutcome | null> {
    if (this.#silentSince === null && !(await this.#watch.hasNews())) return this.#giveUpCancelled()
    const answer = await this.#job.device.job(this.#job.jobId)
    if (!answer.ok) return this.#onSilence(answer.refusal)
    const job = answer.value
    if (!canBeNamed(job.name, this.#job.name)) return forgotten('The number of our job belongs to another one now.')
    if (this.#silentSince !== null) {
      this.#silentSince = null
      this.#lookedAt = 0
    }
    const outcome = judge(job, this.#witness)
    if (outcome !== null) return outcome
    this.#noteChange(job)
    await this.#lookAtPrinter(job)
    return this.#giveUpCancelled()
  }

  async #cancel(): Promise<void> {
    this.#cancelledAt = Date.now()
    await this.#job.device.cancelJob(this.#job.jobId, this.#job.user)
  }

  #giveUpCancelled(): PrintOutcome | null {
    if (this.#cancelledAt === null || Date.now() - this.#cancelledAt < CANCEL_WAIT_MS) return null
    return {
      kind: 'unconfirmed',
      reason: reasonOf('unconfirmed', 'The printer did not end the job when it was cancelled.'),
    }
  }

  async #onSilence(refusal: IppRefusal): Promise<PrintOutcome | null> {
    if (refusal.kind === 'refused') return this.#onUnknownJob(refusal)
    const trouble = refusalReason(refusal)
    this.#tell([trouble])
    this.#silentSince ??= Date.now()
    const waitedMs = Date.now() - this.#silentSince
    return waitedMs < this.#job.settings.confirmTimeoutMs ? null : { kind: 'unconfirmed', reason: trouble }
  }

  /** The device answers and does not know the number: it was restarted, or it keeps no history. */
  async #onUnknownJob(refusal: IppRefusal): Promise<PrintOutcome | null> {
    const all = await this.#job.device.jobs('all')
    if (!all.ok) return all.refusal.kind === 'refused' ? forgotten(refusal.message) : this.#onSilence(all.refusal)
    const found = all.value.findLast((job) => isNamed(job.name, this.#job.name))
    const outcome = found === undefined ? null : judge(found, this.#witness)
    return outcome ?? forgotten(refusal.message)
  }

  #noteChange(job: DeviceJob): void {
    const seen = `${job.state} ${job.impressions} ${job.sheets} ${job.reasons.join()} ${job.message}`
    if (seen === this.#lastSeen) return
    this.#lastSeen = seen
    this.#changedAt = Date.now()
    const isRunning = job.state === 'processing' || job.state === 'processing-stopped'
    const sheets = job.sheets ?? job.impressions
    const message = wordsOf(job)
    this.#job.report.progress({
      proof: 'accepted',
      state: isRunning ? 'running' : 'queued',
      // A spooler's count grows with each of its own retries; only the device's is true.
      ...(sheets === null || this.#witness.isSpooler ? {} : { sheets }),
      ...(message === '' ? {} : { message }),
    })
  }

  async #lookAtPrinter(job: DeviceJob): Promise<void> {
    const quietMs = Date.now() - this.#changedAt
    const isSuspicious = job.state === 'processing-stopped' || this.#trouble.length > 0 || quietMs >= LOOK_AFTER_MS
    if (!isSuspicious || Date.now() - this.#lookedAt < this.#job.settings.followIntervalMs) return
    this.#lookedAt = Date.now()
    const answer = await this.#job.device.printer()
    if (!answer.ok) return
    this.#tell(await this.#troubleNow(answer.value, { job, quietMs }))
  }

  async #troubleNow(printer: IppPrinter, with_: { job: DeviceJob; quietMs: number }): Promise<StateReason[]> {
    const { job, quietMs } = with_
    const named = troubleOf(printer)
    if (named.length > 0) return named
    const unreachable = printer.isCups ? await probeDevice(printer.deviceUri, { isQueueIdle: false }) : null
    if (unreachable !== null) return [unreachable]
    if (job.reasons.includes('cups-held-for-authentication')) return [reasonOf('auth-required', job.message)]
    if (quietMs < this.#job.settings.stallTimeoutMs) return []
    return [reasonOf('stalled', wordsOf(job) || (printer.status.message ?? 'The printer gives no reason.'))]
  }

  #tell(trouble: readonly StateReason[]): void {
    if (sameReasons(trouble, this.#trouble)) return
    this.#trouble = trouble
    this.#job.report.trouble(trouble)
  }

  /**
   * A tenth of the time since the job was due or last changed: its end is seen at once, and a long job does not cost a
   * request each 15 ms.
   */
  #intervalMs(): number {
    const now = Date.now()
    if (now - this.#changedAt > QUIET_AFTER_MS) return Math.min(QUIET_POLL_MS, this.#job.settings.followIntervalMs)
    const waitMs = now < this.#dueAt ? this.#dueAt - now : (now - Math.max(this.#dueAt, this.#changedAt)) / 10
    return Math.min(BUSY_POLL_MS, Math.max(FIRST_POLL_MS, waitMs))
  }
}

/**
 * Follows a device job until it has ended, or until nobody can know. Trouble that a person can mend ends nothing: it
 * is told, and the job goes on waiting at the device.
 */
export function followJob(job: Followed): Promise<PrintOutcome> {
  return new JobFollower(job).run()
}

/** What device and spooler say of a job; that it is held for a person is said before, since no state shows it. */
function wordsOf({ state, message }: DeviceJob): string {
  return state === 'pending-held' ? [troubleshoot('held').title, message].filter(Boolean).join(': ') : message
}

function forgotten(words: string): PrintOutcome {
  return {
    kind: 'unconfirmed',
    reason: reasonOf('unconfirmed', `The printer does not know the job any more. ${words}`),
  }
}
