import { type CreatePrint, problem } from '@andon/core'
import { type CreatedJob, findLane } from '@andon/store'
import type { Static } from 'typebox'
import { createPrint, MAX_ITEMS } from '../../commands/create-print.ts'
import type { ServerContext } from '../../context.ts'
import type { Actor } from '../../policies/actor.ts'
import type { PrintRequest } from './schemas.ts'

type Order = Static<typeof PrintRequest>
type Label = Order['labels'][number]

export interface TheirOrder {
  readonly body: Order
  readonly idempotencyKey: string | null
}

/** Translates a batch into a print job: one label with a quantity is that many labels. */
export async function orderPrint(
  context: ServerContext,
  actor: Actor,
  { body, idempotencyKey }: TheirOrder,
): Promise<CreatedJob> {
  const labels = labelsOf(body)
  const lane = await findLane(context.store, 'printer', body.printer)
  const { mo_reference: reference, priority } = body.job_metadata ?? {}
  const print: CreatePrint = {
    ...(lane?.kind === 'pool' ? { pool: body.printer } : { printer: body.printer }),
    type: 'print.label',
    items: labels.map((label) => ({ zpl: label.zpl_code, ...refOf(label) })),
    priority: priority ?? 'normal',
    ...(reference
      ? {
          subject: { type: 'manufacturing_order', id: reference },
          description: `${reference}: ${labels.length} labels`,
        }
      : {}),
  }
  return createPrint(context, actor, { body: print, idempotencyKey, itemData: labels.map(notesOf) })
}

function labelsOf({ labels, ...order }: Order): Label[] {
  const quantity = order.quantity ?? labels.length
  const [first] = labels
  if (labels.length === 1 && first && quantity > 1)
    return Array.from({ length: Math.min(quantity, MAX_ITEMS + 1) }, () => first)
  if (quantity === labels.length || labels.length === 0) return labels
  throw problem('validation_failed', {
    field: '/quantity',
    detail: `quantity is ${quantity}, and there are ${labels.length} labels`,
    allowed: `${labels.length}`,
  })
}

function refOf({ box_number: box, lot_number: lot }: Label): { ref?: string } {
  const ref = box ?? lot ?? ''
  return ref === '' ? {} : { ref: String(ref) }
}

/** What came with a label and is kept with its item, though nothing prints it. */
function notesOf({ box_number, lot_number, metadata }: Label): unknown {
  const notes = { box_number, lot_number, metadata }
  return Object.values(notes).some((note) => note !== undefined && note !== null) ? notes : null
}
