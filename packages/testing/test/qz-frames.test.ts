import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import {
  makeQzIdentity,
  type QzEvent,
  type QzTray,
  type PrintLab,
  printLabMissing,
  startPrintLab,
  startQzTray,
} from '@andon/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { QzMemory } from '../src/qz/memory.ts'
import { toQzEvents } from '../src/qz/status.ts'
import { connectQz, emptyPage, type Frame, type QzClient } from './qz-client.ts'

const FOLDER = new URL('qz-captures/', import.meta.url)
const STATES = new Set(['idle', 'processing'])
/** What the captures ask and are answered whole, in order. */
const CALLS = [
  'getVersion',
  'certificate',
  'printers.find',
  'printers.getDefault',
  'printers.startListening',
  'printers.getStatus',
  'print',
]

/** The frames of a capture; its lines are cut where they were long. */
function framesOf(capture: string): Frame[] {
  const lines = readFileSync(new URL(`${capture}.txt`, FOLDER), 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, from, text] = /^(>>|<<) (.*)$/.exec(line) ?? []
    return text === undefined ? [] : [{ from: from === '>>' ? '>>' : '<<', text } as const]
  })
}

/** The printers of a capture, which it has uncut beside the frame. */
function detailsOf(capture: string): unknown[] {
  const line = /^details (.*)$/m.exec(readFileSync(new URL(`${capture}.txt`, FOLDER), 'utf8'))?.[1] ?? '[]'
  return JSON.parse(line) as unknown[]
}

function eventOf({ text }: Frame): QzEvent | null {
  if (!text.startsWith('{"type":"PRINTER"')) return null
  return JSON.parse((JSON.parse(text) as { event: string }).event) as QzEvent
}

function eventsOf(frames: readonly Frame[]): QzEvent[] {
  return frames.map(eventOf).filter((event) => event !== null)
}

/** Frames from the call `print` on. */
function fromPrint(frames: readonly Frame[]): readonly Frame[] {
  return frames.slice(frames.findIndex(({ text }) => text.startsWith('{"call":"print",')))
}

/** Whether the call `print` is answered before or after the first event of its job. */
function isAnsweredFirst(frames: readonly Frame[]): boolean {
  const answers = fromPrint(frames).filter(({ from }) => from === '<<')
  const answer = answers.findIndex(({ text }) => text.startsWith('{"uid"'))
  return answer < answers.findIndex((frame) => eventOf(frame)?.eventType === 'JOB')
}

/** Keys in their order, with the types of their values; of a list its first. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (value === null || typeof value !== 'object') return typeof value
  return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)])
}

/** Answers that are whole, by the call that they answer; calls without a number of their own are told by their order. */
function answersOf(frames: readonly Frame[]): Map<string, unknown> {
  const calls = frames
    .filter(({ from }) => from === '>>')
    .map(({ text }) => /"(?:call":"([^"]+)|certificate)"/.exec(text)?.[1] ?? 'certificate')
  const answers = frames.filter(({ from, text }) => from === '<<' && text.startsWith('{"uid"'))
  return new Map(
    answers.flatMap(({ text }, index): [string, unknown][] => {
      const call = calls[index] ?? ''
      return call === 'printers.detail' ? [] : [[call, shapeOf(JSON.parse(text))]]
    }),
  )
}

const sequenceOf = (events: readonly QzEvent[]): string[] =>
  events.map(({ eventType, statusCode, statusText }) => `${eventType} ${statusText} ${statusCode}`)

const captures = readdirSync(FOLDER).flatMap((name) => /^(.+)\.txt$/.exec(name)?.[1] ?? [])

describe.each(captures)('the words of the capture %s', (capture) => {
  it.each(eventsOf(framesOf(capture)).map((event) => [event.message, event] as const))('%s', (_message, event) => {
    const { jobId: id, jobName: name, statusCode, printerName: printer } = event
    const state = STATES.has(statusCode) ? statusCode : 'processing'
    const job = id === undefined || name === undefined ? null : { id, name }
    const made = toQzEvents({ printer, state, reasons: [statusCode], job }, false)
    expect(made).toEqual([event])
    expect(shapeOf(made)).toEqual(shapeOf([event]))
  })
})

describe('what is new of a printer', () => {
  const busy = { printer: 'P', state: 'processing', job: null }
  const waiting = 'cups-waiting-for-job-completed'

  it.each([
    [true, []],
    [false, ['PRINTER PRINTING cups-waiting-for-job-completed']],
  ])('a reason that clears while another stays, hidden: %s', (hidesClearedReasons, expected) => {
    const memory = new QzMemory({ hidesClearedReasons, ignoresErrorReasons: true })
    expect(sequenceOf(memory.news({ ...busy, reasons: [waiting, 'media-jam-warning'] }))).toEqual([
      'PRINTER PRINTING cups-waiting-for-job-completed',
      'PRINTER PAPER_JAM media-jam',
    ])
    expect(sequenceOf(memory.news({ ...busy, reasons: [waiting] }))).toEqual(expected)
    expect(sequenceOf(memory.news({ ...busy, state: 'idle', reasons: ['none'] }))).toEqual(['PRINTER OK idle'])
  })
})

describe.skipIf(printLabMissing() !== null)('frames between the real client and the stand-in', () => {
  const identity = makeQzIdentity()
  let lab: PrintLab
  let tray: QzTray
  let client: QzClient

  beforeAll(async () => {
    lab = await startPrintLab()
  })

  beforeEach(async () => {
    tray = await startQzTray({ cupsUri: lab.cupsUri })
    client = await connectQz(tray, identity)
  })

  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    await tray.stop()
  })

  afterAll(() => lab.stop())

  /** The conversation of the captures up to the call `print`. */
  const greet = async (): Promise<unknown> => {
    await client.qz.printers.find()
    await client.qz.printers.getDefault()
    const details = await client.qz.printers.details()
    await client.qz.printers.startListening()
    await client.qz.printers.getStatus()
    return details
  }

  const isOver = (events: readonly QzEvent[]): boolean => {
    const end = events.findIndex(({ statusText }) => statusText === 'COMPLETE')
    return end >= 0 && events.slice(end).some(({ statusText }) => statusText === 'OK')
  }

  it.each([
    ['qzraw', true],
    ['qzsim', false],
  ])('a raw job is as in the capture %s', async (capture, eventsBeforeReply) => {
    const captured = framesOf(capture)
    expect([...answersOf(captured).keys()]).toEqual(CALLS)
    tray.traps.eventsBeforeReply = eventsBeforeReply
    const details = (await greet()) as unknown[]
    await client.qz.print(client.qz.configs.create('Sim_Q', { jobName: 'job-raw-1' }), ['^XA^XZ'])
    await client.until(isOver)
    expect(answersOf(client.frames)).toEqual(answersOf(captured))
    expect(isAnsweredFirst(client.frames)).toBe(isAnsweredFirst(captured))
    // Eve_Q has trays as the first of the capture has, Sim_Q has none as the last.
    expect(shapeOf(details[0])).toEqual(shapeOf(detailsOf(capture)[0]))
    expect(shapeOf(details.at(-1))).toEqual(shapeOf(detailsOf(capture).at(-1)))
    const expected = eventsOf(fromPrint(captured))
    const made = eventsOf(fromPrint(client.frames))
    // Only a queue of an IPP printer waits for its device, which the backend of Sim_Q does not.
    const isCommon = (line: string): boolean => !line.includes('cups-waiting')
    expect(sequenceOf(made)).toEqual(sequenceOf(expected).filter(isCommon))
    expect(made.map(shapeOf)[0]).toEqual(expected.map(shapeOf)[0])
    expect(made[0]?.jobName).toBe(expected[0]?.jobName)
  })

  it('a PDF is as in the capture qzclient', async () => {
    const captured = framesOf('qzclient')
    await greet()
    const data = [{ type: 'pixel', format: 'pdf', flavor: 'base64', data: emptyPage() }]
    await client.qz.print(client.qz.configs.create('Eve_Q', { jobName: 'job-00042' }), data)
    await client.until(isOver)
    expect(answersOf(client.frames)).toEqual(answersOf(captured))
    expect(isAnsweredFirst(client.frames)).toBe(isAnsweredFirst(captured))
    const isJob = ({ eventType }: QzEvent): boolean => eventType === 'JOB'
    const expected = eventsOf(fromPrint(captured))
    const made = eventsOf(fromPrint(client.frames))
    expect(sequenceOf(made.filter(isJob))).toEqual(sequenceOf(expected.filter(isJob)))
    expect(sequenceOf(expected)).toEqual(expect.arrayContaining(sequenceOf(made)))
    expect(made.find(isJob)?.jobName).toBe(expected.find(isJob)?.jobName)
  })

  it('answers come in the order of the calls, however long each takes', async () => {
    const { printers } = client.qz
    await Promise.all([printers.details(), printers.startListening(), printers.find(), printers.getDefault()])
    const uids = client.frames.flatMap(({ from, text }) => {
      const { uid } = JSON.parse(text) as { uid?: string }
      return uid === undefined ? [] : [{ from, uid }]
    })
    const of = (direction: Frame['from']): string[] =>
      uids.filter(({ from }) => from === direction).map(({ uid }) => uid)
    expect(of('<<')).toEqual(of('>>'))
  })

  it('slashes are escaped as in the captures', async () => {
    await client.qz.printers.details()
    const addressed = (frames: readonly Frame[]): string | undefined =>
      frames.map(({ text }) => /"connection":"ipp:\\*\/\\*\//.exec(text)?.[0]).find((match) => match !== undefined)
    expect(addressed(client.frames)).toBe(addressed(framesOf('qzraw')))
  })

  it('a ping has no answer', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${tray.port}`)
    await once(socket, 'open')
    socket.send('ping')
    socket.send('{"call":"getVersion","uid":"a"}')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(answer.toString())).toEqual({ uid: 'a', result: '2.2.6' })
    socket.close()
  })
})
