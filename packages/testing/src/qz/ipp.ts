import { request } from 'node:http'

/** Values of one attribute: strings for names, keywords and addresses, numbers for integers, enums and booleans. */
type IppValues = readonly (string | number)[]

/** One group of an answer, in the order in which they came. */
export interface IppGroup {
  readonly tag: number
  readonly values: ReadonlyMap<string, IppValues>
}

/** An attribute to send: its value tag (RFC 8010 §3.5.2), its name, and one or more values. */
export type IppField = readonly [tag: number, name: string, ...values: (string | number)[]]

/** Groups of a request and what follows them. */
export interface IppCall {
  readonly operation: number
  readonly fields: readonly IppField[]
  /** A second group, for attributes of a job or of a subscription. */
  readonly group?: { readonly tag: number; readonly fields: readonly IppField[] }
  readonly data?: Uint8Array
}

/** Codes of RFC 8011, RFC 3995, RFC 3996 and of CUPS. */
export const OPERATION = {
  createJob: 0x0005,
  sendDocument: 0x0006,
  cancelJob: 0x0008,
  createSubscription: 0x0016,
  cancelSubscription: 0x001b,
  getNotifications: 0x001c,
  getDefault: 0x4001,
  getPrinters: 0x4002,
} as const

/** Tags of groups. */
export const GROUP = { operation: 0x01, job: 0x02, printer: 0x04, subscription: 0x06, event: 0x07 } as const

/** Tags of values. */
export const VALUE = {
  integer: 0x21,
  boolean: 0x22,
  enum: 0x23,
  name: 0x42,
  keyword: 0x44,
  uri: 0x45,
  charset: 0x47,
  language: 0x48,
  mime: 0x49,
} as const

const END = 0x03
const HIGHEST_GROUP = 0x0f
const HEADER_BYTES = 8
const FIRST_ERROR = 0x0100
const TIMEOUT_MS = 10_000
const NUMBERS: ReadonlySet<number> = new Set([VALUE.integer, VALUE.enum])

/**
 * One operation of a CUPS server. It is written apart from the driver's own client, so that a mistake there is not made
 * here as well.
 *
 * @throws when there is no answer, or when the status says that the operation was not done.
 */
export async function callIpp(address: URL, call: IppCall): Promise<IppGroup[]> {
  const answer = await post(address, encode(call))
  const status = answer.readUInt16BE(2)
  if (status >= FIRST_ERROR) throw new Error(`CUPS answers 0x${status.toString(16).padStart(4, '0')}`)
  return decode(answer)
}

/** The first value of an attribute when it is a string; null otherwise. */
export function textOf(group: IppGroup | undefined, name: string): string | null {
  const value = group?.values.get(name)?.[0]
  return typeof value === 'string' ? value : null
}

/** The first value of an attribute when it is a number; 0 otherwise. */
export function numberOf(group: IppGroup | undefined, name: string): number {
  const value = group?.values.get(name)?.[0]
  return typeof value === 'number' ? value : 0
}

/** The strings of an attribute; empty when it is absent. */
export function textsOf(group: IppGroup, name: string): string[] {
  return (group.values.get(name) ?? []).filter((value) => typeof value === 'string')
}

function encode(call: IppCall): Buffer {
  const header = Buffer.from([2, 0, call.operation >> 8, call.operation & 0xff, 0, 0, 0, 1])
  const language: IppField[] = [
    [VALUE.charset, 'attributes-charset', 'utf-8'],
    [VALUE.language, 'attributes-natural-language', 'en'],
  ]
  const parts = [header, Buffer.of(GROUP.operation), ...[...language, ...call.fields].map(encodeField)]
  if (call.group !== undefined) parts.push(Buffer.of(call.group.tag), ...call.group.fields.map(encodeField))
  return Buffer.concat([...parts, Buffer.of(END), call.data ?? Buffer.alloc(0)])
}

function encodeField([tag, name, ...values]: IppField): Buffer {
  return Buffer.concat(
    values.flatMap((value, index) => {
      const content = encodeValue(tag, value)
      // Further values of an attribute have no name.
      const label = Buffer.from(index === 0 ? name : '')
      return [Buffer.of(tag), lengthOf(label), label, lengthOf(content), content]
    }),
  )
}

function encodeValue(tag: number, value: string | number): Buffer {
  if (tag === VALUE.boolean) return Buffer.of(Number(value))
  if (typeof value === 'string') return Buffer.from(value)
  const content = Buffer.alloc(4)
  content.writeInt32BE(value)
  return content
}

function lengthOf(content: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(content.length)
  return length
}

/** Members of collections are taken for further values of their attribute: none is asked for. */
function decode(bytes: Buffer): IppGroup[] {
  const groups: { tag: number; values: Map<string, (string | number)[]> }[] = []
  let last: (string | number)[] = []
  let at = HEADER_BYTES
  while (at < bytes.length && bytes[at] !== END) {
    const tag = bytes.readUInt8(at)
    at += 1
    if (tag <= HIGHEST_GROUP) {
      groups.push({ tag, values: new Map() })
      continue
    }
    const nameEnd = at + 2 + bytes.readUInt16BE(at)
    const name = bytes.toString('utf8', at + 2, nameEnd)
    const valueEnd = nameEnd + 2 + bytes.readUInt16BE(nameEnd)
    const content = bytes.subarray(nameEnd + 2, valueEnd)
    if (name !== '') {
      last = []
      groups.at(-1)?.values.set(name, last)
    }
    last.push(decodeValue(tag, content))
    at = valueEnd
  }
  return groups
}

function decodeValue(tag: number, content: Buffer): string | number {
  if (NUMBERS.has(tag)) return content.readInt32BE(0)
  return tag === VALUE.boolean ? content.readUInt8(0) : content.toString('utf8')
}

/** Each request has a connection of its own: cupsd closes kept ones when it likes. */
function post(address: URL, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/ipp', 'content-length': body.length }
    const outgoing = request(address, { method: 'POST', agent: false, timeout: TIMEOUT_MS, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        if (incoming.statusCode === 200) resolve(Buffer.concat(chunks))
        else reject(new Error(`CUPS answers HTTP ${incoming.statusCode}`))
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('CUPS does not answer')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
