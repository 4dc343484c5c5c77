import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { IppMessage, IppReplyMessage } from '../../src/ipp/message.ts'
import { VirtualServer } from '../../src/virtual/server.ts'

export const ZPL = 'application/vnd.zebra-zpl'

/** An answer to one operation; what is left out is a plain success. */
export type Reply = Partial<Omit<IppReplyMessage, 'id'>> | 'silence'
/** Answers by operation, one after the other; the last one stays. */
export type Script = Readonly<Record<string, readonly Reply[]>>

/** A device that answers as it is told, whether that makes sense or not. */
export interface ScriptedDevice extends AsyncDisposable {
  readonly uri: string
  /** The operations that were asked for, in order. */
  readonly asked: string[]
}

const PRINTER = {
  'printer-state': 'idle',
  'printer-state-reasons': ['none'],
  'document-format-supported': [ZPL],
  'copies-supported': [[1, 999]],
}

/** The attributes of a printer that is well, with others on top. */
export function printerOf(attributes: object = {}): Reply {
  return { printers: [{ ...PRINTER, ...attributes }] }
}

/** A device job in a state, with other attributes on top. */
export function jobOf(state: string, attributes: object = {}): Reply {
  return { jobs: [{ 'job-id': 1, 'job-state': state, 'job-state-reasons': ['none'], ...attributes }] }
}

export const PRINTED = jobOf('completed', { 'job-impressions-completed': 1, 'time-at-processing': 1 })
/** A job that never got its document. */
export const ORPHAN = { 'job-state-reasons': ['job-data-insufficient'], 'number-of-documents': 0 } as const

const USUAL: Script = {
  'Get-Printer-Attributes': [printerOf()],
  'Create-Job': [jobOf('pending-held')],
  'Print-Job': [jobOf('pending')],
  'Get-Job-Attributes': [PRINTED],
}

export async function startDevice(script: Script = {}): Promise<ScriptedDevice> {
  const asked: string[] = []
  const server = new VirtualServer(0, { answer: (request) => answer(request), onDeath: () => {} })
  const answer = (request: IppMessage): IppReplyMessage => {
    const operation = request.operation ?? ''
    const turn = asked.filter((one) => one === operation).length
    asked.push(operation)
    const replies = script[operation] ?? USUAL[operation] ?? [{}]
    const reply = replies[Math.min(turn, replies.length - 1)] ?? {}
    // Longer than any driver here waits, and over before the test is.
    server.faults.answerDelayMs = reply === 'silence' ? 700 : 0
    return { status: 'successful-ok', ...(reply === 'silence' ? {} : reply), id: request.id }
  }
  await server.listen()
  return {
    uri: `ipp://127.0.0.1:${server.port}/ipp/print`,
    asked,
    [Symbol.asyncDispose]: () => server.close(),
  }
}

const GET_PRINTER_ATTRIBUTES = 0x000b
const CREATE_JOB_SUBSCRIPTION = 0x0017
const END_OF_ATTRIBUTES = Buffer.from([0x03])
/** The codec writes neither of these. */
const OFFERS_EVENTS = attribute(0x44, 'notify-pull-method-supported', Buffer.from('ippget'))
const SUBSCRIBED = attribute(0x21, 'notify-subscription-id', Buffer.from([0, 0, 0, 7]))

/** A scripted device that offers events; with `subscribes` it makes every subscription, else its script answers. */
export async function startEventDevice(script: Script, options: { subscribes: boolean }): Promise<ScriptedDevice> {
  const device = await startDevice(script)
  const server = createServer((incoming, outgoing) => {
    void buffer(incoming).then(async (body) => {
      const headers = { 'content-type': 'application/ipp' }
      const target = device.uri.replace('ipp:', 'http:')
      const response = await fetch(target, { method: 'POST', headers, body: new Uint8Array(body) })
      const answer = Buffer.from(await response.arrayBuffer())
      outgoing.writeHead(200, headers).end(withEvents(answer, body.readUInt16BE(2), options.subscribes))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    uri: `ipp://127.0.0.1:${(server.address() as AddressInfo).port}/ipp/print`,
    asked: device.asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await device[Symbol.asyncDispose]()
    },
  }
}

function withEvents(answer: Buffer, operation: number, subscribes: boolean): Buffer {
  const open = answer.subarray(0, -1)
  if (operation === GET_PRINTER_ATTRIBUTES) return Buffer.concat([open, OFFERS_EVENTS, END_OF_ATTRIBUTES])
  if (operation !== CREATE_JOB_SUBSCRIPTION || !subscribes) return answer
  return Buffer.concat([open, Buffer.from([0x06]), SUBSCRIBED, END_OF_ATTRIBUTES])
}

function attribute(tag: number, name: string, value: Buffer): Buffer {
  const length = (of: Buffer): Buffer => Buffer.from([of.length >> 8, of.length & 0xff])
  const nameBytes = Buffer.from(name)
  return Buffer.concat([Buffer.from([tag]), length(nameBytes), nameBytes, length(value), value])
}
