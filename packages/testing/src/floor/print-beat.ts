import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An attempt to print a job, as Print Beat tells it. */
export interface PrintBeatAttempt {
  readonly marker: number
  readonly jobName: string
  readonly jobProgress: string
  readonly deviceId: string
  readonly pressSerialNumber: string
  readonly jobCompleteTime: string
  readonly copies: number
  readonly [property: string]: unknown
}

export interface PrintBeatServerOptions {
  readonly key: string
  readonly secret: string
  /** Milliseconds since 1970: by it requests are counted and signatures are too old. */
  readonly now: () => number
  /** The attempt at startMarker is part of the answer; default false. */
  readonly isInclusive?: boolean
  /** Default 100. */
  readonly pageSize?: number
  /** How Retry-After is written; default `seconds`. */
  readonly retryAfter?: 'seconds' | 'date'
}

/**
 * Instead of the usual answer: HTTP status, 3xx with the same address as the place to go; `cut` ends the connection without an answer, `cut-midway` within one;
 * `garbage` is no JSON, `list` is JSON of another form, `endless` does not stop, `silent` never comes. With a promise the
 * usual answer comes when it resolves.
 */
export type PrintBeatFault =
  | number
  | 'cut'
  | 'cut-midway'
  | 'garbage'
  | 'list'
  | 'endless'
  | 'silent'
  | Promise<unknown>

/** One request, with the HTTP status of its answer; null when it had none. */
export interface PrintBeatRequest {
  readonly devices: string | null
  readonly startMarker: string | null
  readonly sortOrder: string | null
  readonly at: number
  status: number | null
}

const BASE = '/printbeat'
const PATH = '/externalApi/jobs'
const PAGE_SIZE = 100
const PER_MINUTE = 2
const MINUTE_MS = 60_000
const SIGNATURE_LASTS_MS = 15 * MINUTE_MS

/** The jobs of HP Print Beat: checks signatures, gives a hundred attempts at a time, and takes two requests a minute. */
export class PrintBeatServer implements AsyncDisposable {
  /** What it knows, in any order; may be added to. Anything may stand in it that JSON can say. */
  readonly attempts: unknown[] = []
  /** What the next requests are answered with, in order. */
  readonly faults: PrintBeatFault[] = []
  readonly requests: PrintBeatRequest[] = []
  readonly #options: PrintBeatServerOptions
  readonly #waiters = new Set<() => void>()
  #taken: number[] = []
  #server: Server | null = null
  #port = 0

  constructor(options: PrintBeatServerOptions) {
    this.#options = options
  }

  /** What stands before `/externalApi/jobs`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}${BASE}`
  }

  async start(): Promise<void> {
    if (this.#server !== null) return
    const server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** The port closes; it starts again at the same one, with what it knew. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  /** Resolves when so many requests have come. */
  async untilRequests(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://print-beat')
    const request: PrintBeatRequest = {
      devices: searchParams.get('devices'),
      startMarker: searchParams.get('startMarker'),
      sortOrder: searchParams.get('sortOrder'),
      at: this.#options.now(),
      status: null,
    }
    this.requests.push(request)
    for (const resolve of this.#waiters) resolve()
    this.#waiters.clear()
    outgoing.on('finish', () => {
      request.status = outgoing.statusCode
    })
    if (pathname !== BASE + PATH) return send(outgoing, 404, { message: 'No such route.' })
    if (!this.#isSigned(incoming)) return send(outgoing, 401, { message: 'Bad signature.' })
    const waitMs = this.#takeRequest()
    if (waitMs > 0) return this.#refuse(outgoing, waitMs)
    const fault = this.faults.shift()
    const answer = (): void => send(outgoing, 200, this.#page(request))
    if (fault === undefined) answer()
    else if (fault instanceof Promise) void fault.then(answer)
    else this.#fail(fault, outgoing)
  }

  #isSigned({ headers, method }: IncomingMessage): boolean {
    const date = headers['x-hp-hmac-date']
    if (typeof date !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(date)) return false
    if (Math.abs(Date.parse(date) - this.#options.now()) > SIGNATURE_LASTS_MS) return false
    const { key, secret } = this.#options
    const signature = createHmac('sha256', secret).update(`${method} ${PATH}${date}`).digest('hex')
    return headers['x-hp-hmac-algorithm'] === 'SHA256' && headers['x-hp-hmac-authentication'] === `${key}:${signature}`
  }

  /** Milliseconds until a request would be taken; 0 when this one is. */
  #takeRequest(): number {
    const now = this.#options.now()
    this.#taken = this.#taken.filter((at) => at > now - MINUTE_MS)
    const [oldest] = this.#taken
    if (oldest !== undefined && this.#taken.length >= PER_MINUTE) return oldest + MINUTE_MS - now
    this.#taken.push(now)
    return 0
  }

  #refuse(outgoing: ServerResponse, waitMs: number): void {
    const seconds = Math.ceil(waitMs / 1_000)
    const date = new Date(this.#options.now() + seconds * 1_000).toUTCString()
    outgoing.setHeader('retry-after', this.#options.retryAfter === 'date' ? date : seconds)
    send(outgoing, 429, { message: 'Too many requests.' })
  }

  #page({ devices, sortOrder, startMarker }: PrintBeatRequest): unknown {
    const from = Number(startMarker ?? 0)
    const wanted = devices?.split(',')
    const found = this.attempts.filter((attempt) => {
      const { deviceId, marker, pressSerialNumber } = Object(attempt) as Partial<PrintBeatAttempt>
      if (wanted && ![deviceId, pressSerialNumber].some((id) => id !== undefined && wanted.includes(id))) return false
      // What has no marker comes with everything, as the answer of a service with a fault might.
      return marker === undefined || marker > from || (marker === from && this.#options.isInclusive === true)
    })
    const sorted = found.toSorted((a, b) => markerOf(a) - markerOf(b))
    if (sortOrder === 'DESC') sorted.reverse()
    return { total: found.length, attempts: sorted.slice(0, this.#options.pageSize ?? PAGE_SIZE) }
  }

  #fail(fault: Exclude<PrintBeatFault, Promise<unknown>>, outgoing: ServerResponse): void {
    if (fault === 'silent') return
    if (fault === 'cut') return void outgoing.socket?.resetAndDestroy()
    if (typeof fault === 'number') {
      if (fault >= 300 && fault < 400) outgoing.setHeader('location', outgoing.req.url ?? '/')
      return send(outgoing, fault, { message: `Answered with ${fault} on purpose.` })
    }
    if (fault === 'list') return send(outgoing, 200, [{ marker: 1 }])
    outgoing.writeHead(200, { 'content-type': 'application/json' })
    if (fault === 'garbage') return void outgoing.end('<html>Service temporarily unavailable</html>')
    outgoing.write('{"total":1,"attempts":[{"marker":')
    if (fault === 'cut-midway') outgoing.socket?.end()
    else endlessly(outgoing)
  }
}

/** Makes a Print Beat and opens its port. */
export async function startPrintBeatServer(options: PrintBeatServerOptions): Promise<PrintBeatServer> {
  const server = new PrintBeatServer(options)
  await server.start()
  return server
}

/** What {@link pressAttempts} makes. */
export interface PressAttempts {
  readonly count: number
  readonly deviceId: string
  readonly firstMarker: number
  /** Name of the job of each. */
  readonly jobName: (index: number) => string
}

/**
 * Attempts as presses deliver them: markers with gaps, completion times that do not rise with the marker, each ninth
 * aborted with copies that came out all the same, and often nothing about inks and substrates.
 */
export function pressAttempts({ count, deviceId, firstMarker, jobName }: PressAttempts): PrintBeatAttempt[] {
  const start = Date.parse('2026-03-02T06:00:00Z')
  return Array.from({ length: count }, (_, index) => {
    const completed = start + ((index * 37) % count) * 61_000
    const isAborted = index % 9 === 4
    return {
      marker: firstMarker + index * 4 + (index % 3),
      jobName: jobName(index),
      jobProgress: isAborted ? 'ABORTED' : 'PRINTED',
      copies: isAborted ? 17 : 250,
      jobSubmitTime: new Date(completed - 900_000).toISOString(),
      jobCompleteTime: new Date(completed).toISOString(),
      jobElapseTime: 480,
      impressions: 1_000,
      printedSheets: 250,
      substrates: index % 2 === 0 ? [] : [{ name: 'PP white 60', length: 120.5 }],
      inks: index % 2 === 0 ? [] : [{ color: 'Cyan', amountUsed: 3.25 }],
      pressSerialNumber: `SN-${deviceId}`,
      deviceId,
    }
  })
}

function markerOf(attempt: unknown): number {
  return (Object(attempt) as Partial<PrintBeatAttempt>).marker ?? 0
}

function endlessly(outgoing: ServerResponse): void {
  const more = (): void => {
    if (!outgoing.destroyed && outgoing.write('9'.repeat(65_536))) setImmediate(more)
  }
  outgoing.on('drain', more)
  more()
}

function send(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify(body))
}
