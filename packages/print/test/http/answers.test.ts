import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver } from '../../src/drivers.ts'
import { newRequest, print, silentReport } from '../requests.ts'

const ZPL = 'application/vnd.zebra-zpl'
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: object | string
}

/** A print server that answers each kind of request with one answer after the other; the last one stays. */
async function setUp(answers: Readonly<Record<string, readonly Answer[]>>, settings: object = {}) {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url?.split('/')[2]}`
    const turn = asked.filter((one) => one === line).length
    asked.push(line)
    const ours = answers[line] ?? [{ status: 404 }]
    const { status = 200, headers = {}, body = '' } = ours[Math.min(turn, ours.length - 1)] ?? {}
    outgoing.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const quick = { pollIntervalMs: 20, requestTimeoutMs: 2_000, confirmTimeoutMs: 100, ...settings }
  const driver = createDriver({ driver: 'http', uri, settings: quick })
  open.push(
    { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) },
    { [Symbol.asyncDispose]: () => driver.close() },
  )
  return { asked, driver }
}

const TAKEN: Answer = { status: 201, body: { job_id: 7 } }
const counts = (completed: unknown, failed: unknown) => ({ progress: { total: 3, completed, failed } })

/** What becomes of an order of three labels. */
async function outcomeOf(order: Answer, states: readonly Answer[] = [], settings = {}) {
  const { driver } = await setUp({ 'POST print': [order], 'GET status': states }, settings)
  return print(driver, newRequest(ZPL, { count: 3 })).outcome
}

describe('an order that is answered', () => {
  it.each([
    ['with a page that is no JSON', { body: '<html>' }],
    ['with no number', { body: { job_id: '' } }],
    ['with a number that is none', { body: { job_id: null } }],
    ['with more than any answer holds', { body: 'x'.repeat(5_000_000) }],
    ['with nothing at all', { status: 204 }],
    ['with another address', { status: 302, headers: { location: '/elsewhere' } }],
  ])('%s is in doubt: it may have been taken', async (_, order) => {
    expect(await outcomeOf(order)).toMatchObject({ kind: 'unconfirmed' })
  })

  it.each([
    ['2', { kind: 'retry', afterMs: 2_000 }],
    ['Thu, 01 Jan 1970 00:00:00 GMT', { kind: 'retry', afterMs: 0 }],
  ])('"later" is tried again after %s', async (after, outcome) => {
    expect(await outcomeOf({ status: 503, headers: { 'retry-after': after } })).toMatchObject(outcome)
  })

  it.each([undefined, 'soon'])('"later" without a time (%s) leaves the time to us', async (after) => {
    const headers = after === undefined ? {} : { 'retry-after': after }
    expect(await outcomeOf({ status: 429, headers })).not.toHaveProperty('afterMs')
  })

  it('in words, or in those of its status', async () => {
    expect(await outcomeOf({ status: 422, body: { detail: 'no such printer' } })).toMatchObject({
      message: expect.stringContaining('no such printer'),
    })
    expect(await outcomeOf({ status: 422 })).toMatchObject({ message: expect.stringContaining('Unprocessable') })
  })

  it('by silence is in doubt', async () => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    open.push({ [Symbol.asyncDispose]: async () => silent.close().closeAllConnections() })
    const uri = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const driver = createDriver({ driver: 'http', uri, settings: { requestTimeoutMs: 100 } })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('by nobody is in doubt only when somebody may have heard it', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const uri = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`
    await new Promise((resolve) => gone.close(resolve))
    const driver = createDriver({ driver: 'http', uri, settings: {} })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({
      kind: 'stop-printer',
      reason: { reason: 'print-server-unreachable' },
    })
    expect(await print(driver, newRequest('text/plain')).outcome).toMatchObject({ code: 'unsupported_format' })
    const aborted = AbortSignal.abort()
    expect(await driver.print(newRequest(ZPL), silentReport(), aborted)).toMatchObject({ kind: 'cancelled' })
    expect(await driver.reattach(newRequest(ZPL), null, silentReport(), aborted)).toMatchObject({ kind: 'unconfirmed' })
  })
})

describe('the state of an order', () => {
  it.each([
    [
      'failed at once',
      { status: 'failed' },
      { kind: 'failed', message: 'The print server reports the job as failed.' },
    ],
    ['failed with words', { status: 'failed', error_message: 'No head.' }, { message: 'No head.' }],
    ['cancelled there', { status: 'cancelled' }, { kind: 'failed', message: 'Cancelled on the print server.' }],
    ['failed in the middle', { status: 'failed', ...counts(1, 0) }, { kind: 'printed', failed: [1, 2] }],
    ['done without a count', { status: 'completed' }, { kind: 'printed', unconfirmed: [0, 1, 2] }],
    ['done with odd counts', { status: 'completed', ...counts(-1, 'x') }, { unconfirmed: [0, 1, 2] }],
    ['done, with one named', { status: 'completed', ...counts(2, 1), failed_labels: [1] }, { failed: [1] }],
    [
      'done, with one named that is none',
      { status: 'completed', ...counts(2, 1), failed_labels: [9] },
      { unconfirmed: [0, 1, 2] },
    ],
    [
      'done, with half a label named',
      { status: 'completed', ...counts(2, 1), failed_labels: [0.5] },
      { unconfirmed: [0, 1, 2] },
    ],
    [
      'done, with one before it',
      { status: 'completed', ...counts(2, 1), failed_labels: [-1] },
      { unconfirmed: [0, 1, 2] },
    ],
  ])('%s says what came out', async (_, body, outcome) => {
    expect(await outcomeOf(TAKEN, [{ body }])).toMatchObject(outcome)
  })

  it('that moves on is told with its words', async () => {
    const { driver } = await setUp({
      'POST print': [TAKEN],
      'GET status': [
        { body: { status: 'printing', error_message: 'Ribbon low.', ...counts(3, 0) } },
        { body: { status: 'completed', ...counts(3, 0) } },
      ],
    })
    const watched = print(driver, newRequest(ZPL, { count: 3 }))
    expect(await watched.outcome).toEqual({ kind: 'printed', proof: 'confirmed', sheets: 3 })
    expect(watched.progress).toContainEqual(expect.objectContaining({ message: 'Ribbon low.', itemsDone: 3 }))
  })

  it('is asked for less often by one who has few requests left, and never sooner than allowed', async () => {
    const near = { 'x-ratelimit-remaining': '1' }
    const { asked, driver } = await setUp({
      'POST print': [TAKEN],
      'GET status': [
        { body: { status: 'queued' }, headers: near },
        { status: 429, headers: { 'retry-after': '0' } },
        { body: { status: 'completed', ...counts(3, 0) } },
      ],
    })
    expect(await print(driver, newRequest(ZPL, { count: 3 })).outcome).toMatchObject({ kind: 'printed' })
    expect(asked.filter((line) => line === 'GET status')).toHaveLength(3)
  })

  it('that is no answer any more leaves the job in doubt after a while', async () => {
    expect(await outcomeOf(TAKEN, [{ body: '<html>' }])).toMatchObject({
      kind: 'unconfirmed',
      reason: { reason: 'print-server-refused' },
    })
  })

  it('of a job that was cancelled before its first label is cancelled', async () => {
    const states = [{ body: { status: 'printing' } }, { body: { status: 'cancelled' } }]
    const { asked, driver } = await setUp({ 'POST print': [TAKEN], 'GET status': states })
    const cancel = new AbortController()
    const report = { ...silentReport(), ref: async () => cancel.abort() }
    expect(await driver.print(newRequest(ZPL), report, cancel.signal)).toMatchObject({ kind: 'cancelled' })
    expect(asked).toContain('DELETE jobs')
  })

  it('proves no more than its settings allow', async () => {
    const done = [{ body: { status: 'completed', ...counts(3, 0) } }]
    expect(await outcomeOf(TAKEN, done, { confirms: false })).toMatchObject({ proof: 'accepted' })
  })
})

describe('a printer in the list of a server', () => {
  it.each([
    [{}, { state: 'unknown', model: null, queuedJobs: null, message: null, reasons: [] }],
    [{ status: 7 }, { state: 'unknown', message: null }],
    [{ status: 'Ribbon Torn' }, { state: 'stopped', message: 'ribbon torn', reasons: [{ reason: 'ribbon-torn' }] }],
    [{ status: 'none' }, { state: 'stopped', reasons: [{ reason: 'needs-attention' }] }],
    [
      { status: 'busy', jobs_in_queue: 3, model: 'ZT' },
      { state: 'processing', queuedJobs: 3, model: 'ZT' },
    ],
  ])('%j is shown as far as it goes', async (printer, status) => {
    const { driver } = await setUp({ 'GET printers': [{ body: { printers: [printer] } }] }, { confirms: false })
    const shown = await driver.status(AbortSignal.timeout(5_000))
    expect(shown).toMatchObject({ ...status, capabilities: { proof: 'accepted' } })
  })
})
