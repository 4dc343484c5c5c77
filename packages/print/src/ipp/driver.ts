import {
  type DriverKind,
  type PrintDriver,
  type PrinterAddress,
  type PrinterStatus,
  type PrintItem,
  type PrintOutcome,
  type PrintReport,
  type PrintRequest,
  reasonOf,
} from '@andon/core'
import { pause } from '../pause.ts'
import { NAME_PREFIX } from '../queue/name.ts'
import { readSettings } from '../settings.ts'
import type { DeviceJob, IppPrinter } from './attributes.ts'
import { canBeNamed, isEarlierItem, isNamed } from './names.ts'
import { IppDevice, type IppRefusal, type NewDeviceJob } from './device.ts'
import { followJob } from './follow.ts'
import { announcedFormat, COMMAND_FORMATS } from './format.ts'
import type { IppAttributes } from './message.ts'
import { cancelOrphans, isOrphan } from './orphans.ts'
import { IPP_SETTINGS, type IppSettings } from './settings.ts'
import { probeDevice, refusalReason, silentStatus, troubleOf } from './trouble.ts'
import { judge } from './verdict.ts'

const REF_PREFIX = 'ipp:'
/** A printer that was seen well so recently is not asked again before the next item. */
const TRUSTED_MS = 2_000
const BUSY_POLL_MS = 500

/** One piece of work on its way through the driver. */
interface Work {
  readonly request: PrintRequest
  readonly report: PrintReport
  readonly signal: AbortSignal
  readonly printer: IppPrinter
}

/** Drives IPP printers and CUPS queues (RFC 8011): one device job for each item. */
export class IppDriver implements PrintDriver {
  readonly kind: DriverKind
  readonly batchSize = 1
  readonly #settings: IppSettings
  readonly #device: IppDevice
  /** How long the last job took that was printed, in milliseconds. */
  #usualMs: number | null = null
  #known: { readonly printer: IppPrinter; readonly seenAt: number } | null = null

  constructor(address: PrinterAddress, kind: DriverKind = 'ipp') {
    this.kind = kind
    this.#settings = readSettings(IPP_SETTINGS, address.settings)
    this.#device = new IppDevice(address.uri, this.#settings)
  }

  async status(signal: AbortSignal): Promise<PrinterStatus> {
    const answer = await this.#device.printer(signal)
    if (!answer.ok) return silentStatus(refusalReason(answer.refusal))
    const { status, isCups, deviceUri } = answer.value
    const isQueueIdle = status.state !== 'processing'
    const unreachable = isCups ? await probeDevice(deviceUri, { isQueueIdle }) : null
    if (unreachable !== null) return { ...status, state: 'offline', reasons: [unreachable, ...status.reasons] }
    const hidden = troubleOf(answer.value).filter((entry) => !status.reasons.some((r) => r.reason === entry.reason))
    return { ...status, reasons: [...hidden, ...status.reasons] }
  }

  async print(request: PrintRequest, report: PrintReport, signal: AbortSignal): Promise<PrintOutcome> {
    const item = onlyItem(request)
    if (signal.aborted) return { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
    const printer = await this.#readyPrinter(signal)
    if ('kind' in printer) return printer
    const formats = printer.status.capabilities?.formats ?? []
    const override = this.#settings.documentFormat
    const format = announcedFormat(item.format, { formats, isCups: printer.isCups, override })
    if (format === null) {
      const message = `The printer does not accept ${item.format}. It accepts ${formats.slice(0, 20).join(', ')}.`
      return { kind: 'failed', code: 'unsupported_format', message }
    }
    const job = newJob(request, { item, format, maxCopies: printer.maxCopies })
    if (job === null) {
      const message = `The printer makes at most ${printer.maxCopies} copies of a document, not ${item.copies}.`
      return { kind: 'failed', code: 'validation_failed', message }
    }
    const outcome = await this.#submit({ request, report, signal, printer }, job)
    if (outcome.kind !== 'printed') this.#known = null
    return outcome
  }

  async reattach(
    request: PrintRequest,
    externalRef: string | null,
    report: PrintReport,
    signal: AbortSignal,
  ): Promise<PrintOutcome> {
    const answer = await this.#answeringPrinter(report, signal)
    if ('kind' in answer) return answer
    const work = { request, report, signal, printer: answer }
    const id = externalRef?.startsWith(REF_PREFIX) === true ? Number(externalRef.slice(REF_PREFIX.length)) : null
    if (id !== null && Number.isSafeInteger(id)) {
      const job = await this.#device.job(id)
      if (job.ok && canBeNamed(job.value.name, request.name)) return this.#resume(work, job.value)
    }
    return this.#findByName(work)
  }

  async close(): Promise<void> {
    this.#device.close()
  }

  async #readyPrinter(signal: AbortSignal): Promise<IppPrinter | PrintOutcome> {
    if (this.#known !== null && Date.now() - this.#known.seenAt < TRUSTED_MS) return this.#known.printer
    const answer = await this.#device.printer(signal)
    if (!answer.ok) {
      if (answer.refusal.kind === 'aborted') return { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
      return { kind: 'stop-printer', reason: refusalReason(answer.refusal) }
    }
    const printer = answer.value
    const isQueueIdle = printer.status.state !== 'processing'
    const unreachable = printer.isCups ? await probeDevice(printer.deviceUri, { isQueueIdle }) : null
    const trouble = unreachable ?? troubleOf(printer)[0]
    if (trouble !== undefined) return { kind: 'stop-printer', reason: trouble }
    this.#known = { printer, seenAt: Date.now() }
    return printer
  }

  async #submit(work: Work, job: NewDeviceJob): Promise<PrintOutcome> {
    const hasCreateJob = work.printer.operations.size === 0 || work.printer.operations.has('Create-Job')
    return hasCreateJob ? this.#createAndSend(work, job) : this.#printAtOnce(work, job)
  }

  async #createAndSend(work: Work, job: NewDeviceJob): Promise<PrintOutcome> {
    const created = await this.#create(work, job)
    if (typeof created !== 'number') return created
    await work.report.ref(`${REF_PREFIX}${created}`)
    if (work.signal.aborted) {
      await this.#device.cancelJob(created, job.user)
      return { kind: 'cancelled', reason: 'Cancelled before the document was sent.' }
    }
    work.report.progress({ proof: 'none', state: 'sent' })
    const sent = await this.#device.sendDocument(created, job)
    if (sent.ok) {
      work.report.progress({ proof: 'accepted', state: 'queued' })
      return this.#follow(work, created)
    }
    return sent.refusal.kind === 'refused'
      ? this.#withdraw(work, created, sent.refusal)
      : this.#afterLostConnection(work, created, sent.refusal)
  }

  /** Create-Job, waiting while the device is busy. Returns the number of the device job, or how it ended. */
  async #create(work: Work, job: NewDeviceJob): Promise<number | PrintOutcome> {
    const startedAt = Date.now()
    let suspects = new Set<number>()
    for (;;) {
      const created = await this.#device.createJob(job, work.signal)
      if (created.ok) return created.value
      const { refusal } = created
      if (refusal.kind === 'aborted' || work.signal.aborted) {
        await cancelOrphans(this.#device, job.user, (other) => other.name === job.name)
        return { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
      }
      if (refusal.status !== 'server-error-busy') return this.#notCreated(refusal, job)
      if (Date.now() - startedAt >= this.#settings.busyTimeoutMs) {
        return { kind: 'retry', reason: refusalReason(refusal), afterMs: BUSY_POLL_MS }
      }
      work.report.progress({ proof: 'none', state: 'queued', message: refusal.message })
      suspects = await this.#clearWay(suspects, job.user)
      await pause(BUSY_POLL_MS, work.signal)
    }
  }

  /** Cancels jobs of ours that wait for a document since the last look already: they are what the device is busy with. */
  async #clearWay(suspects: ReadonlySet<number>, user: string): Promise<Set<number>> {
    const seen = new Set<number>()
    await cancelOrphans(this.#device, user, (job) => {
      if (job.name?.startsWith(NAME_PREFIX) !== true) return false
      seen.add(job.id)
      return suspects.has(job.id)
    })
    return seen
  }

  /** A job without a document prints nothing, so nothing came out, whatever became of Create-Job. */
  async #notCreated(refusal: IppRefusal, job: NewDeviceJob): Promise<PrintOutcome> {
    if (refusal.kind === 'refused') return refusedOutcome(refusal)
    if (refusal.dataLeft) await cancelOrphans(this.#device, job.user, (other) => other.name === job.name)
    return { kind: 'stop-printer', reason: refusalReason(refusal) }
  }

  /** The device answered that it does not take the document: its job must not stay and block the others. */
  async #withdraw(work: Work, id: number, refusal: IppRefusal): Promise<PrintOutcome> {
    await this.#device.cancelJob(id, work.request.user)
    const after = await this.#device.job(id)
    const isOver = after.ok && (after.value.state === 'canceled' || after.value.state === 'aborted')
    const hasPrinted = after.ok && (after.value.impressions ?? 0) > 0
    if (hasPrinted || (after.ok && !isOver && !isOrphan(after.value))) return this.#follow(work, id)
    return refusedOutcome(refusal)
  }

  async #afterLostConnection(work: Work, id: number, refusal: IppRefusal): Promise<PrintOutcome> {
    const job = await this.#device.job(id)
    if (job.ok && isOrphan(job.value)) {
      await this.#device.cancelJob(id, work.request.user)
      const after = await this.#device.job(id)
      if (after.ok && after.value.state === 'canceled') return { kind: 'retry', reason: refusalReason(refusal) }
    }
    return this.#follow(work, id)
  }

  async #printAtOnce(work: Work, job: NewDeviceJob): Promise<PrintOutcome> {
    work.report.progress({ proof: 'none', state: 'sent' })
    const answer = await this.#device.printJob(job)
    if (answer.ok) {
      await work.report.ref(`${REF_PREFIX}${answer.value}`)
      return this.#follow(work, answer.value)
    }
    const { refusal } = answer
    if (refusal.kind === 'refused') return refusedOutcome(refusal)
    return refusal.dataLeft ? this.#findByName(work) : { kind: 'stop-printer', reason: refusalReason(refusal) }
  }

  async #follow(work: Work, jobId: number): Promise<PrintOutcome> {
    const { request, report, signal, printer } = work
    const context = { device: this.#device, settings: this.#settings, printer, jobId, report, signal }
    const startedAt = Date.now()
    const outcome = await followJob({ ...context, name: request.name, user: request.user, usualMs: this.#usualMs })
    if (outcome.kind === 'printed') this.#usualMs = Date.now() - startedAt
    if (outcome.kind === 'failed') await this.#freeDevice(work)
    return outcome.kind === 'unconfirmed' ? ((await this.#provenBehind(work)) ?? outcome) : outcome
  }

  /** The device behind a queue keeps the job whose document it refused, and is busy with it until it is cancelled. */
  async #freeDevice(work: Work): Promise<void> {
    const { name, user } = work.request
    await this.#behind(work, (device) => cancelOrphans(device, user, (job) => isNamed(job.name, name)))
  }

  /** CUPS does not know, and the device behind it may: it got the job by the same name. */
  #provenBehind(work: Work): Promise<PrintOutcome | null> {
    return this.#behind(work, async (device) => {
      const answer = await device.jobs('all')
      if (!answer.ok) return null
      const witness = { isSpooler: false, canConfirm: this.#settings.confirms }
      const ours = answer.value.filter((job) => isNamed(job.name, work.request.name))
      return ours.map((job) => judge(job, witness)).find((outcome) => outcome?.kind === 'printed') ?? null
    })
  }

  /** Asks the device behind a queue of CUPS; null where there is none that speaks IPP. */
  async #behind<T>({ printer }: Work, ask: (device: IppDevice) => Promise<T>): Promise<T | null> {
    const { deviceUri } = printer
    if (deviceUri === null || !/^ipps?:/i.test(deviceUri) || !URL.canParse(deviceUri)) return null
    const device = new IppDevice(deviceUri, this.#settings)
    try {
      return await ask(device)
    } finally {
      device.close()
    }
  }

  /** The printer once it answers: an attempt that is taken up again waits for it, as the one before would have. */
  async #answeringPrinter(report: PrintReport, signal: AbortSignal): Promise<IppPrinter | PrintOutcome> {
    const startedAt = Date.now()
    for (;;) {
      const answer = await this.#device.printer()
      if (answer.ok) {
        report.trouble([])
        return answer.value
      }
      const trouble = refusalReason(answer.refusal)
      report.trouble([trouble])
      if (signal.aborted || Date.now() - startedAt >= this.#settings.confirmTimeoutMs) {
        return { kind: 'unconfirmed', reason: trouble }
      }
      await pause(this.#settings.followIntervalMs, signal)
    }
  }

  async #resume(work: Work, job: DeviceJob): Promise<PrintOutcome> {
    if (!isOrphan(job)) return this.#follow(work, job.id)
    await this.#device.cancelJob(job.id, work.request.user)
    const after = await this.#device.job(job.id)
    const words = 'The device never got the document.'
    if (after.ok && after.value.state === 'canceled') return { kind: 'retry', reason: reasonOf('job-aborted', words) }
    return this.#follow(work, job.id)
  }

  async #findByName(work: Work): Promise<PrintOutcome> {
    const answer = await this.#device.jobs('all')
    if (!answer.ok) return { kind: 'unconfirmed', reason: refusalReason(answer.refusal) }
    const { name } = work.request
    const found = answer.value.findLast((job) => isNamed(job.name, name))
    if (found !== undefined) {
      await work.report.ref(`${REF_PREFIX}${found.id}`)
      return this.#resume(work, found)
    }
    return answer.value.some((job) => isEarlierItem(job.name, name))
      ? {
          kind: 'retry',
          reason: reasonOf('job-aborted', 'The device knows the items before this one, and not this one.'),
        }
      : { kind: 'unconfirmed', reason: reasonOf('unconfirmed', 'The device knows no job of this name.') }
  }
}

function onlyItem(request: PrintRequest): PrintItem {
  const [item, ...others] = request.items
  if (item === undefined || others.length > 0) throw new RangeError('An IPP request carries exactly one item.')
  return item
}

/** Null when the device cannot make so many copies. */
function newJob(
  request: PrintRequest,
  with_: { item: PrintItem; format: string; maxCopies: number },
): NewDeviceJob | null {
  const { item, format, maxCopies } = with_
  const isRepeated = COMMAND_FORMATS.includes(item.format)
  if (!isRepeated && item.copies > maxCopies) return null
  const { media, sides, orientation } = request.options
  const template: IppAttributes = {
    ...(item.copies > 1 && !isRepeated ? { copies: item.copies } : {}),
    ...(media === null ? {} : { media }),
    ...(sides === null ? {} : { sides }),
    ...(orientation === null ? {} : { 'orientation-requested': orientation }),
  }
  const data = isRepeated && item.copies > 1 ? repeat(item.data, item.copies) : item.data
  return { name: request.name, user: request.user, format, template, data }
}

function repeat(data: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: times }, () => data))
}

/** What a refusal says about the item: client errors are its fault, server errors are the printer's. */
function refusedOutcome(refusal: IppRefusal): PrintOutcome {
  const status = refusal.status ?? ''
  if (status === 'client-error-document-format-not-supported') {
    return { kind: 'failed', code: 'unsupported_format', message: `The printer answered: ${refusal.message}` }
  }
  if (/^client-error-(not-authenticated|not-authorized|forbidden)$/.test(status)) {
    return { kind: 'stop-printer', reason: reasonOf('auth-required', refusal.message) }
  }
  if (status.startsWith('client-error')) {
    return { kind: 'failed', code: 'document_refused', message: `The printer answered: ${refusal.message}` }
  }
  if (status === 'server-error-not-accepting-jobs') return { kind: 'stop-printer', reason: refusalReason(refusal) }
  return { kind: 'retry', reason: refusalReason(refusal) }
}
