import ipp from '@sealsystems/ipp'
import { checkStructure, IppFormatError } from './guard.ts'

/** Attributes of one group by name. Values are strings, numbers, booleans, dates, collections, or lists of these. */
export type IppAttributes = Readonly<Record<string, unknown>>

/** A request to be sent; operations and attributes by their names in RFC 8011. */
export interface IppRequest {
  readonly operation: string
  readonly operationAttributes: IppAttributes
  readonly jobAttributes?: IppAttributes
  readonly subscriptionAttributes?: IppAttributes
  /** The document, for Print-Job and Send-Document. */
  readonly data?: Uint8Array
}

/** A message that was received. A request has an `operation`, a response a `status`. */
export interface IppMessage {
  /** Name of the operation when the code is one; null otherwise. Requests and responses share a range of codes. */
  readonly operation: string | null
  /** Keyword of the status code, such as `successful-ok`; `status-0x0999` when it is unknown. */
  readonly status: string
  readonly id: number
  readonly version: string
  readonly operationAttributes: IppAttributes
  readonly jobs: readonly IppAttributes[]
  readonly printers: readonly IppAttributes[]
  readonly subscriptions: readonly IppAttributes[]
  readonly events: readonly IppAttributes[]
  /** What follows the attributes; empty when nothing does. */
  readonly data: Buffer
}

/** A response to be sent, for the virtual printer. */
export interface IppReplyMessage {
  readonly status: string
  readonly id: number
  readonly message?: string
  readonly jobs?: readonly IppAttributes[]
  readonly printers?: readonly IppAttributes[]
}

// Cancel-Subscription names its subscription among the operation attributes (RFC 3995 §11.2.7), where the codec's table
// does not have it.
const SUBSCRIPTION_ID = 'notify-subscription-id'
ipp.attributes.Operation[SUBSCRIPTION_ID] = ipp.attributes['Subscription Description'][SUBSCRIPTION_ID]

const CHARSET: IppAttributes = { 'attributes-charset': 'utf-8', 'attributes-natural-language': 'en' }
/** IPP names and texts have at most this many octets (RFC 8011 §5.1.3); text may be longer, but nobody shows it. */
const MAX_NAME_BYTES = 255

/** The bytes of a request, document included. */
export function encodeRequest(request: IppRequest, id: number): Buffer {
  const message: Record<string, unknown> = {
    version: '2.0',
    operation: request.operation,
    id,
    'operation-attributes-tag': { ...CHARSET, ...request.operationAttributes },
  }
  if (request.jobAttributes !== undefined) message['job-attributes-tag'] = request.jobAttributes
  if (request.subscriptionAttributes !== undefined) {
    message['subscription-attributes-tag'] = request.subscriptionAttributes
  }
  if (request.data !== undefined) message['data'] = Buffer.from(request.data)
  return ipp.serialize(message)
}

/** The bytes of a response. */
export function encodeReply(reply: IppReplyMessage): Buffer {
  const text = reply.message === undefined ? {} : { 'status-message': shorten(reply.message) }
  const message: Record<string, unknown> = {
    version: '2.0',
    statusCode: reply.status,
    id: reply.id,
    'operation-attributes-tag': { ...CHARSET, ...text },
  }
  if (reply.jobs !== undefined && reply.jobs.length > 0) message['job-attributes-tag'] = reply.jobs
  if (reply.printers !== undefined) message['printer-attributes-tag'] = reply.printers
  return ipp.serialize(message)
}

/**
 * Reads a message.
 *
 * @throws IppFormatError when the bytes are not a whole IPP message.
 */
export function decodeMessage(bytes: Buffer): IppMessage {
  const dataAt = checkStructure(bytes)
  const parsed = parse(bytes.subarray(0, dataAt))
  const code = bytes.readUInt16BE(2)
  return {
    operation: operationName(code),
    status: ipp.statusCodes.lookup[code] ?? `status-0x${code.toString(16).padStart(4, '0')}`,
    id: bytes.readInt32BE(4),
    version: `${bytes[0]}.${bytes[1]}`,
    operationAttributes: groups(parsed, 'operation-attributes-tag')[0] ?? {},
    jobs: groups(parsed, 'job-attributes-tag'),
    printers: groups(parsed, 'printer-attributes-tag'),
    subscriptions: groups(parsed, 'subscription-attributes-tag'),
    events: groups(parsed, 'event-notification-attributes-tag'),
    data: bytes.subarray(dataAt),
  }
}

/** Whether a status says that the operation was done (RFC 8011 §4.1.6.1: codes below 0x0100). */
export function isSuccess(status: string): boolean {
  return status.startsWith('successful-ok')
}

/** The values of an attribute that are strings, in order; empty when it is absent. Languages are cut off. */
export function strings(attributes: IppAttributes, name: string): string[] {
  const value = attributes[name]
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((entry) => typeof entry === 'string').map((entry) => entry.slice(entry.indexOf('\u001e') + 1))
}

/** The first string of an attribute; null when it is absent, empty, or no string. */
export function string(attributes: IppAttributes, name: string): string | null {
  const first = strings(attributes, name)[0]
  return first === undefined || first === '' ? null : first
}

/** The whole numbers of an attribute, in order. */
export function integers(attributes: IppAttributes, name: string): number[] {
  const value = attributes[name]
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((entry): entry is number => typeof entry === 'number')
}

/** The first number of an attribute; null when it is absent or has no value. */
export function integer(attributes: IppAttributes, name: string): number | null {
  return integers(attributes, name)[0] ?? null
}

/** A boolean attribute; null when it is absent. */
export function boolean(attributes: IppAttributes, name: string): boolean | null {
  const value = attributes[name]
  return typeof value === 'boolean' ? value : null
}

/** Cuts a text to what an IPP name may hold, never inside of a character. */
export function shorten(value: string): string {
  if (Buffer.byteLength(value) <= MAX_NAME_BYTES) return value
  let cut = value.slice(0, MAX_NAME_BYTES)
  while (Buffer.byteLength(cut) > MAX_NAME_BYTES) cut = cut.slice(0, -1)
  return cut.toWellFormed()
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return ipp.parse(bytes) as Record<string, unknown>
  } catch (error) {
    throw new IppFormatError('The attributes cannot be read.', { cause: error })
  }
}

function groups(parsed: Record<string, unknown>, tag: string): IppAttributes[] {
  const value = parsed[tag]
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]) as IppAttributes[]
}

function operationName(code: number): string | null {
  const name = ipp.operations.lookup[code]
  return name ?? null
}
