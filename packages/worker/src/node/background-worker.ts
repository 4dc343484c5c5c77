import { messageOf, type RetryPolicy, type TypeDeclaration } from '@andon/core'
import type { HttpOptions } from '@andon/sdk'
import type { Handler } from '../handler.ts'
import { isolated } from '../isolation/isolated.ts'
import { sweepFolders } from '../isolation/job-folder.ts'
import { DEFAULT_LIMITS } from '../isolation/limits.ts'
import { Worker } from '../worker.ts'
import manifest from '../../package.json' with { type: 'json' }
import { inProcess, type NodeHandler } from './handlers.ts'
import { DEFAULT_LOAD, type LoadLimits, MachineLoad } from './machine-load.ts'
import { openSource } from './open-source.ts'

export interface BackgroundWorkerOptions extends Partial<LoadLimits> {
  /** The queues to take jobs from; they are made where they do not exist. Default: every queue there is. */
  readonly queues?: readonly string[]
  /** Jobs that run at once; default 10. */
  readonly concurrency?: number
  /** `postgres://…`: works beside the database instead of over HTTP. Handlers cannot tell which. */
  readonly databaseUrl?: string
  /** Shown to people; default `host:pid`. */
  readonly name?: string
  /** How long it may be silent before its jobs are given to others, in milliseconds; default 30,000. */
  readonly leaseMs?: number
  /** How long `stop()` lets jobs finish before it asks them to stop, in milliseconds; default 10,000. */
  readonly drainMs?: number
  /** Hears what went wrong between the worker and its server; default: standard error. */
  readonly onError?: (error: unknown, doing: string) => void
}

/** How the jobs of one type are run. */
export interface HandlerOptions {
  /** Undoes what an attempt that did not succeed has left half done. Of an isolated handler, its module exports it. */
  readonly cleanup?: NodeHandler
  /** Jobs of the type that run at once in this worker; default: as many as the worker runs. */
  readonly concurrency?: number
  /** A job that runs longer is stopped, and tried again as its retry policy says; in milliseconds, default without limit. */
  readonly timeoutMs?: number
  /** Attempts in all, of jobs that do not say it themselves; default 5. */
  readonly maxAttempts?: number
  /** When a failed attempt is followed by another, for jobs that do not say it; default after 1, 5, 15, 60 minutes. */
  readonly retry?: RetryPolicy
  /** Isolated handlers only: resident memory of all its processes in MB; default 2048. */
  readonly memoryMb?: number
  /** Isolated handlers only: milliseconds on the CPU, all its processes together; default without limit. */
  readonly cpuMs?: number
  /** Isolated handlers only: how long it may go on after it was asked to stop, in milliseconds; default 2000. */
  readonly graceMs?: number
}

const DRAIN_MS = 10_000

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A worker for jobs in the background, with the handlers of its program. */
export class BackgroundWorker implements AsyncDisposable {
  readonly #server: HttpOptions
  readonly #options: BackgroundWorkerOptions
  readonly #handlers = new Map<string, Handler>()
  readonly #cleanups = new Map<string, Handler>()
  readonly #typeSlots = new Map<string, number>()
  readonly #timeLimits = new Map<string, number>()
  readonly #declares = new Map<string, TypeDeclaration>()
  #running: { readonly parts: AsyncDisposableStack; readonly worker: Worker } | null = null

  constructor(server: HttpOptions, options: BackgroundWorkerOptions) {
    this.#server = server
    this.#options = options
  }

  /** Jobs that it holds now. */
  get jobIds(): string[] {
    return this.#running?.worker.jobIds ?? []
  }

  /**
   * Says how jobs of a type are run: by a function in this process, or, isolated, by the export `handle` of a module in a
   * process of its own for each attempt, within its limits. `new URL('./render.ts', import.meta.url)` names a module
   * beside the program.
   */
  handle(type: string, handler: NodeHandler | URL, options: HandlerOptions = {}): this {
    const { cleanup, concurrency, maxAttempts, retry, timeoutMs } = options
    if (handler instanceof URL) this.#isolate(type, handler, options)
    else {
      this.#handlers.set(type, inProcess(handler))
      if (cleanup) this.#cleanups.set(type, inProcess(cleanup))
    }
    if (concurrency !== undefined) this.#typeSlots.set(type, concurrency)
    if (timeoutMs !== undefined) this.#timeLimits.set(type, timeoutMs)
    const declared = {
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(retry === undefined ? {} : { retry }),
    }
    if (Object.keys(declared).length > 0) this.#declares.set(type, declared)
    return this
  }

  /**
   * Begins to take jobs; a second call does nothing.
   *
   * @throws server_unreachable, not_allowed and the like when it cannot register; it may be tried again
   */
  async start(): Promise<void> {
    if (this.#running !== null) return
    await using parts = new AsyncDisposableStack()
    await sweepFolders()
    const { cpuPercent = DEFAULT_LOAD.cpuPercent, memoryPercent = DEFAULT_LOAD.memoryPercent } = this.#options
    const load = parts.use(new MachineLoad({ cpuPercent, memoryPercent }))
    const { source, lanes } = parts.use(await openSource(this.#server, this.#options))
    const { concurrency, drainMs = DRAIN_MS, leaseMs, name, onError = tellError } = this.#options
    const worker = new Worker({
      source,
      lanes,
      version: manifest.version,
      handlers: this.#handlers,
      cleanups: this.#cleanups,
      declares: this.#declares,
      typeSlots: this.#typeSlots,
      timeLimits: this.#timeLimits,
      shortage: () => load.shortage,
      prefetch: 'paced',
      drainMs,
      onError,
      ...(concurrency === undefined ? {} : { slots: concurrency }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(name === undefined ? {} : { name }),
    })
    parts.use(worker)
    await worker.start()
    this.#running = { parts: parts.move(), worker }
  }

  /** Takes nothing more, lets its jobs finish, stops what takes too long, and resolves when nothing runs. */
  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    await running?.parts.disposeAsync()
  }

  /** Works until the process is asked to end (Ctrl-C, SIGTERM), then stops. A second Ctrl-C ends it at once. */
  async run(): Promise<void> {
    const asked = Promise.withResolvers<void>()
    const onSignal = (): void => {
      for (const signal of STOP_SIGNALS) process.off(signal, onSignal)
      asked.resolve()
    }
    for (const signal of STOP_SIGNALS) process.on(signal, onSignal)
    await this.start()
    await asked.promise
    await this.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #isolate(type: string, module: URL, options: HandlerOptions): void {
    const { cpuMs = null, graceMs, memoryMb, timeoutMs = null } = options
    const limits = {
      cpuMs,
      timeoutMs,
      graceMs: graceMs ?? DEFAULT_LIMITS.graceMs,
      memoryMb: memoryMb ?? DEFAULT_LIMITS.memoryMb,
    }
    const { cleanup, handle } = isolated(module.href, limits)
    this.#handlers.set(type, handle)
    this.#cleanups.set(type, cleanup)
  }
}

function tellError(error: unknown, doing: string): void {
  process.stderr.write(`andon worker: ${doing}: ${messageOf(error)}\n`)
}
