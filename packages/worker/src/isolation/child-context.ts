import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ClaimedJob, JobError, LogLevel, StoredItem } from '@andon/core'
import { type JobContext, StopReason } from '../handler.ts'
import { ReportedError } from '../outcome.ts'
import { logData, plainJson } from '../storable.ts'
import type { NodeJobContext } from '../node/handlers.ts'
import type { Asked, FromChild, Said } from './messages.ts'

/** A handler that takes steps without ever waiting lets messages in at least this often. */
const TURN_MS = 10

/** Messages that may be on their way before a step waits for them. */
const UNSENT_LIMIT = 1_000

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What a handler in a process of its own sees of its job: everything it says travels to its worker. */
export class ChildContext {
  readonly #send: (message: FromChild, sent: () => void) => void
  readonly #stop = new AbortController()
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #unsent = 0
  #drained: (() => void) | null = null
  #turnAt = performance.now()
  #isWatched = false

  constructor(send: (message: FromChild, sent: () => void) => void) {
    this.#send = send
  }

  /** Why it is to stop; null while nobody asked. */
  get stopReason(): StopReason | null {
    return this.#stop.signal.aborted ? (this.#stop.signal.reason as StopReason) : null
  }

  /** Whether the handler looked at its signal. */
  get isWatched(): boolean {
    return this.#isWatched
  }

  stop({ kind, message }: Pick<StopReason, 'kind' | 'message'>): void {
    this.#stop.abort(new StopReason(kind, message))
  }

  answered(id: number, value: unknown): void {
    this.#waiting.get(id)?.resolve(value)
    this.#waiting.delete(id)
  }

  refused(id: number, error: JobError): void {
    this.#waiting.get(id)?.reject(new ReportedError(error))
    this.#waiting.delete(id)
  }

  /** As `JobContext`, but for what only a worker near the job can do. */
  of(job: ClaimedJob, folder: string): NodeJobContext {
    const signal = (): AbortSignal => {
      this.#isWatched = true
      return this.#stop.signal
    }
    return {
      id: job.jobId,
      type: job.type,
      input: job.input,
      attempt: job.attempt,
      claimed: job,
      get signal() {
        return signal()
      },
      killSignal: this.#stop.signal,
      log: this.#log(),
      items: {
        read: (from, limit) => this.#ask({ what: 'read', from, limit }) as Promise<StoredItem[]>,
        change: async (changes) => void (await this.#ask({ what: 'change', changes })),
      },
      create: async (child) => (await this.#ask({ what: 'create', child })) as string,
      steps: (total) => this.#say({ what: 'steps', total }),
      step: (name, options) => this.#step(name, options?.by ?? 1),
      progress: (report) => this.#say({ what: 'progress', report }),
      estimate: ({ seconds }) => this.#say({ what: 'progress', report: { estimateSeconds: seconds } }),
      used: (use) => this.#say({ what: 'used', use }),
      update: (update) => this.#say({ what: 'update', update }),
      flush: async () => void (await this.#ask({ what: 'flush' })),
      folder: async () => folder,
    }
  }

  async #step(name: string, by: number): Promise<void> {
    this.#stop.signal.throwIfAborted()
    this.#say({ what: 'step', name, by })
    if (this.#unsent > UNSENT_LIMIT) await this.#whenSent()
    if (performance.now() - this.#turnAt < TURN_MS) return
    await nextTurn()
    this.#turnAt = performance.now()
    this.#stop.signal.throwIfAborted()
  }

  #log(): JobContext['log'] {
    const write =
      (level: LogLevel) =>
      (message: string, data?: unknown): void =>
        this.#say({ what: 'log', level, message, data: plainJson(logData(data)) })
    return { debug: write('debug'), info: write('info'), warning: write('warning'), error: write('error') }
  }

  #say(said: Said): void {
    this.tell({ kind: 'say', said })
  }

  #ask(asked: Asked): Promise<unknown> {
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.tell({ kind: 'ask', id, asked })
    })
  }

  /** Sends a message, and remembers that it is on its way. */
  tell(message: FromChild): void {
    this.#unsent += 1
    this.#send(message, () => {
      this.#unsent -= 1
      if (this.#unsent > 0) return
      this.#drained?.()
      this.#drained = null
    })
  }

  #whenSent(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve
    })
  }
}
