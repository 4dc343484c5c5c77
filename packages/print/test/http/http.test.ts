import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PrintServer, type PrintServerOptions, startPrintServer } from '@andon/testing'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver, probePrinter } from '../../src/drivers.ts'
import { LabelTally } from '../../src/http/tally.ts'
import { newRequest, print, silentReport } from '../requests.ts'

const ZPL = 'application/vnd.zebra-zpl'
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

async function setUp(
  options: PrintServerOptions = {},
  settings: Record<string, unknown> = {},
): Promise<{ server: PrintServer; driver: ReturnType<typeof createDriver> }> {
  const server = await startPrintServer({ msPerLabel: 5, ...options })
  const quick = { pollIntervalMs: 20, requestTimeoutMs: 2_000, confirmTimeoutMs: 300, ...settings }
  const driver = createDriver({ driver: 'http', uri: server.uri, settings: quick })
  open.push(server, { [Symbol.asyncDispose]: () => driver.close() })
  return { server, driver }
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

describe('a print server over HTTP', () => {
  it('gets a whole batch in one order, and tells how far it is', async () => {
    const { server, driver } = await setUp()
    const watched = print(driver, newRequest(ZPL, { count: 40 }))
    expect(await watched.outcome).toEqual({ kind: 'printed', proof: 'confirmed', sheets: 40 })
    expect(server.jobs.size).toBe(1)
    expect(watched.refs).toEqual(['http:ps-1'])
    const done = watched.progress.flatMap((update) => update.itemsDone ?? [])
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(done.length).toBeGreaterThan(1)
  })

  it('is never asked more often than its settings say', async () => {
    const { server, driver } = await setUp({ msPerLabel: 10 }, { pollIntervalMs: 60_000 })
    const watched = print(driver, newRequest(ZPL, { count: 5 }))
    await server.until(({ printed }) => printed.length === 5)
    expect(server.polls).toBe(1)
    watched.cancel.abort()
    expect(await watched.outcome).toMatchObject({ kind: 'printed' })
  })

  it('tells which labels failed where the counts show it', async () => {
    const { server, driver } = await setUp({ msPerLabel: 200 })
    server.failing = new Set([1])
    expect(await print(driver, newRequest(ZPL, { count: 3 })).outcome).toMatchObject({ kind: 'printed', failed: [1] })
    expect(server.printed).toHaveLength(2)
  })

  it('is in doubt about those that one look covers together', async () => {
    const { server, driver } = await setUp({}, { pollIntervalMs: 400 })
    server.failing = new Set([1])
    server.setPaused(true)
    const watched = print(driver, newRequest(ZPL, { count: 3 }))
    await server.until(({ polls }) => polls === 1)
    server.setPaused(false)
    const outcome = await watched.outcome
    expect(outcome).toMatchObject({ kind: 'printed', unconfirmed: [0, 1, 2] })
  })

  it('repeats labels for copies, and knows them by their item', async () => {
    const { server, driver } = await setUp({ msPerLabel: 200 })
    server.failing = new Set([3])
    const request = newRequest(ZPL, { count: 2 })
    const doubled = {
      ...request,
      items: request.items.map((item) => ({ ...item, copies: 2, ref: `BOX-${item.index}` })),
    }
    expect(await print(driver, doubled).outcome).toMatchObject({ failed: [1] })
    expect(server.jobs.get('ps-1')?.labels.map((label) => label.box_number)).toEqual([
      'BOX-0',
      'BOX-0',
      'BOX-1',
      'BOX-1',
    ])
  })

  it.each([
    [401, { kind: 'stop-printer', reason: { reason: 'print-server-unauthorised' } }],
    [422, { kind: 'failed', code: 'print_server_refused' }],
    [429, { kind: 'retry', afterMs: 0, reason: { reason: 'print-server-overloaded' } }],
    [500, { kind: 'unconfirmed', reason: { reason: 'print-server-failed' } }],
    [503, { kind: 'retry', reason: { reason: 'print-server-overloaded' } }],
    ['cut', { kind: 'unconfirmed', reason: { reason: 'print-server-unreachable' } }],
    ['cut-after-taking', { kind: 'unconfirmed' }],
  ] as const)('answers an order with %s', async (fault, expected) => {
    const { server, driver } = await setUp()
    server.faults.push(fault)
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject(expected)
  })

  it('may be away for a while with a job, and be refused, without losing it', async () => {
    const { server, driver } = await setUp({ msPerLabel: 20 }, { confirmTimeoutMs: 10_000 })
    const watched = print(driver, newRequest(ZPL, { count: 10 }))
    await server.until(({ printed }) => printed.length === 3)
    server.faults.push(500, 401, 429)
    await watched.until(({ troubles }) => troubles.length >= 3)
    await server.stop()
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'print-server-unreachable'))
    await server.start()
    server.setPaused(false)
    expect(await watched.outcome).toMatchObject({ kind: 'printed', sheets: 10 })
    expect(server.printed).toHaveLength(10)
  })

  it('may answer with the page of a proxy for a while without losing a job', async () => {
    const { server, driver } = await setUp({ msPerLabel: 20 }, { confirmTimeoutMs: 10_000 })
    const watched = print(driver, newRequest(ZPL, { count: 10 }))
    await server.until(({ printed }) => printed.length === 3)
    server.faults.push('words')
    await watched.until(({ troubles }) => troubles.some(([first]) => first?.reason === 'print-server-refused'))
    expect(await watched.outcome).toMatchObject({ kind: 'printed', sheets: 10 })
  })

  it('leaves an order in doubt that it answered with the page of a proxy', async () => {
    const { server, driver } = await setUp()
    server.faults.push('words')
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'unconfirmed' })
    await server.until(({ printed }) => printed.length === 1)
  })

  it('is waited for in vain when it never says how far a job is', async () => {
    const server = createServer((_incoming, outgoing) => outgoing.end('{"job_id":"7"}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ [Symbol.asyncDispose]: async () => void server.close() })
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const driver = createDriver({ driver: 'http', uri, settings: { pollIntervalMs: 20, confirmTimeoutMs: 200 } })
    expect(await print(driver, newRequest(ZPL)).outcome).toMatchObject({ kind: 'unconfirmed' })
  })

  it('that has forgotten a job leaves it in doubt', async () => {
    const { driver } = await setUp()
    expect(await driver.reattach(newRequest(ZPL), 'http:ps-9', silentReport(), signal())).toMatchObject({
      kind: 'unconfirmed',
    })
  })

  it('keeps what it printed of a job that was cancelled', async () => {
    const { server, driver } = await setUp({ msPerLabel: 30 })
    const watched = print(driver, newRequest(ZPL, { count: 10 }))
    await watched.until(({ progress }) => progress.some((update) => (update.itemsDone ?? 0) >= 2))
    watched.cancel.abort()
    const outcome = await watched.outcome
    const failed = outcome.kind === 'printed' ? (outcome.failed ?? []) : []
    expect(failed).toHaveLength(10 - server.printed.length)
  })

  it('shows its printers in its own words', async () => {
    const { server, driver } = await setUp({ printers: ['A', 'B'] }, { printer: 'B' })
    expect(await driver.status(signal())).toMatchObject({ state: 'idle', model: 'ZT411', reasons: [] })
    for (const [word, state, reason] of [
      ['printing', 'processing', undefined],
      ['offline', 'offline', 'offline'],
      ['media_empty', 'stopped', 'media-empty'],
    ] as const) {
      server.printerStatus = word
      const status = await driver.status(signal())
      expect([status.state, status.reasons[0]?.reason]).toEqual([state, reason])
    }
    server.faults.push(503)
    expect((await driver.status(signal())).reasons[0]?.reason).toBe('print-server-overloaded')
    await server.stop()
    expect(await driver.status(signal())).toMatchObject({
      state: 'offline',
      reasons: [{ reason: 'print-server-unreachable' }],
    })
  })

  it('is probed before it is added', async () => {
    const { server } = await setUp({ token: 'right' })
    const probe = (settings: Record<string, unknown>): Promise<unknown> =>
      probePrinter({ driver: 'http', uri: server.uri, settings }, signal())
    await expect(probe({ token: 'wrong' })).rejects.toMatchObject({ code: 'print_server_unauthorised' })
    await expect(probe({ token: 'right', printer: 'None' })).rejects.toMatchObject({ code: 'not_a_printer' })
    expect(await probe({ token: 'right' })).toMatchObject({ state: 'idle' })
  })

  it.each(['[]', 'no json', '{}', '{"printers":[]}', '{"printers":7}', '{"printers":[null,7]}'])(
    'that answers %s is not one',
    async (body) => {
      const server: Server = createServer((_, outgoing) => outgoing.end(body))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      open.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) })
      const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await expect(probePrinter({ driver: 'http', uri, settings: {} }, signal())).rejects.toMatchObject({
        code: 'not_a_printer',
      })
    },
  )
})

describe('counting which labels failed', () => {
  it('names no label failed that was printed, and loses none that failed', () => {
    const labels = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })
    const looks = fc.array(fc.nat(30), { maxLength: 8 })
    fc.assert(
      fc.property(labels, looks, (isFailing, seenAt) => {
        const tally = new LabelTally(isFailing.length)
        for (const at of [...seenAt.toSorted((a, b) => a - b), isFailing.length]) {
          const seen = isFailing.slice(0, at)
          const failed = seen.filter(Boolean).length
          tally.look({ total: isFailing.length, completed: seen.length - failed, failed })
        }
        const { failed, unconfirmed } = tally.end('unconfirmed', null)
        for (const position of failed) expect(isFailing[position]).toBe(true)
        const missed = isFailing.flatMap((isFailed, position) => (isFailed ? [position] : []))
        for (const position of missed) expect([...failed, ...unconfirmed]).toContain(position)
      }),
    )
  })

  it('takes the positions that the server names, if they fit its counts', () => {
    const tally = new LabelTally(3)
    tally.look({ total: 3, completed: 2, failed: 1 })
    expect(tally.end('unconfirmed', [2])).toEqual({ failed: [2], unconfirmed: [] })
    expect(tally.end('unconfirmed', [0, 2])).toEqual({ failed: [], unconfirmed: [0, 1, 2] })
  })
})
