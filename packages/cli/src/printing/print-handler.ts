import { type JobError, type PrintInput, type PrintOptions, problem } from '@andon/core'
import { type PrinterFleet, type QueueResult, runPrintJob, splitSettings } from '@andon/print'
import { confirmPrint, type Store } from '@andon/store'
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
import { itemDataOf } from './item-data.ts'
import { openJobPort } from './job-port.ts'

/** Types that printers take. */
export const PRINT_TYPES = ['print.label', 'print.document'] as const

/** A batch confirms several items a second: its printer's last confirmed print is written at most so often. */
const NOTE_CONFIRMED_MS = 5_000

/** Runs a claimed print job on the printer whose lane holds it. */
export function printHandler(store: Store, fleet: PrinterFleet): Handler {
  return async (job) => {
    const printerId = job.claimed.laneId
    const member = fleet.printers.find(({ id }) => id === printerId)
    const driver = fleet.driver(printerId)
    const watch = fleet.watch(printerId)
    if (!member || !driver || !watch) return giveBack('This process no longer drives the printer.')

    const input = job.input as PrintInput
    let notedAt = 0
    const noteConfirmed = () => {
      if (Date.now() - notedAt < NOTE_CONFIRMED_MS) return
      notedAt = Date.now()
      void confirmPrint(store, printerId, new Date()).catch((error) => tellTrouble(job, error))
    }
    let told = Promise.resolve()
    const port = await openJobPort({
      job,
      printerId,
      copies: input.copies,
      dataOf: itemDataOf(store, input),
      onTrouble: (reasons) => {
        told = watch.troubled(reasons).catch((error) => tellTrouble(job, error))
      },
      onConfirmed: noteConfirmed,
    })
    const held = {
      jobId: job.id,
      attempt: job.attempt,
      user: job.claimed.createdBy,
      options: printOptions(input),
    }
    const { onUnconfirmed } = splitSettings(member.address.settings).printer
    watch.runStarted()
    try {
      const result = await runPrintJob(held, port, { driver, options: { ...stopSignals(job), onUnconfirmed } })
      // A job that is given back before its printer's queue stands still would be claimed by it at once.
      await told
      if (result.counts.proof === 'confirmed') await confirmPrint(store, printerId, new Date())
      return toDecision(job, result, printerId)
    } finally {
      watch.runEnded()
    }
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
