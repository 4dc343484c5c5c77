import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One order that the server has taken. */
export interface PrintServerJob {
  readonly id: string
  readonly labels: readonly { zpl_code: string; box_number?: string }[]
  status: 'queued' | 'printing' | 'completed' | 'failed' | 'cancelled'
  completed: number
  failed: number
  error: string | null
}

export interface PrintServerOptions {
  /** Key that requests must carry; default: none is asked for. */
  readonly token?: string
  /** Milliseconds for one label; default 5. */
  readonly msPerLabel?: number
  readonly printers?: readonly string[]
}

/**
 * Answers instead of the usual one: HTTP status; `cut` for a connection that ends without an answer; `words` for a page
 * of a proxy that says 200 and nothing else, though the request was obeyed.
 */
export type PrintServerFault = number | 'cut' | 'cut-after-taking' | 'words'

/** An HTTP label print server as shops have them, with faults to switch on. */
export class PrintServer implements AsyncDisposable {
  readonly jobs = new Map<string, PrintServerJob>()
  /** ZPL of the labels that came out, oldest first. */
  readonly printed: string[] = []
  /** Number of requests for the state of a job. */
  polls = 0
  /** What the next request is answered with, in order. */
  readonly faults: PrintServerFault[] = []
  /** Positions within an order that fail. */
  failing: ReadonlySet<number> = new Set()
  /** Word of the printers in the list. */
  printerStatus = 'online'
  isPaused = false
  msPerLabel: number
  readonly #options: PrintServerOptions
  readonly #waiters = new Set<() => void>()
  #server: Server | null = null
  #port = 0
  #timer: NodeJS.Timeout | null = null

  constructor(options: PrintServerOptions = {}) {
    this.#options = options
    this.msPerLabel = options.msPerLabel ?? 5
  }

  get uri(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    if (this.#server !== null) return
    const server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#work()
  }

  /** The port closes; with its jobs, unless it is told to keep them. It starts again at the same port. */
  async stop(options: { forgets?: boolean } = {}): Promise<void> {
    const server = this.#server
    this.#server = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (options.forgets === true) this.jobs.clear()
    if (server === null) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  /** Stops or goes on between two labels. */
  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused
    this.#work()
  }

  /** Resolves when `isTrue` holds; tried again after each label and request. */
  async until(isTrue: (server: this) => boolean): Promise<void> {
    while (!isTrue(this)) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await read(incoming)
    const fault = this.faults.shift()
    this.#changed()
    if (fault === 'cut') return void incoming.socket.resetAndDestroy()
    if (typeof fault === 'number') {
      outgoing.setHeader('retry-after', '0')
      return send(outgoing, fault, { error: 'fault', message: `Answered with ${fault} on purpose.`, code: 'FAULT' })
    }
    const { token } = this.#options
    if (token !== undefined && incoming.headers.authorization !== `Bearer ${token}`) {
      return send(outgoing, 401, { error: 'unauthorized', message: 'Bad key.', code: 'UNAUTHORIZED' })
    }
    const answer = this.#route(`${incoming.method} ${incoming.url}`, body)
    this.#changed()
    if (fault === 'cut-after-taking') return void incoming.socket.resetAndDestroy()
    if (fault === 'words') return void outgoing.end('<h1>Welcome</h1>')
    send(outgoing, answer.status, answer.body)
  }

  #route(line: string, body: unknown): { status: number; body: unknown } {
    if (line === 'GET /api/printers') return { status: 200, body: { printers: this.#printers() } }
    if (line === 'POST /api/print') return this.#take(body)
    const status = /^GET \/api\/status\/(.+)$/.exec(line)?.[1]
    if (status !== undefined) return this.#status(decodeURIComponent(status))
    const cancelled = /^DELETE \/api\/jobs\/(.+)$/.exec(line)?.[1]
    if (cancelled !== undefined) return this.#cancel(decodeURIComponent(cancelled))
    return { status: 404, body: { error: 'not_found', message: 'No such route.', code: 'NOT_FOUND' } }
  }

  #printers(): unknown[] {
    const names = this.#options.printers ?? ['Zebra 1']
    return names.map((name) => ({
      name,
      model: 'ZT411',
      status: this.printerStatus,
      connection: 'usb',
      location: 'Hall 1',
      jobs_in_queue: this.jobs.size,
    }))
  }

  #take(body: unknown): { status: number; body: unknown } {
    const labels = (body as { labels?: PrintServerJob['labels'] } | null)?.labels
    if (!Array.isArray(labels) || labels.length === 0 || labels.length > 500) {
      return { status: 422, body: { error: 'invalid', message: 'labels: 1 to 500', code: 'INVALID_LABELS' } }
    }
    const wrong = labels.find((label) => !/\^XA[\s\S]*\^XZ/.test(label.zpl_code))
    if (wrong !== undefined)
      return { status: 422, body: { error: 'invalid', message: 'zpl_code is not ZPL', code: 'INVALID_ZPL' } }
    const job: PrintServerJob = {
      id: `ps-${this.jobs.size + 1}`,
      labels,
      status: 'queued',
      completed: 0,
      failed: 0,
      error: null,
    }
    this.jobs.set(job.id, job)
    this.#work()
    return { status: 201, body: { job_id: job.id, status: 'queued', estimated_completion: null, message: 'queued' } }
  }

  #status(id: string): { status: number; body: unknown } {
    this.polls += 1
    const job = this.jobs.get(id)
    if (job === undefined)
      return { status: 404, body: { error: 'not_found', message: 'No such job.', code: 'NOT_FOUND' } }
    const { completed, failed, status } = job
    const progress = { total: job.labels.length, completed, failed }
    return {
      status: 200,
      body: { job_id: id, status, progress, current_label: completed + failed + 1, error_message: job.error },
    }
  }

  #cancel(id: string): { status: number; body: unknown } {
    const job = this.jobs.get(id)
    if (job === undefined)
      return { status: 404, body: { error: 'not_found', message: 'No such job.', code: 'NOT_FOUND' } }
    if (job.status !== 'queued' && job.status !== 'printing')
      return { status: 409, body: { error: 'conflict', message: 'over', code: 'CONFLICT' } }
    job.status = 'cancelled'
    return { status: 200, body: { success: true, message: 'cancelled' } }
  }

  #work(): void {
    if (this.#timer !== null || this.isPaused || this.#server === null) return
    const job = [...this.jobs.values()].find(({ status }) => status === 'queued' || status === 'printing')
    if (job === undefined) return
    job.status = 'printing'
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (job.status === 'printing') this.#printLabel(job)
      this.#work()
    }, this.msPerLabel)
  }

  #printLabel(job: PrintServerJob): void {
    const position = job.completed + job.failed
    if (this.failing.has(position)) job.failed += 1
    else {
      job.completed += 1
      this.printed.push(job.labels[position]?.zpl_code ?? '')
    }
    if (job.completed + job.failed === job.labels.length) job.status = job.completed === 0 ? 'failed' : 'completed'
    if (job.status === 'failed') job.error = 'All labels failed.'
    this.#changed()
  }

  #changed(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const resolve of waiters) resolve()
  }
}

/** Makes a print server and opens its port. */
export async function startPrintServer(options: PrintServerOptions = {}): Promise<PrintServer> {
  const server = new PrintServer(options)
  await server.start()
  return server
}

async function read(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null')
  } catch {
    return null
  }
}

function send(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', 'x-ratelimit-remaining': '90' })
  outgoing.end(JSON.stringify(body))
}
