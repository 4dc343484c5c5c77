import { DOCUMENT_FORMATS } from '../document/formats.ts'
import { integer, type IppAttributes, type IppMessage, type IppReplyMessage, string } from '../ipp/message.ts'
import { isOver, type PrintMachine, type VirtualJob } from './machine.ts'

/** What the operations need to know of their printer. */
export interface VirtualContext {
  readonly machine: PrintMachine
  readonly name: string
  readonly model: string
  readonly uri: string
  readonly formats: readonly string[]
  readonly media: readonly string[]
  readonly supplies: ReadonlyMap<string, number>
  /** `openly`: answered with an error. `silently`: taken, and reported as completed though nothing comes out. */
  readonly refuses: 'nothing' | 'openly' | 'silently'
  readonly isBusy: boolean
  /** False for a simple printer that knows Print-Job only. */
  readonly hasCreateJob: boolean
  readonly identify: () => void
}

type Handler = (context: VirtualContext, request: IppMessage) => IppReplyMessage

const OPERATIONS: Readonly<Record<string, Handler>> = {
  'Print-Job': printJob,
  'Validate-Job': validateJob,
  'Create-Job': createJob,
  'Send-Document': sendDocument,
  'Cancel-Job': cancelJob,
  'Get-Job-Attributes': getJobAttributes,
  'Get-Jobs': getJobs,
  'Get-Printer-Attributes': (context, request) => reply(request, { printers: [printerAttributes(context)] }),
  'Identify-Printer': (context, request) => {
    context.identify()
    return reply(request)
  },
}

/** Formats that a virtual printer takes unless told otherwise. */
export const VIRTUAL_FORMATS: readonly string[] = Object.values(DOCUMENT_FORMATS)

/** Answers one request as an IPP/2.0 printer (RFC 8011). */
export function answer(context: VirtualContext, request: IppMessage): IppReplyMessage {
  const name = operationsOf(context).find((operation) => operation === request.operation)
  const handler = name === undefined ? undefined : OPERATIONS[name]
  if (handler === undefined)
    return fail(request, 'server-error-operation-not-supported', 'This operation is not supported.')
  return handler(context, request)
}

function operationsOf(context: VirtualContext): string[] {
  const isKnown = (name: string): boolean => context.hasCreateJob || (name !== 'Create-Job' && name !== 'Send-Document')
  return Object.keys(OPERATIONS).filter(isKnown)
}

function printJob(context: VirtualContext, request: IppMessage): IppReplyMessage {
  const refusal = refuse(context, request)
  if (refusal !== null) return refusal
  const job = newJob(context, request)
  take(context, job, request)
  return reply(request, { jobs: [jobAttributes(context, job)] })
}

function validateJob(context: VirtualContext, request: IppMessage): IppReplyMessage {
  return refuse(context, request) ?? reply(request)
}

function createJob(context: VirtualContext, request: IppMessage): IppReplyMessage {
  if (context.isBusy) return fail(request, 'server-error-busy', 'Currently printing another job.')
  return reply(request, { jobs: [jobAttributes(context, newJob(context, request))] })
}

function sendDocument(context: VirtualContext, request: IppMessage): IppReplyMessage {
  const job = findJob(context, request)
  if (job === null) return fail(request, 'client-error-not-found', 'Job does not exist.')
  if (job.document !== null || isOver(job))
    return fail(request, 'client-error-not-possible', 'Job has its document already.')
  const refusal = refuse(context, request)
  if (refusal !== null) return refusal
  take(context, job, request)
  return reply(request, { jobs: [jobAttributes(context, job)] })
}

function cancelJob(context: VirtualContext, request: IppMessage): IppReplyMessage {
  const job = findJob(context, request)
  if (job === null) return fail(request, 'client-error-not-found', 'Job does not exist.')
  if (context.machine.cancel(job, 'job-canceled-by-user')) return reply(request)
  return fail(request, 'client-error-not-possible', `Job is already ${job.state}.`)
}

function getJobAttributes(context: VirtualContext, request: IppMessage): IppReplyMessage {
  const job = findJob(context, request)
  if (job === null) return fail(request, 'client-error-not-found', 'Job does not exist.')
  return reply(request, { jobs: [jobAttributes(context, job)] })
}

function getJobs(context: VirtualContext, request: IppMessage): IppReplyMessage {
  const which = string(request.operationAttributes, 'which-jobs') ?? 'not-completed'
  const limit = integer(request.operationAttributes, 'limit') ?? 500
  const jobs = [...context.machine.jobs.values()].filter(
    (job) => which === 'all' || isOver(job) === (which === 'completed'),
  )
  return reply(request, { jobs: jobs.slice(-Math.max(1, limit)).map((job) => jobAttributes(context, job)) })
}

function refuse(context: VirtualContext, request: IppMessage): IppReplyMessage | null {
  const format = string(request.operationAttributes, 'document-format')
  if (context.refuses === 'openly') {
    return fail(request, 'client-error-document-format-error', 'Unable to process document.')
  }
  if (format === null || context.formats.includes(format)) return null
  return fail(request, 'client-error-document-format-not-supported', `Unsupported document-format "${format}".`)
}

function newJob(context: VirtualContext, request: IppMessage): VirtualJob {
  const name = string(request.operationAttributes, 'job-name') ?? 'Untitled'
  const user = string(request.operationAttributes, 'requesting-user-name') ?? 'anonymous'
  const copies = integer(request.jobs[0] ?? {}, 'copies') ?? 1
  return context.machine.create(name, user, Math.min(999, Math.max(1, copies)))
}

function take(context: VirtualContext, job: VirtualJob, request: IppMessage): void {
  if (context.refuses === 'silently') return context.machine.pretend(job)
  const format = string(request.operationAttributes, 'document-format') ?? 'application/octet-stream'
  context.machine.submit(job, Buffer.from(request.data), format)
}

function findJob(context: VirtualContext, request: IppMessage): VirtualJob | null {
  const byUri = /\/(\d+)$/.exec(string(request.operationAttributes, 'job-uri') ?? '')?.[1]
  const id = integer(request.operationAttributes, 'job-id') ?? Number(byUri)
  return context.machine.jobs.get(id) ?? null
}

function jobAttributes(context: VirtualContext, job: VirtualJob): IppAttributes {
  return {
    'job-id': job.id,
    'job-uri': `${context.uri}/${job.id}`,
    'job-name': job.name,
    'job-originating-user-name': job.user,
    'job-state': job.state,
    'job-state-reasons': job.reasons,
    'job-state-message': job.message,
    'number-of-documents': job.state === 'pending-held' ? 0 : 1,
    'job-impressions': job.sheets,
    'job-impressions-completed': job.sheetsDone,
    'job-media-sheets-completed': job.sheetsDone,
    ...(job.hasStarted ? { 'time-at-processing': job.id } : {}),
  }
}

function printerAttributes(context: VirtualContext): IppAttributes {
  const { machine, supplies } = context
  const reasons = machine.reasons
  return {
    'printer-uri-supported': context.uri,
    'uri-security-supported': 'none',
    'uri-authentication-supported': 'none',
    'printer-name': context.name,
    'printer-info': context.name,
    'printer-make-and-model': context.model,
    'printer-state': machine.state,
    'printer-state-reasons': reasons.length === 0 ? ['none'] : reasons,
    'printer-state-message': machine.isStopped ? `Needs attention: ${reasons.join(', ')}.` : 'Ready.',
    'printer-is-accepting-jobs': true,
    'queued-job-count': machine.queuedJobs,
    'ipp-versions-supported': ['1.1', '2.0'],
    'operations-supported': operationsOf(context),
    'charset-configured': 'utf-8',
    'document-format-supported': context.formats,
    'media-supported': context.media,
    'sides-supported': ['one-sided'],
    'color-supported': false,
    // Nested, since the codec takes the outer list for several values.
    'copies-supported': [[1, 999]],
    ...(supplies.size === 0 ? {} : { 'marker-names': [...supplies.keys()], 'marker-levels': [...supplies.values()] }),
  }
}

function reply(
  request: IppMessage,
  groups: { jobs?: readonly IppAttributes[]; printers?: readonly IppAttributes[] } = {},
): IppReplyMessage {
  return { status: 'successful-ok', id: request.id, ...groups }
}

function fail(request: IppMessage, status: string, message: string): IppReplyMessage {
  return { status, id: request.id, message }
}
