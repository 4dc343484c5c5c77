import type { Chance } from './chance.ts'
import { DEMO_POOL, DEMO_PRINTERS, DEMO_PRODUCTS } from './catalogue.ts'
import { boxReference, cartonLabel } from './labels.ts'

/** An order as the simulated ERP sends it to the print-server gateway. */
export interface DemoOrder {
  readonly printer: string
  readonly quantity: number
  readonly labels: readonly { zpl_code: string; box_number: string; lot_number: string }[]
  readonly job_metadata: { mo_reference: string; priority: 'high' | 'normal' | 'low' }
}

/** Batches above this make a newcomer wait too long for something to happen. */
const LARGEST_BATCH = 200

/** Makes up the next order. */
export function nextOrder(chance: Chance, orderNumber: number): DemoOrder {
  const order = `MO-${orderNumber}`
  const product = chance.oneOf(DEMO_PRODUCTS)
  const lot = `L${chance.between(100_000, 999_999)}`
  const quantity = chance.happens(0.15) ? LARGEST_BATCH : chance.between(12, 60)
  const labels = Array.from({ length: quantity }, (_, index) => ({
    zpl_code: cartonLabel({ order, product, lot, number: index + 1, of: quantity }),
    box_number: boxReference({ order, number: index + 1 }),
    lot_number: lot,
  }))
  // The pool has two printers, and the ERP knows it.
  const targets = [DEMO_POOL, DEMO_POOL, DEMO_POOL, DEMO_POOL, ...labelPrinters()]
  const priority = chance.happens(0.1) ? 'high' : chance.happens(0.15) ? 'low' : 'normal'
  return {
    printer: chance.oneOf(targets),
    quantity,
    labels,
    job_metadata: { mo_reference: order, priority },
  }
}

function labelPrinters(): string[] {
  return DEMO_PRINTERS.filter(({ kind, pool }) => kind === 'label' && pool === null).map(({ name }) => name)
}

/** Talks to the gateway as an ERP module does. */
export class DemoErp {
  readonly #url: string
  readonly #token: string

  constructor(options: { readonly serverUrl: string; readonly token: string }) {
    this.#url = `${options.serverUrl}/gateways/print-server`
    this.#token = options.token
  }

  /** Jobs that wait at all printers together, as the gateway counts them. */
  async waiting(signal: AbortSignal): Promise<number> {
    const answer = await this.#call('GET', '/api/printers', { signal })
    const { printers } = (await answer.json()) as { printers: { jobs_in_queue: number }[] }
    return printers.reduce((sum, printer) => sum + printer.jobs_in_queue, 0)
  }

  /** @throws Error with the gateway's words when the order is refused */
  async send(order: DemoOrder, signal: AbortSignal): Promise<void> {
    const answer = await this.#call('POST', '/api/print', { signal, body: JSON.stringify(order) })
    if (!answer.ok) throw new Error(`the gateway refused an order: ${answer.status} ${await answer.text()}`)
  }

  #call(method: string, path: string, init: { signal: AbortSignal; body?: string }): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      ...init,
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
    })
  }
}
