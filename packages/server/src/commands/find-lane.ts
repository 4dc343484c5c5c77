import { type MoveJob, problem } from '@andon/core'
import { findLane, type JobRow, type Lane, type Store } from '@andon/store'
import { requireTarget } from './find-printer.ts'

/**
 * Where a job is to be moved: prints to printers and pools, other work to queues.
 *
 * @throws `queue_not_found`, `printer_not_found`, `validation_failed`
 */
export async function requireLaneToMoveTo(store: Store, job: JobRow, { printer, queue }: MoveJob): Promise<Lane> {
  if ((printer === undefined) === (queue === undefined)) {
    throw problem('validation_failed', {
      field: '/queue',
      detail: 'Name a queue or a printer',
      allowed: 'queue or printer',
    })
  }
  const isPrint = job.queue_kind !== 'queue'
  if (isPrint !== (printer !== undefined)) {
    const [field, allowed] = isPrint ? ['/queue', 'printer'] : ['/printer', 'queue']
    throw problem('validation_failed', {
      field,
      detail: isPrint ? 'A print moves to a printer' : 'This job moves to a queue',
      allowed,
    })
  }
  if (printer !== undefined) return printerOrPool(store, printer)
  const lane = await findLane(store, 'queue', queue ?? '')
  if (lane === null) throw problem('queue_not_found', { field: '/queue', detail: `There is no queue "${queue}"` })
  return lane
}

async function printerOrPool(store: Store, name: string): Promise<Lane> {
  return (await findLane(store, 'printer', name)) ?? (await requireTarget(store, name, 'printer'))
}
