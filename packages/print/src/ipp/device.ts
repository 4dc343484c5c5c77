import type { Proof } from '@andon/core'
import {
  type DeviceJob,
  type IppPrinter,
  JOB_ATTRIBUTES,
  PRINTER_ATTRIBUTES,
  readJob,
  readPrinter,
} from './attributes.ts'
import { IppClient, type IppFailure } from './client.ts'
import {
  integer,
  integers,
  type IppAttributes,
  type IppMessage,
  isSuccess,
  shorten,
  string,
  strings,
} from './message.ts'
import type { IppSettings } from './settings.ts'

/** Why an operation was not done: no answer, or one that refuses (`refused`, then with its status keyword). */
export interface IppRefusal {
  readonly kind: IppFailure['kind'] | 'refused'
  /** Keyword such as `client-error-document-format-not-supported`; null when there was no answer. */
  readonly status: string | null
  readonly message: string
  readonly dataLeft: boolean
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: IppRefusal }

/** What a new device job is made of. */
export interface NewDeviceJob {
  readonly name: string
  readonly user: string
  readonly format: string
  /** Job template attributes such as `copies` and `media`. */
  readonly template: IppAttributes
  readonly data: Uint8Array
}

/** Longest list of jobs that is asked for. */
const JOB_LIMIT = 500

/** The operations of one IPP printer or CUPS queue. */
export class IppDevice {
  readonly #client: IppClient
  readonly #settings: IppSettings
  readonly #proof: Proof

  constructor(uri: string, settings: IppSettings) {
    this.#settings = settings
    this.#proof = settings.confirms ? 'confirmed' : 'accepted'
    this.#client = new IppClient({
      uri,
      username: settings.username,
      password: settings.password,
      acceptSelfSigned: settings.acceptSelfSigned,
      timeoutMs: settings.requestTimeoutMs,
    })
  }

  close(): void {
    this.#client.close()
  }

  async printer(signal?: AbortSignal): Promise<Answer<IppPrinter>> {
    const attributes = { 'requested-attributes': PRINTER_ATTRIBUTES }
    const answer = await this.#ask('Get-Printer-Attributes', attributes, signal === undefined ? {} : { signal })
    if (!answer.ok) return answer
    const printer = answer.value.printers[0]
    if (printer === undefined || string(printer, 'printer-state') === null) {
      return refuse({ kind: 'not_ipp', status: null, message: 'The answer holds no printer.', dataLeft: true })
    }
    return { ok: true, value: readPrinter(printer, this.#proof) }
  }

  /** The versions of IPP that the printer says it speaks, such as `2.0`. */
  async versions(signal: AbortSignal): Promise<Answer<readonly string[]>> {
    const attributes = { 'requested-attributes': ['ipp-versions-supported'] }
    const answer = await this.#ask('Get-Printer-Attributes', attributes, { signal })
    return answer.ok ? { ok: true, value: strings(answer.value.printers[0] ?? {}, 'ipp-versions-supported') } : answer
  }

  async job(id: number): Promise<Answer<DeviceJob>> {
    const answer = await this.#ask('Get-Job-Attributes', { 'job-id': id, 'requested-attributes': JOB_ATTRIBUTES })
    if (!answer.ok) return answer
    const job = answer.value.jobs[0]
    return job === undefined
      ? refuse({ kind: 'not_ipp', status: null, message: 'The answer holds no job.', dataLeft: true })
      : { ok: true, value: { ...readJob(job), id } }
  }

  /** Jobs that the device still knows; newest last where the device orders them so. */
  async jobs(which: 'all' | 'not-completed'): Promise<Answer<DeviceJob[]>> {
    const attributes = { limit: JOB_LIMIT, 'which-jobs': which, 'requested-attributes': JOB_ATTRIBUTES }
    const answer = await this.#ask('Get-Jobs', attributes)
    return answer.ok ? { ok: true, value: answer.value.jobs.map(readJob) } : answer
  }

  /** Create-Job: makes a device job without a document; nothing is printed by it. Returns its number. */
  async createJob(job: NewDeviceJob, signal: AbortSignal): Promise<Answer<number>> {
    const attributes = { 'requesting-user-name': shorten(job.user), 'job-name': shorten(job.name) }
    const answer = await this.#ask('Create-Job', attributes, { template: job.template, signal })
    return answer.ok ? jobNumber(answer.value) : answer
  }

  /** Send-Document: from here on paper may move. */
  async sendDocument(id: number, job: NewDeviceJob): Promise<Answer<void>> {
    const attributes = {
      'job-id': id,
      'requesting-user-name': shorten(job.user),
      'document-name': shorten(job.name),
      'document-format': job.format,
      'last-document': true,
    }
    const answer = await this.#ask('Send-Document', attributes, { data: job.data })
    return answer.ok ? { ok: true, value: undefined } : answer
  }

  /** Print-Job, for devices without Create-Job. */
  async printJob(job: NewDeviceJob): Promise<Answer<number>> {
    const attributes = {
      'requesting-user-name': shorten(job.user),
      'job-name': shorten(job.name),
      'document-format': job.format,
    }
    const answer = await this.#ask('Print-Job', attributes, { template: job.template, data: job.data })
    return answer.ok ? jobNumber(answer.value) : answer
  }

  async cancelJob(id: number, user: string): Promise<Answer<void>> {
    const answer = await this.#ask('Cancel-Job', { 'job-id': id, 'requesting-user-name': shorten(user) })
    return answer.ok ? { ok: true, value: undefined } : answer
  }

  /** Create-Job-Subscription for the events of one job, fetched with Get-Notifications (RFC 3995, RFC 3996). */
  async subscribe(jobId: number, user: string): Promise<Answer<number>> {
    const subscription = {
      'notify-pull-method': 'ippget',
      'notify-events': ['job-state-changed', 'job-progress', 'job-completed', 'printer-state-changed'],
    }
    const attributes = { 'requesting-user-name': shorten(user), 'notify-job-id': jobId }
    const answer = await this.#ask('Create-Job-Subscription', attributes, { subscription })
    if (!answer.ok) return answer
    const id = answer.value.subscriptions[0] && integer(answer.value.subscriptions[0], 'notify-subscription-id')
    return id === null || id === undefined
      ? refuse({ kind: 'refused', status: null, message: 'No subscription was made.', dataLeft: true })
      : { ok: true, value: id }
  }

  /** Cancel-Subscription: CUPS keeps those of ended jobs with its history, and takes only so many. */
  async unsubscribe(subscriptionId: number, user: string): Promise<void> {
    const attributes = { 'requesting-user-name': shorten(user), 'notify-subscription-id': subscriptionId }
    await this.#ask('Cancel-Subscription', attributes)
  }

  /** Sequence numbers of the events from `from` on. */
  async events(subscriptionId: number, from: number): Promise<Answer<number[]>> {
    const attributes = { 'notify-subscription-ids': [subscriptionId], 'notify-sequence-numbers': [from] }
    const answer = await this.#ask('Get-Notifications', attributes)
    if (!answer.ok) return answer
    return { ok: true, value: answer.value.events.flatMap((event) => integers(event, 'notify-sequence-number')) }
  }

  async #ask(operation: string, attributes: IppAttributes, options: AskOptions = {}): Promise<Answer<IppMessage>> {
    const { template, subscription, data, signal } = options
    const result = await this.#client.send(
      {
        operation,
        operationAttributes: { 'printer-uri': this.#client.printerUri, ...attributes },
        ...(template === undefined ? {} : { jobAttributes: template }),
        ...(subscription === undefined ? {} : { subscriptionAttributes: subscription }),
        ...(data === undefined ? {} : { data }),
      },
      { timeoutMs: this.#settings.requestTimeoutMs, ...(signal === undefined ? {} : { signal }) },
    )
    if (!result.ok) return refuse({ ...result.failure, status: null })
    const { status, operationAttributes } = result.message
    if (isSuccess(status)) return { ok: true, value: result.message }
    const words = string(operationAttributes, 'status-message') ?? status
    return refuse({ kind: 'refused', status, message: words, dataLeft: true })
  }
}

interface AskOptions {
  readonly template?: IppAttributes
  readonly subscription?: IppAttributes
  readonly data?: Uint8Array
  readonly signal?: AbortSignal
}

function jobNumber(message: IppMessage): Answer<number> {
  const id = message.jobs[0] === undefined ? null : integer(message.jobs[0], 'job-id')
  return id === null
    ? refuse({
        kind: 'not_ipp',
        status: null,
        message: 'The printer took a job and gave it no number.',
        dataLeft: true,
      })
    : { ok: true, value: id }
}

function refuse(refusal: IppRefusal): { ok: false; refusal: IppRefusal } {
  return { ok: false, refusal }
}
