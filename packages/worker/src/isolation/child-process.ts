import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { problem, type ResourceUse } from '@andon/core'
import type { JobContext } from '../handler.ts'
import type { JobFolder } from './job-folder.ts'
import { excessOf, type Limits, memoryExcess } from './limits.ts'
import type { FromChild, Part, ToChild } from './messages.ts'
import { MARK, ProcessTree } from './process-tree.ts'

const CHILD = new URL('./child.ts', import.meta.url)

/** What Node keeps of compiled sources, of all attempts of this user. */
const COMPILED = join(tmpdir(), `andon-compiled-${process.getuid?.() ?? 0}`)

/** How often its use is compared with its limits. */
const SAMPLE_MS = 200

/** How often its use is told. */
const TELL_MS = 1_000

/** Between SIGTERM and SIGKILL. */
const TERM_MS = 500

/** How long a process may take to end once it has told how its handler ended. */
const EXIT_MS = 1_000

/** Characters of its standard error that are looked through when it ended without a word. */
const LAST_WORDS = 4_000

export interface PartOptions {
  readonly module: string
  readonly part: Part
  readonly folder: JobFolder
  readonly limits: Limits
  /** Asks it to stop, with the reason. */
  readonly signal: AbortSignal
  /** Answers what the handler says and asks. */
  readonly onMessage: (message: FromChild, reply: (answer: ToChild) => void) => void
}

/** How a handler in a process of its own ended. */
export type PartEnd = Extract<FromChild, { readonly kind: 'returned' | 'decided' | 'stopped' | 'threw' }>

/** One process that runs one part of a handler's module for one attempt, and everything that comes of it. */
export class HandlerProcess {
  readonly #job: JobContext
  readonly #options: PartOptions
  readonly #child: ChildProcess
  readonly #tree: ProcessTree
  readonly #startedAt = performance.now()
  readonly #timers = new Set<NodeJS.Timeout>()
  #toldAt = 0
  #end: PartEnd | null = null
  #excess: Error | null = null
  #lastWords = ''

  constructor(job: JobContext, options: PartOptions) {
    this.#job = job
    this.#options = options
    const attempt = `${job.id}.${job.claimed.fence}`
    this.#child = start(attempt, options)
    this.#tree = new ProcessTree(this.#child.pid ?? 0, attempt)
  }

  /**
   * Resolves with how the handler ended, when no process of it and no file of its folder is left.
   *
   * @throws what it used too much of, why it was ended, or `handler_exited` when it ended without a word
   */
  async ended(): Promise<PartEnd> {
    const exited = once(this.#child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    const closed = once(this.#child, 'close')
    this.#listen()
    const stopWatching = this.#watch()
    const [code, signal] = await exited
    stopWatching()
    this.#sample()
    const processesEnded = await this.#sweep()
    await closed
    this.#tell({ processesEnded, filesRemoved: await this.#options.folder.remove() })
    if (this.#excess !== null) throw this.#excess
    return this.#end ?? this.#ending(code, signal)
  }

  #listen(): void {
    const { folder, module, onMessage, part } = this.#options
    const reply = (answer: ToChild): void => this.#tellChild(answer)
    this.#child.on('message', (message: FromChild) => {
      if (message.kind === 'ready') reply({ kind: 'run', module, part, folder: folder.path, job: this.#job.claimed })
      else if (isEnd(message)) this.#ends(message)
      else onMessage(message, reply)
    })
    // Nothing to write to any more: its end says why.
    this.#child.on('error', () => undefined)
    this.#logs(this.#child.stdout, 'info')
    this.#logs(this.#child.stderr, 'warning')
  }

  #ends(end: PartEnd): void {
    this.#end = end
    this.#after(EXIT_MS, () => this.#tree.signal('SIGKILL'))
  }

  /** What it prints is its log. */
  #logs(stream: Readable | null, level: 'info' | 'warning'): void {
    if (stream === null) return
    createInterface({ input: stream }).on('line', (line) => {
      if (level === 'warning') this.#lastWords = `${this.#lastWords}${line}\n`.slice(-LAST_WORDS)
      this.#job.log[level](line)
    })
  }

  /** Looks after its use and whether it is to stop, until the returned function is called. */
  #watch(): () => void {
    const { signal } = this.#options
    const { killSignal } = this.#job
    const stop = (): void => this.#stop()
    const kill = (): void => this.#tree.signal('SIGKILL')
    const sampling = setInterval(() => this.#sample(), SAMPLE_MS)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    if (killSignal.aborted) kill()
    else killSignal.addEventListener('abort', kill, { once: true })
    return () => {
      clearInterval(sampling)
      for (const timer of this.#timers) clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      killSignal.removeEventListener('abort', kill)
    }
  }

  #stop(): void {
    const { graceMs } = this.#options.limits
    const reason = this.#options.signal.reason as { kind: 'cancelled'; message: string }
    this.#tellChild({ kind: 'stop', reason: { kind: reason.kind, message: reason.message } })
    this.#after(graceMs, () => this.#tree.signal('SIGTERM'))
    this.#after(graceMs + TERM_MS, () => this.#tree.signal('SIGKILL'))
  }

  /** One that has just ended hears nothing any more, and needs not. */
  #tellChild(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #after(delayMs: number, act: () => void): void {
    this.#timers.add(setTimeout(act, delayMs))
  }

  #sample(): void {
    const use = this.#tree.sample()
    if (performance.now() - this.#toldAt >= TELL_MS) this.#tell({ memoryMb: use.memoryMb })
    if (this.#excess !== null) return
    this.#excess = excessOf(use, this.#options.limits)
    if (this.#excess !== null) this.#tree.signal('SIGKILL')
  }

  #tell({ memoryMb, ...leftovers }: Pick<ResourceUse, 'filesRemoved' | 'memoryMb' | 'processesEnded'>): void {
    const { limits } = this.#options
    const { cpuMs } = this.#tree.sample([])
    const wallMs = Math.round(performance.now() - this.#startedAt)
    this.#toldAt = performance.now()
    this.#job.used({
      peakMemoryMb: Math.round(this.#tree.peakMemoryMb * 10) / 10,
      cpuPercent: Math.round((1_000 * cpuMs) / Math.max(1, wallMs)) / 10,
      wallMs,
      cpuMs,
      memoryMb: memoryMb === undefined || memoryMb === null ? null : Math.round(memoryMb * 10) / 10,
      memoryLimitMb: limits.memoryMb,
      cpuLimitMs: limits.cpuMs,
      wallLimitMs: limits.timeoutMs,
      ...leftovers,
    })
  }

  /** How many there were. */
  async #sweep(): Promise<number> {
    const left = await this.#tree.sweep()
    if (left.length > 0)
      this.#job.log.warning(`The handler left ${left.length} process(es) behind, which were ended: ${left.join(', ')}`)
    return left.length
  }

  #ending(code: number | null, signal: NodeJS.Signals | null): PartEnd {
    if (this.#options.signal.aborted) return { kind: 'stopped' }
    if (/heap out of memory|Allocation failed/.test(this.#lastWords)) {
      throw memoryExcess(`Its JavaScript heap grew to the limit of ${this.#options.limits.memoryMb} MB.`)
    }
    const how = signal === null ? `with code ${code}` : `by ${signal}`
    throw problem('handler_exited', { detail: `The process of the handler ended ${how} before the handler did.` })
  }
}

const ENDS: ReadonlySet<FromChild['kind']> = new Set(['returned', 'decided', 'stopped', 'threw'])

function isEnd(message: FromChild): message is PartEnd {
  return ENDS.has(message.kind)
}

/** In a session of its own, so that all of it can be ended; whatever it starts inherits the mark. */
function start(attempt: string, { folder: { path }, limits }: PartOptions): ChildProcess {
  return spawn(process.execPath, [`--max-old-space-size=${limits.memoryMb}`, CHILD.pathname], {
    cwd: path,
    detached: true,
    env: {
      ...process.env,
      [MARK]: attempt,
      // To read all sources anew for each attempt would take longer than most of them.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? COMPILED,
      TEMP: path,
      TMP: path,
      TMPDIR: path,
    },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}
