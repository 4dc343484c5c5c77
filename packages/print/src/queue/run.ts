import {
  catalogueError,
  type JobError,
  type PrintDriver,
  type PrintItem,
  type PrintOutcome,
  type PrintProgress,
  type PrintReport,
  type PrintRequest,
  pausesQueue,
  type StateReason,
  SUBSTATES,
} from '@andon/core'
import { pause } from '../pause.ts'
import { sameReasons } from '../reasons.ts'
import { doubtError, outcomeError, reasonError } from './errors.ts'
import { NAME_PREFIX } from './name.ts'
import type { HeldPrintJob, IntendedItems, ItemOutcome, PrintJobPort, QueueResult } from './port.ts'

/** What to do with a print that nobody can prove. */
export type OnUnconfirmed = 'ask' | 'reprint' | 'accept'

export interface RunOptions {
  /** A person cancels the job: the item under way is stopped at the device where possible. */
  readonly cancel: AbortSignal
  /** The worker is to end: the item under way is finished, then the job is given back. */
  readonly drain?: AbortSignal
  /** Default `ask`. `reprint` prints a doubtful item once more, then asks. */
  readonly onUnconfirmed?: OnUnconfirmed
  /** Tries of one request within a run before the job is given to its retry policy; default 3. */
  readonly tries?: number
  /** How often a stopped printer is asked whether it is well, in milliseconds; default 1,000. */
  readonly statusIntervalMs?: number
  /**
   * Whether a job of which something came out already keeps its place while the printer is stopped; default true.
   * Otherwise, and for jobs not begun, the run ends with `printer_stopped`.
   */
  readonly keepsPlace?: boolean
  /** Waits; replaced in tests. Returns early when the signal fires. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

const DEFAULT_TRIES = 3
const DEFAULT_STATUS_INTERVAL_MS = 1_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000

/** The name that devices know a request by: our job, its attempt, and its first item. */
export function requestName(jobId: string, attempt: number, firstIndex: number): string {
  return `${NAME_PREFIX}${jobId}:${attempt}:${firstIndex}`
}

/** One run over the items of one held job. See {@link runPrintJob}. */
class JobRun {
  readonly #job: HeldPrintJob
  readonly #port: PrintJobPort
  readonly #driver: PrintDriver
  readonly #options: RunOptions
  /** Fires when the run is to end, by a cancel or a drain. */
  readonly #ended: AbortSignal
  readonly #reprinted = new Set<number>()
  readonly #doubtful: number[] = []
  #total = 0
  #done = 0
  #tries = 0
  /** Stops in a row without a label between them. */
  #stops = 0
  #trouble: readonly StateReason[] = []
  #lastError: JobError | null = null
  /** How far the job got at the printer; it does not go back to "sent" with each further label. */
  #reached = -1

  constructor(job: HeldPrintJob, port: PrintJobPort, with_: { driver: PrintDriver; options: RunOptions }) {
    this.#job = job
    this.#port = port
    this.#driver = with_.driver
    this.#options = with_.options
    const { cancel, drain } = with_.options
    this.#ended = AbortSignal.any(drain === undefined ? [cancel] : [cancel, drain])
  }

  async run(): Promise<QueueResult> {
    await this.#count()
    return (await this.#takeUp()) ?? (await this.#printPending())
  }

  async #count(): Promise<void> {
    const counts = await this.#port.counts()
    this.#total = counts.total
    this.#done = counts.done
  }

  /** Asks the device about what was sent by a run that did not come to its end. Nothing is sent here. */
  async #takeUp(): Promise<QueueResult | null> {
    const intended = await this.#port.intended()
    if (intended === null) return null
    const request = this.#request(intended.items, intended.attempt)
    const report = this.#report(intended)
    const outcome = await this.#driver.reattach(request, intended.externalRef, report, this.#options.cancel)
    return this.#take(intended.items, outcome)
  }

  async #printPending(): Promise<QueueResult> {
    for (;;) {
      if (this.#options.cancel.aborted) return this.#cancelled()
      if (this.#options.drain?.aborted === true)
        return this.#end({ outcome: 'returned', reason: 'The worker is stopping.' })
      const items = await this.#port.pending(this.#driver.batchSize)
      if (items.length === 0) return this.#finished()
      const result = await this.#take(items, await this.#send(items))
      if (result !== null) return result
    }
  }

  /** Intent first, durably; then the bytes. */
  async #send(items: readonly PrintItem[]): Promise<PrintOutcome> {
    const { attempt } = this.#job
    const intended = items.map(async ({ index, data }) => ({ index, attempt, sha256: await sha256(data) }))
    await this.#port.intend(await Promise.all(intended))
    const report = this.#report({ items, attempt, externalRef: null })
    return this.#driver.print(this.#request(items, attempt), report, this.#options.cancel)
  }

  /** Records an outcome; returns a result when the run is over, null when it goes on. */
  async #take(items: readonly PrintItem[], outcome: PrintOutcome): Promise<QueueResult | null> {
    switch (outcome.kind) {
      case 'printed':
        return this.#takePrinted(items, outcome)
      case 'unconfirmed':
        return this.#takeDoubtful(items, outcome.reason)
      case 'failed':
      case 'cancelled':
        return this.#takeEnded(items, outcome)
      case 'retry':
        return this.#takeRetry(items, outcome)
      case 'stop-printer':
        return this.#takeStopped(items, outcome.reason)
    }
  }

  async #takePrinted(
    items: readonly PrintItem[],
    outcome: Extract<PrintOutcome, { kind: 'printed' }>,
  ): Promise<QueueResult | null> {
    this.#tries = 0
    this.#stops = 0
    const error = outcomeError(outcome, this.#driver.kind)
    const lost = new Set(outcome.unconfirmed ?? [])
    const failed = new Set(outcome.failed ?? [])
    if (failed.size > 0) this.#lastError = error
    const known = items.filter(({ index }) => !lost.has(index))
    const settled = known.map(
      ({ index }): ItemOutcome =>
        failed.has(index)
          ? { index, state: this.#options.cancel.aborted ? 'cancelled' : 'failed', proof: 'none', error }
          : { index, state: 'done', proof: outcome.proof, error: null },
    )
    this.#done += settled.filter(({ state }) => state === 'done').length
    if (settled.length > 0) await this.#port.settle(settled)
    this.#tellProgress({ proof: outcome.proof, state: 'running' })
    const doubtful = items.filter(({ index }) => lost.has(index))
    if (doubtful.length === 0) return null
    const words = 'The printer reported errors, and not for which items.'
    return this.#takeDoubtful(doubtful, { reason: 'unconfirmed', severity: 'error', raw: words })
  }

  async #takeDoubtful(items: readonly PrintItem[], reason: StateReason): Promise<QueueResult | null> {
    const { onUnconfirmed = 'ask', cancel } = this.#options
    if (onUnconfirmed === 'accept') {
      await this.#settleAll(items, { state: 'done', proof: 'sent', error: null })
      this.#done += items.length
      return null
    }
    const isFirst = items.every(({ index }) => !this.#reprinted.has(index))
    if (onUnconfirmed === 'reprint' && isFirst && !cancel.aborted) {
      for (const { index } of items) this.#reprinted.add(index)
      await this.#settleAll(items, { state: 'pending', proof: 'none', error: null })
      return null
    }
    const error = doubtError(reason)
    await this.#settleAll(items, { state: 'unconfirmed', proof: 'sent', error })
    this.#doubtful.push(...items.map(({ index }) => index))
    if (cancel.aborted) return this.#cancelled()
    return this.#end({ outcome: 'unconfirmed', error, indexes: this.#doubtful })
  }

  async #takeEnded(
    items: readonly PrintItem[],
    outcome: Extract<PrintOutcome, { kind: 'failed' | 'cancelled' }>,
  ): Promise<QueueResult | null> {
    this.#tries = 0
    const error = outcomeError(outcome, this.#driver.kind)
    const isOurs = outcome.kind === 'cancelled' && this.#options.cancel.aborted
    await this.#settleAll(items, { state: isOurs ? 'cancelled' : 'failed', proof: 'none', error })
    return null
  }

  async #takeRetry(
    items: readonly PrintItem[],
    outcome: Extract<PrintOutcome, { kind: 'retry' }>,
  ): Promise<QueueResult | null> {
    await this.#settleAll(items, { state: 'pending', proof: 'none', error: null })
    this.#tries += 1
    const delayMs = outcome.afterMs ?? Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#tries - 1))
    if (this.#tries >= (this.#options.tries ?? DEFAULT_TRIES)) {
      return this.#end({ outcome: 'retry', error: reasonError(outcome.reason), delayMs })
    }
    await this.#wait(delayMs)
    return null
  }

  async #takeStopped(items: readonly PrintItem[], reason: StateReason): Promise<QueueResult | null> {
    await this.#settleAll(items, { state: 'pending', proof: 'none', error: null })
    this.#tellTrouble([reason])
    this.#stops += 1
    const keepsPlace = (this.#options.keepsPlace ?? true) && this.#done > 0
    if (keepsPlace) {
      const isWell = await this.#waitUntilWell()
      if (isWell || this.#options.cancel.aborted) return null
    }
    return this.#end({ outcome: 'printer_stopped', error: reasonError(reason), reasons: this.#trouble })
  }

  /**
   * False when the wait was ended by a cancel or a drain. A printer that says it is well and refuses each order is
   * believed less and less quickly.
   */
  async #waitUntilWell(): Promise<boolean> {
    const { cancel, statusIntervalMs = DEFAULT_STATUS_INTERVAL_MS } = this.#options
    const intervalMs = Math.min(LONGEST_RETRY_MS, statusIntervalMs * 2 ** (this.#stops - 1))
    while (!this.#ended.aborted) {
      await this.#wait(intervalMs)
      const status = await this.#driver.status(cancel)
      const stopping = status.reasons.filter((entry) => pausesQueue([entry]))
      const isGone = status.state === 'offline' || status.state === 'stopped'
      if (stopping.length === 0 && !isGone) {
        this.#tellTrouble([])
        return true
      }
      if (stopping.length > 0 && !this.#ended.aborted) this.#tellTrouble(stopping)
    }
    return false
  }

  /** A cancel that came after the last item changes nothing. */
  async #cancelled(): Promise<QueueResult> {
    const counts = await this.#port.counts()
    if (counts.pending === 0 && counts.cancelled === 0 && counts.unconfirmed === 0) return this.#finished()
    await this.#port.cancelPending()
    this.#tellTrouble([])
    return this.#end({ outcome: 'cancelled', reason: String(this.#options.cancel.reason) })
  }

  async #finished(): Promise<QueueResult> {
    const counts = await this.#port.counts()
    if (counts.total === 0) {
      const error = catalogueError('items_out_of_range', 'The job has nothing to print.')
      return { outcome: 'failed', error, counts }
    }
    if (counts.unconfirmed > 0) {
      const error = catalogueError(
        'print_unconfirmed',
        `${counts.unconfirmed} of ${counts.total} items are unconfirmed.`,
      )
      return { outcome: 'unconfirmed', error, indexes: this.#doubtful, counts }
    }
    if (counts.failed === 0) return { outcome: 'completed', counts }
    const code = this.#driver.kind === 'http' ? 'print_server_failed' : 'printer_job_aborted'
    const error = this.#lastError ?? catalogueError(code, 'The printer did not print the item.')
    if (counts.done === 0) return { outcome: 'failed', error, counts }
    const words = `${counts.failed} of ${counts.total} items failed. ${error.message}`
    return { outcome: 'completed_with_errors', error: { ...error, message: words }, counts }
  }

  async #settleAll(items: readonly PrintItem[], outcome: Omit<ItemOutcome, 'index'>): Promise<void> {
    if (outcome.state === 'failed') this.#lastError = outcome.error
    await this.#port.settle(items.map(({ index }) => ({ index, ...outcome })))
  }

  async #end(end: EndOf<QueueResult>): Promise<QueueResult> {
    return { ...end, counts: await this.#port.counts() }
  }

  #request(items: readonly PrintItem[], attempt: number): PrintRequest {
    const { jobId, user, options } = this.#job
    const name = requestName(jobId, attempt, Math.min(...items.map(({ index }) => index)))
    return { jobId, attempt, name, user, options, items }
  }

  #report({ items }: IntendedItems): PrintReport {
    const indexes = items.map(({ index }) => index)
    return {
      ref: (externalRef) => this.#port.refer(indexes, externalRef),
      progress: (progress) => this.#tellProgress(progress),
      trouble: (reasons) => this.#tellTrouble(reasons),
    }
  }

  #tellProgress({ state, ...progress }: PrintProgress): void {
    const itemsDone = Math.min(this.#total, this.#done + (progress.itemsDone ?? 0))
    const reached = state === undefined ? this.#reached : Math.max(this.#reached, SUBSTATES.indexOf(state))
    const isFurther = state !== undefined && reached > this.#reached
    this.#reached = reached
    this.#port.progress({ ...progress, ...(isFurther ? { state } : {}), itemsDone, itemsTotal: this.#total })
  }

  #tellTrouble(reasons: readonly StateReason[]): void {
    if (sameReasons(reasons, this.#trouble)) return
    this.#trouble = reasons
    this.#port.trouble(reasons)
  }

  async #wait(ms: number): Promise<void> {
    const { wait = pause } = this.#options
    await wait(ms, this.#ended)
  }
}

type EndOf<R> = R extends { readonly counts: unknown } ? Omit<R, 'counts'> : never

/**
 * Prints the items of a held job on one printer, in order, and says how it ended.
 *
 * What makes it safe to be ended at any instant: an intent is durable before bytes leave; an outcome is durable
 * before the next intent; what has an intent and no outcome is asked about at the device and never sent by itself.
 *
 * @throws whatever the port throws, `lease_lost` above all; defects of the driver. The job is then to be taken up by
 *   its next run.
 */
export function runPrintJob(
  job: HeldPrintJob,
  port: PrintJobPort,
  with_: { driver: PrintDriver; options: RunOptions },
): Promise<QueueResult> {
  return new JobRun(job, port, with_).run()
}

async function sha256(data: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data.slice()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
