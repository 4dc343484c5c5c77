import { callIpp, GROUP, type IppField, type IppGroup, numberOf, OPERATION, textOf, textsOf, VALUE } from './ipp.ts'

/** A queue of CUPS as it is now. */
export interface CupsQueue {
  readonly name: string
  /** Address of the device behind it. */
  readonly deviceUri: string
  readonly model: string
  readonly state: string
  readonly reasons: readonly string[]
  /** Names such as `iso_a4_210x297mm`. */
  readonly media: readonly string[]
  /** Keywords of its trays. */
  readonly trays: readonly string[]
}

/** What CUPS notified of: a change of a printer, or of one of its jobs when there is a `job`. */
export interface CupsEvent {
  readonly printer: string
  readonly state: string
  readonly reasons: readonly string[]
  readonly job: { readonly id: number; readonly name: string } | null
}

/** A document to spool. */
export interface CupsDocument {
  readonly jobName: string
  /** MIME type; `application/vnd.cups-raw` goes to the device as it is. */
  readonly format: string
  readonly copies: number
  readonly data: Uint8Array
}

const PRINTER_STATES: Readonly<Record<number, string>> = { 3: 'idle', 4: 'processing', 5: 'stopped' }
const JOB_STATES: Readonly<Record<number, string>> = {
  3: 'pending',
  4: 'pending-held',
  5: 'processing',
  6: 'processing-stopped',
  7: 'canceled',
  8: 'aborted',
  9: 'completed',
}
const EVENTS = ['job-created', 'job-state-changed', 'job-completed', 'printer-state-changed'] as const
const QUEUE_ATTRIBUTES = [
  'printer-name',
  'device-uri',
  'printer-make-and-model',
  'printer-state',
  'printer-state-reasons',
  'media-supported',
  'media-source-supported',
] as const
const USER: IppField = [VALUE.name, 'requesting-user-name', 'qz']

/** What the stand-in asks of the cupsd at an address such as `ipp://127.0.0.1:6631/`. */
export class Cups {
  readonly #uri: string
  readonly #address: URL

  constructor(uri: string) {
    this.#uri = uri
    this.#address = new URL(uri.replace(/^ipp:/, 'http:'))
  }

  /** All queues, by name. */
  async queues(): Promise<CupsQueue[]> {
    const fields: IppField[] = [USER, [VALUE.keyword, 'requested-attributes', ...QUEUE_ATTRIBUTES]]
    const groups = await callIpp(this.#address, { operation: OPERATION.getPrinters, fields })
    return groups.filter(({ tag }) => tag === GROUP.printer).map(toQueue)
  }

  /** Name of the queue that is used when none is named; null when there is none. */
  async defaultQueue(): Promise<string | null> {
    const fields: IppField[] = [[VALUE.keyword, 'requested-attributes', 'printer-name']]
    const groups = await callIpp(this.#address, { operation: OPERATION.getDefault, fields }).catch(() => [])
    return textOf(
      groups.find(({ tag }) => tag === GROUP.printer),
      'printer-name',
    )
  }

  /** Spools a document; its job has the number that is returned. It is held for the moment until its data is there. */
  async print(queue: string, document: CupsDocument): Promise<number> {
    const target: IppField[] = [[VALUE.uri, 'printer-uri', `${this.#uri}printers/${encodeURIComponent(queue)}`], USER]
    const name: IppField = [VALUE.name, 'job-name', document.jobName]
    const copies: IppField = [VALUE.integer, 'copies', document.copies]
    const created = await callIpp(this.#address, {
      operation: OPERATION.createJob,
      fields: [...target, name],
      group: { tag: GROUP.job, fields: [copies] },
    })
    const id = numberOf(
      created.find(({ tag }) => tag === GROUP.job),
      'job-id',
    )
    const format: IppField = [VALUE.mime, 'document-format', document.format]
    const [printerUri, ...others] = target
    await callIpp(this.#address, {
      operation: OPERATION.sendDocument,
      fields: [
        ...(printerUri === undefined ? [] : [printerUri]),
        [VALUE.integer, 'job-id', id],
        ...others,
        format,
        [VALUE.boolean, 'last-document', 1],
      ],
      data: document.data,
    })
    return id
  }

  /** Cancels a job. */
  async cancel(job: number): Promise<void> {
    await callIpp(this.#address, {
      operation: OPERATION.cancelJob,
      fields: [[VALUE.uri, 'printer-uri', this.#uri], [VALUE.integer, 'job-id', job], USER],
    })
  }

  /** Asks for events of all queues from now on; returns the number of the subscription. */
  async subscribe(): Promise<number> {
    const groups = await callIpp(this.#address, {
      operation: OPERATION.createSubscription,
      fields: [[VALUE.uri, 'printer-uri', this.#uri], USER],
      group: {
        tag: GROUP.subscription,
        fields: [
          [VALUE.keyword, 'notify-pull-method', 'ippget'],
          [VALUE.keyword, 'notify-events', ...EVENTS],
        ],
      },
    })
    return numberOf(
      groups.find(({ tag }) => tag === GROUP.subscription),
      'notify-subscription-id',
    )
  }

  /** Ends a subscription, of which CUPS takes only so many. */
  async unsubscribe(subscription: number): Promise<void> {
    await callIpp(this.#address, {
      operation: OPERATION.cancelSubscription,
      fields: [[VALUE.uri, 'printer-uri', this.#uri], USER, [VALUE.integer, 'notify-subscription-id', subscription]],
    })
  }

  /** Events of a subscription after the sequence number `last`, oldest first, and the number of the newest. */
  async events(subscription: number, last: number): Promise<{ events: CupsEvent[]; last: number }> {
    const groups = await callIpp(this.#address, {
      operation: OPERATION.getNotifications,
      fields: [
        [VALUE.uri, 'printer-uri', this.#uri],
        USER,
        [VALUE.integer, 'notify-subscription-ids', subscription],
        [VALUE.integer, 'notify-sequence-numbers', last + 1],
      ],
    })
    const notified = groups.filter(({ tag }) => tag === GROUP.event)
    const numbers = notified.map((group) => numberOf(group, 'notify-sequence-number'))
    return { events: notified.map(toEvent), last: Math.max(last, ...numbers) }
  }
}

function toQueue(group: IppGroup): CupsQueue {
  return {
    name: textOf(group, 'printer-name') ?? '',
    deviceUri: textOf(group, 'device-uri') ?? '',
    model: textOf(group, 'printer-make-and-model') ?? '',
    state: PRINTER_STATES[numberOf(group, 'printer-state')] ?? 'unknown',
    reasons: textsOf(group, 'printer-state-reasons'),
    media: textsOf(group, 'media-supported'),
    trays: textsOf(group, 'media-source-supported'),
  }
}

function toEvent(group: IppGroup): CupsEvent {
  const printer = textOf(group, 'printer-name') ?? ''
  const isJob = textOf(group, 'notify-subscribed-event')?.startsWith('job') === true
  if (!isJob) {
    const state = PRINTER_STATES[numberOf(group, 'printer-state')] ?? 'unknown'
    return { printer, state, reasons: textsOf(group, 'printer-state-reasons'), job: null }
  }
  return {
    printer,
    state: JOB_STATES[numberOf(group, 'job-state')] ?? 'unknown',
    reasons: textsOf(group, 'job-state-reasons'),
    job: { id: numberOf(group, 'notify-job-id'), name: textOf(group, 'job-name') ?? '' },
  }
}
