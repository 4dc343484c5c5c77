import { type PrintOutcome, type PrintReport, pausesQueue, reasonOf, type StateReason } from '@andon/core'
import { sameReasons } from '../reasons.ts'
import { QzCallError } from './client.ts'
import type { QzConnection } from './connection.ts'
import type { QzJobVerdict } from './events.ts'
import { judgeTogether, matchJobs, type QzExpected, type QzMatch } from './match.ts'
import type { QzJob, QzQueue } from './queue.ts'
import { callOutcome, doubt } from './outcome.ts'
import type { QzSettings } from './settings.ts'

/** What is needed to follow one job of a printer behind QZ Tray. */
export interface QzFollowed {
  readonly connection: QzConnection
  readonly queue: QzQueue
  readonly settings: QzSettings
  readonly expected: QzExpected
  /** Jobs that are not ours, since they were seen before. */
  readonly strangers: ReadonlySet<number>
  readonly report: PrintReport
  readonly signal: AbortSignal
  /** The connection over which it was sent. */
  readonly epoch: number
}

const REF_PREFIX = 'qz:'
/** How long a cancelled job may take to end. */
const CANCEL_WAIT_MS = 5_000
/** Answers in a row of a printer that does nothing, after which an end that was missed is not waited for. */
const IDLE_ANSWERS = 3
/** Gaps so short are not asked about. */
const SHORTEST_WAIT_MS = 10

/** The reference of a job. */
export function qzRef(jobId: number): string {
  return `${REF_PREFIX}${jobId}`
}

/** The job of a reference; null when it is none of ours. */
export function qzJobId(ref: string | null): number | null {
  if (ref?.startsWith(REF_PREFIX) !== true) return null
  const id = Number(ref.slice(REF_PREFIX.length))
  return Number.isSafeInteger(id) ? id : null
}

/**
 * Follows one job from the moment it is sent until its events prove something, or until nobody can know. Everything it
 * decides it decides by what the queue has heard; all waiting is for the next thing to be heard.
 */
export class QzJobFollower {
  readonly #job: QzFollowed
  readonly #gaps: number
  #sending: Promise<void> = Promise.resolve()
  #isSending = false
  #sendError: QzCallError | null = null
  /** When the call was answered, or when the first job appeared that might be ours: whichever is later. */
  #matchSince: number
  #changedAt = Date.now()
  #lastHeard = ''
  #askedAt = 0
  #idleAnswers = 0
  #trouble: readonly StateReason[] = []
  #ref: number | null = null
  #cancelledAt: number | null = null
  #canCancel = true

  constructor(job: QzFollowed, ref: number | null = null) {
    this.#job = job
    this.#ref = ref
    this.#gaps = job.queue.gaps
    this.#matchSince = Date.now()
  }

  /** Sends first. Events of the job may come before the call is answered, and are heard meanwhile. */
  sendAndFollow(send: () => Promise<void>): Promise<PrintOutcome> {
    this.#isSending = true
    this.#sending = send()
      .then(
        () => this.#job.report.progress({ proof: 'spooled', state: 'queued' }),
        (error: unknown) => {
          this.#sendError = error instanceof QzCallError ? error : new QzCallError('lost', String(error))
        },
      )
      .finally(() => {
        this.#isSending = false
        this.#matchSince = Date.now()
        this.#changedAt = Date.now()
        this.#job.queue.wake()
      })
    return this.follow()
  }

  /** Sends nothing: takes up what was sent. */
  async follow(): Promise<PrintOutcome> {
    for (;;) {
      const { version } = this.#job.queue
      const outcome = await this.#look()
      if (outcome !== null) {
        if (outcome.kind !== 'unconfirmed') this.#tell([])
        return outcome
      }
      const signal = this.#cancelledAt === null ? this.#job.signal : undefined
      await this.#job.queue.changed(version, this.#waitMs(), signal)
    }
  }

  async #look(): Promise<PrintOutcome | null> {
    const match = this.#match()
    const ours = match.isSure || this.#isMatchDue(match) ? match.jobs : []
    if (match.isSure || ours.length === 1) await this.#refer(ours)
    const verdict = judgeTogether(ours)
    const ended = this.#endOf(verdict)
    if (ended?.kind === 'failed') await this.#withdraw(ours)
    if (ended !== null) return ended
    if (!this.#isConnected()) return this.#lost()
    const refused = this.#refusedOutcome(match)
    if (refused !== null) return refused
    this.#noteHeard(ours, verdict)
    if (this.#job.signal.aborted) await this.#cancel(ours)
    await this.#ask()
    this.#tell(this.#troubleNow(verdict))
    return this.#giveUp()
  }

  #match(): QzMatch {
    const { queue, strangers, expected } = this.#job
    const known = this.#ref === null ? null : queue.job(this.#ref)
    const match = matchJobs(
      queue.jobs.filter(({ id }) => !strangers.has(id)),
      expected,
    )
    return known !== null && !match.isSure ? { jobs: [known], isSure: true } : match
  }

  /** A job that is only new is ours when none with our name has come for a while. */
  #isMatchDue({ jobs }: QzMatch): boolean {
    const firstAt = Math.min(...jobs.map(({ events }) => events[0]?.at ?? Number.POSITIVE_INFINITY))
    const since = Math.max(this.#matchSince, firstAt)
    return jobs.length > 0 && !this.#isSending && Date.now() - since >= this.#job.settings.matchTimeoutMs
  }

  async #refer(ours: readonly QzJob[]): Promise<void> {
    const [first] = ours
    if (first === undefined || first.id === this.#ref) return
    this.#ref = first.id
    await this.#job.report.ref(qzRef(first.id))
  }

  #endOf(verdict: QzJobVerdict): PrintOutcome | null {
    switch (verdict.kind) {
      case 'confirmed':
        return { kind: 'printed', proof: 'confirmed', sheets: null }
      case 'failed':
        return { kind: 'failed', code: 'printer_job_aborted', message: `QZ Tray reported: ${verdict.reason.raw}` }
      case 'cancelled':
        return { kind: 'cancelled', reason: `Cancelled at the printer: ${verdict.reason.raw}` }
      case 'gone':
        return doubt(verdict.words)
      case 'printing':
      case 'trouble':
        return null
    }
  }

  #isConnected(): boolean {
    const { connection, epoch } = this.#job
    return connection.isUp && connection.epoch === epoch
  }

  /** QZ Tray keeps no history: what it did not say before it was lost it will not say. */
  async #lost(): Promise<PrintOutcome> {
    const reason = this.#job.connection.status.reason ?? reasonOf('qz-not-running')
    await this.#sending
    if (this.#sendError?.kind === 'unsent') return { kind: 'retry', reason }
    this.#tell([reason])
    return doubt(`The connection with QZ Tray was lost after the data had left. ${reason.raw}`)
  }

  /** What a call that did not succeed means, unless a job of our name shows that it did. */
  #refusedOutcome({ isSure }: QzMatch): PrintOutcome | null {
    if (this.#sendError === null || this.#sendError.isDoubtful || isSure) return null
    return callOutcome(this.#sendError)
  }

  /** A job with an error stays in the queue of Windows, and would come out once the error is gone. */
  async #withdraw(ours: readonly QzJob[]): Promise<void> {
    for (const { id } of ours) {
      await this.#job.connection.cancelJob(this.#job.queue.printer, id).catch(() => undefined)
    }
  }

  #noteHeard(ours: readonly QzJob[], verdict: QzJobVerdict): void {
    const heard = ours.map(({ id, events }) => `${id}:${events.length}`).join()
    if (heard === this.#lastHeard) return
    this.#lastHeard = heard
    this.#changedAt = Date.now()
    if (verdict.kind !== 'printing' || verdict.heard === null) return
    this.#job.report.progress({ proof: verdict.heard === 'running' ? 'sent' : 'spooled', state: verdict.heard })
  }

  async #cancel(ours: readonly QzJob[]): Promise<void> {
    const [first] = ours
    this.#cancelledAt ??= Date.now()
    if (first === undefined || ours.length > 1 || !this.#canCancel) return
    this.#canCancel = false
    // Versions that cannot take a single job out say so; then what is known of it stays.
    await this.#job.connection.cancelJob(this.#job.queue.printer, first.id).catch(() => this.#giveUpCancel())
  }

  #giveUpCancel(): void {
    this.#cancelledAt = Date.now() - CANCEL_WAIT_MS
  }

  /** Asks for the printer's state: nothing tells that a reason has gone, or that nobody tells us anything any more. */
  async #ask(): Promise<void> {
    const { connection, queue, settings } = this.#job
    if (Date.now() - this.#askedAt < settings.followIntervalMs) return
    await connection.refresh().catch(() => undefined)
    this.#askedAt = Date.now()
    const isIdle = queue.condition?.state === 'idle' && !pausesQueue(queue.reasons)
    this.#idleAnswers = isIdle ? this.#idleAnswers + 1 : 0
  }

  #troubleNow(verdict: QzJobVerdict): StateReason[] {
    const printers = this.#job.queue.reasons.filter((reason) => pausesQueue([reason]))
    if (printers.length > 0 || verdict.kind !== 'trouble') return printers
    // Every job on CUPS is held until its data is there.
    const isBrief = verdict.reason.reason === 'held' || verdict.reason.reason === 'paused'
    const graceMs = isBrief ? this.#job.settings.pausedGraceMs : 0
    return Date.now() - verdict.since >= graceMs ? [verdict.reason] : []
  }

  /** How it ends when nothing more is to be expected; null while it is. */
  #giveUp(): PrintOutcome | null {
    if (this.#cancelledAt !== null && Date.now() - this.#cancelledAt >= CANCEL_WAIT_MS && !this.#isSending) {
      return doubt('Cancelled while it was printed, and QZ Tray did not say what became of it.')
    }
    const hasMissed = this.#job.queue.gaps > this.#gaps
    if (hasMissed && this.#idleAnswers >= IDLE_ANSWERS) {
      return doubt('The printer has nothing to do, and what QZ Tray said of the job was missed.')
    }
    const isStalled = Date.now() - this.#changedAt >= this.#job.settings.stallTimeoutMs
    if (!isStalled || this.#trouble.length > 0 || this.#isSending) return null
    return doubt('Nothing was heard of the job for too long, and the printer reports no trouble.')
  }

  /** Until the next moment at which something is due that no event tells. */
  #waitMs(): number {
    const { followIntervalMs, matchTimeoutMs } = this.#job.settings
    const untilMatch = this.#matchSince + matchTimeoutMs - Date.now()
    const waits = [followIntervalMs, ...(this.#ref === null && untilMatch > 0 ? [untilMatch] : [])]
    return Math.max(SHORTEST_WAIT_MS, Math.min(...waits))
  }

  #tell(trouble: readonly StateReason[]): void {
    if (sameReasons(trouble, this.#trouble)) return
    this.#trouble = trouble
    this.#changedAt = Date.now()
    this.#job.report.trouble(trouble)
  }
}
