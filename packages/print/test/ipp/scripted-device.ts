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
