import { type JobError, type PrintDriver, type PrintInput, type PrintOptions, problem } from '@andon/core'
import {
  type PrinterFleet,
  type PrinterSettings,
  type PrinterWatch,
  type QueueResult,
  runPrintJob,
  splitSettings,
} from '@andon/print/queue'
import {
  afterError,
  completed,
  completedWithErrors,
  Decision,
  failed,
  giveBack,
  type Handler,
  type JobContext,
  type OutcomeFacts,
  StopReason,
} from '@andon/worker'
import { itemDataOf, type ReadDocument } from './item-data.ts'
import { type JobPortOptions, WorkerJobPort } from './job-port.ts'
import type { PrintJournal } from './journal.ts'
import { directLedger, type ItemLedger, JournaledLedger, NotBegunError } from './ledger.ts'
import { takeUpItems } from './take-up.ts'

/** Types that printers take. */
export const PRINT_TYPES = ['print.label', 'print.document'] as const

/** A batch confirms several items a second: its printer's last confirmed print is written at most so often. */
const NOTE_CONFIRMED_MS = 5_000

/** Batches are at most this long; see `CreatePrint`. */
const ITEMS_LIMIT = 500

export interface PrintHandlerOptions {
  readonly fleet: PrinterFleet
  readonly readDocument: ReadDocument
  /** Keeps when a print was last proven to come out of a printer. */
  readonly confirmed: (printerId: number, at: Date) => Promise<void>
  /** Null near the database, which is the only record then. */
  readonly journal: PrintJournal | null
}

/** Runs a claimed print job on the printer whose lane holds it. */
export function printHandler(options: PrintHandlerOptions): Handler {
  return async (job) => {
    const { fleet, journal } = options
    const printerId = job.claimed.laneId
    const member = fleet.printers.find(({ id }) => id === printerId)
    const driver = fleet.driver(printerId)
    const watch = fleet.watch(printerId)
    if (!member || !driver || !watch) return giveBack('This process no longer drives the printer.')

    const { onUnconfirmed } = splitSettings(member.address.settings).printer
    const ledger = journal === null ? directLedger(job) : new JournaledLedger(job, journal)
    watch.runStarted()
    try {
      const result = await runOn({ job, driver, watch, ledger, printerId, onUnconfirmed, ...options })
      return toDecision(job, result, printerId)
    } catch (error) {
      if (error instanceof NotBegunError) return giveBack(error.message)
      throw error
    } finally {
      watch.runEnded()
    }
  }
}

interface Run extends PrintHandlerOptions {
  readonly job: JobContext
  readonly driver: PrintDriver
  readonly watch: Pick<PrinterWatch, 'troubled'>
  readonly ledger: ItemLedger
  readonly printerId: number
  readonly onUnconfirmed: PrinterSettings['onUnconfirmed']
}

async function runOn(run: Run): Promise<QueueResult> {
  const { confirmed, driver, job, onUnconfirmed, printerId } = run
  const tell = (telling: Promise<void>): Promise<void> => telling.catch((error: unknown) => tellTrouble(job, error))
  let told = Promise.resolve()
  const port = await openPort(run, {
    onTrouble: (reasons) => {
      told = tell(run.watch.troubled(reasons))
    },
    onConfirmed: atMostEvery(NOTE_CONFIRMED_MS, () => void tell(confirmed(printerId, new Date()))),
  })
  const { createdBy } = job.claimed
  const held = { jobId: job.id, attempt: job.attempt, user: createdBy, options: printOptions(inputOf(job)) }
  const result = await runPrintJob(held, port, { driver, options: { ...stopSignals(job), onUnconfirmed } })
  // A job that is given back before its printer's queue stands still would be claimed by it at once.
  await told
  await run.ledger.told()
  if (result.counts.proof === 'confirmed') await tell(confirmed(printerId, new Date()))
  return result
}

async function openPort(
  { job, journal, ledger, printerId, readDocument }: Run,
  listeners: Pick<JobPortOptions, 'onConfirmed' | 'onTrouble'>,
): Promise<WorkerJobPort> {
  const stored = await job.items.read(0, ITEMS_LIMIT)
  const items = journal === null ? stored : await takeUpItems(stored, { jobId: job.id, journal, ledger })
  const input = inputOf(job)
  const dataOf = itemDataOf(job.id, input, readDocument)
  return new WorkerJobPort({ job, ledger, items, printerId, copies: input.copies, dataOf, ...listeners })
}

function inputOf({ input }: JobContext): PrintInput {
  return input as PrintInput
}

function atMostEvery(intervalMs: number, act: () => void): () => void {
  let actedAt = 0
  return () => {
    if (Date.now() - actedAt < intervalMs) return
    actedAt = Date.now()
    act()
  }
}

/** What a print asks of its paper; what was not asked for is the printer's choice. */
function printOptions({ options }: PrintInput): PrintOptions {
  return { media: options.media ?? null, sides: options.sides ?? null, orientation: options.orientation ?? null }
}

/**
 * A person's cancel stops the item under way; a worker that ends finishes it first. When the lease is lost the next
 * write throws, so nothing more is sent.
 */
function stopSignals(job: JobContext): { cancel: AbortSignal; drain: AbortSignal } {
  const cancel = new AbortController()
  const drain = new AbortController()
  const stop = (): void => {
    const reason: unknown = job.signal.reason
    const isCancel = reason instanceof StopReason && (reason.kind === 'cancelled' || reason.kind === 'killed')
    if (isCancel) cancel.abort(reason.message)
    else drain.abort(reason)
  }
  if (job.signal.aborted) stop()
  else job.signal.addEventListener('abort', stop, { once: true })
  return { cancel: cancel.signal, drain: drain.signal }
}

function toDecision(job: JobContext, result: QueueResult, printerId: number): Decision {
  const { done, failed: failedItems, total, proof } = result.counts
  const facts: OutcomeFacts = { itemsDone: done, itemsFailed: failedItems, proof, printerId }
  const summary = `${done} of ${total} printed`
  return new Decision(outcomeOf(job, result, summary), facts)
}

function outcomeOf(job: JobContext, result: QueueResult, summary: string): Decision['outcome'] {
  switch (result.outcome) {
    case 'completed':
      return completed(null, summaryWithProof(summary, result.counts.proof)).outcome
    case 'completed_with_errors':
      return completedWithErrors(result.error, null, summary).outcome
    case 'failed':
      return failed(result.error).outcome
    case 'cancelled':
      return { outcome: 'cancelled', summary: `${summary}, then cancelled: ${result.reason}` }
    case 'retry':
      return afterError(job.claimed, result.error)
    case 'unconfirmed':
      return { outcome: 'unconfirmed', error: result.error }
    case 'printer_stopped':
    case 'returned':
      return giveBack(result.outcome === 'returned' ? result.reason : result.error.message).outcome
  }
}

/** A device that cannot confirm leaves a job that was sent: that is what the line says. */
function summaryWithProof(summary: string, proof: string): string {
  return proof === 'confirmed' ? summary : `${summary} (${proof}, not confirmed)`
}

function tellTrouble(job: JobContext, error: unknown): void {
  const message: JobError['message'] = error instanceof Error ? error.message : String(problem('internal'))
  job.log.warning(`What is known of the printer could not be recorded: ${message}`)
}
