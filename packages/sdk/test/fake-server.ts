import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorEntry, type JobDetail, type JobView, type StreamMessage, type StreamRequest } from '@andon/core'
import { type WebSocket, WebSocketServer } from 'ws'
import { Andon, type AndonOptions } from '../src/index.ts'

/** One request as it came. */
export interface Seen {
  readonly body: string
  readonly headers: IncomingMessage['headers']
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
}

type Handler = (seen: Seen, response: ServerResponse) => void

/** A server that speaks the wire over real sockets; what it answers is told by each test. */
export class FakeServer implements AsyncDisposable {
  readonly seen: Seen[] = []
  readonly subscribed: StreamRequest[] = []
  /** By `METHOD /path`. */
  readonly routes = new Map<string, Handler>()
  readonly sockets = new Set<WebSocket>()
  readonly tickets = new Set<string>()
  /** What the server says to a subscription; `subscribed` at 1 by default. */
  onSubscribe: (request: StreamRequest & { type: 'subscribe' }, socket: WebSocket) => void = (request, socket) =>
    say(socket, { type: 'subscribed', id: request.id, seq: 1 })
  answersPings = true
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ noServer: true })
  #waiters: { check: () => boolean; resolve: () => void }[] = []

  async listen(port = 0): Promise<this> {
    this.#server.on('upgrade', (request, socket, head) => {
      const ticket = new URL(request.url ?? '/', 'http://x').searchParams.get('ticket') ?? ''
      if (this.tickets.delete(ticket)) this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#follow(ws))
      else socket.destroy()
    })
    this.#server.listen(port, '127.0.0.1')
    await new Promise((resolve) => this.#server.once('listening', resolve))
    this.on('POST /api/stream/ticket', (_seen, response) => {
      const ticket = `t${Math.random()}`
      this.tickets.add(ticket)
      json(response, { ticket })
    })
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** A client of this server with quick pauses. */
  client(options: Partial<AndonOptions> = {}): Andon {
    return new Andon({ url: this.url, token: 'andon_test', backoffMs: 5, ...options })
  }

  on(route: string, handler: Handler): void {
    this.routes.set(route, handler)
  }

  /** Resolves as soon as the condition holds; it is looked at after everything that reaches the server. */
  until(check: () => boolean): Promise<void> {
    if (check()) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ check, resolve }))
  }

  /** Tells every connected client. */
  tell(message: StreamMessage): void {
    for (const socket of this.sockets) say(socket, message)
  }

  cut(): void {
    for (const socket of this.sockets) socket.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url ?? '/', 'http://x')
    const seen: Seen = {
      body: Buffer.concat(chunks).toString(),
      headers: request.headers,
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
    }
    this.seen.push(seen)
    const handler = this.routes.get(`${seen.method} ${seen.path}`)
    if (handler) handler(seen, response)
    else refuse(response, 404, { code: 'not_found', detail: `no route ${seen.method} ${seen.path}` })
    this.#look()
  }

  #follow(socket: WebSocket): void {
    this.sockets.add(socket)
    socket.on('close', () => {
      this.sockets.delete(socket)
      this.#look()
    })
    socket.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString()) as StreamRequest
      if (request.type === 'ping') {
        if (this.answersPings) say(socket, { type: 'pong', seq: 1 })
      } else {
        this.subscribed.push(request)
        if (request.type === 'subscribe') this.onSubscribe(request, socket)
      }
      this.#look()
    })
  }

  #look(): void {
    const ready = this.#waiters.filter((waiter) => waiter.check())
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    for (const waiter of ready) waiter.resolve()
  }
}

export function say(socket: WebSocket, message: StreamMessage): void {
  socket.send(JSON.stringify(message))
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A refusal with the words that the server has for its code. */
export function refuse(
  response: ServerResponse,
  status: number,
  document: { readonly code?: string; readonly [member: string]: unknown },
  headers: object = {},
): void {
  const entry = errorEntry(document.code ?? '') ?? { title: 'x' }
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ ...entry, type: 'urn:andon:error:x', status, ...document }))
}

/** A job as the wire has it. */
export function job(change: Partial<JobDetail> = {}): JobDetail {
  const view: JobView = {
    id: '0199aaaa-0000-7000-8000-000000000001',
    type: 'print.label',
    description: 'MO-8235',
    queue: 'default',
    state: 'running',
    is_cancelling: false,
    wait_reason: null,
    advice: 'Monitor: it is being worked on.',
    priority: 'normal',
    subject: null,
    tags: {},
    created_by: 'anna',
    created_at: '2026-11-22T08:00:00.000Z',
    run_at: '2026-11-22T08:00:00.000Z',
    queued_at: null,
    sent_at: null,
    started_at: '2026-11-22T08:00:01.000Z',
    finished_at: null,
    deadline_at: null,
    expires_at: null,
    attempt: 1,
    max_attempts: 3,
    worker: null,
    printer: 'Zebra',
    pool: null,
    station: null,
    proof: 'sent',
    parent: null,
    retry_of: null,
    retried_by: null,
    items: { total: 200, done: 150, failed: 0 },
    progress: null,
    error: null,
    summary: null,
    version: 1,
  }
  return {
    ...view,
    input: null,
    result: null,
    is_redacted: false,
    resources: null,
    external_ref: null,
    estimated_ms: null,
    cancel: null,
    children: [],
    cleaned: null,
    actions: [],
    ...change,
  }
}
