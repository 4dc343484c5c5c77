import type { AndonError, relativeTime } from '@andon/core'
import type { Andon } from '@andon/sdk'
import type { Connection } from './config/connection.ts'
import { Interrupted, UsageError } from './exit.ts'
import type { Io } from './io.ts'
import type { Look } from './output/look.ts'
import { type Paint, paintFor } from './output/paint.ts'

export const FORMATS = ['table', 'json', 'jsonl', 'csv', 'name'] as const
export type Format = (typeof FORMATS)[number]

/** The flags that every command takes, as typed. */
export interface GlobalFlags {
  readonly json?: string
  readonly output?: string
  readonly profile?: string
  readonly quiet?: boolean
  readonly server?: string
  readonly time?: string
  readonly verbose?: boolean
}

/** One run of one command: its flags, its server, and how it speaks. */
export class Session implements Disposable {
  readonly flags: GlobalFlags
  readonly io: Io
  #andon: Andon | undefined
  #connection: Promise<Connection> | undefined
  #relativeTime: typeof relativeTime | undefined
  #times: 'iso' | 'relative' | undefined

  constructor(io: Io, flags: GlobalFlags) {
    this.io = io
    this.flags = flags
  }

  /** Loads what the look of things needs; called once before the command. */
  async prepare(): Promise<void> {
    const { readProjectFile } = await import('./config/files.ts')
    this.#relativeTime = (await import('@andon/core/base')).relativeTime
    const project = await readProjectFile(this.io)
    this.#times = choice('--time', this.flags.time ?? project?.time, ['relative', 'iso'], 'relative')
    // A mistyped format is told before anything is done.
    void this.format
  }

  /** `--json FIELDS` alone means JSON. */
  get format(): Format {
    return choice('--output', this.flags.output, FORMATS, this.flags.json === undefined ? 'table' : 'json')
  }

  /** The fields that `--json` names; null: all. */
  get fields(): readonly string[] | null {
    const fields = this.flags.json?.split(',').map((field) => field.trim())
    return fields ? fields.filter((field) => field !== '') : null
  }

  get isQuiet(): boolean {
    return this.flags.quiet === true
  }

  /** Colours for stdout. */
  get paint(): Paint {
    return paintFor({ isTerminal: this.io.stdout.isTerminal, noColor: this.io.env.noColor })
  }

  /** Colours for stderr. */
  get errorPaint(): Paint {
    return paintFor({ isTerminal: this.io.stderr.isTerminal, noColor: this.io.env.noColor })
  }

  look(): Look {
    const nowMs = this.io.now()
    const time = (at: string | null) => {
      if (at === null) return ''
      return this.#times === 'iso' ? at : (this.#relativeTime?.(Date.parse(at), nowMs) ?? at)
    }
    return { columns: this.io.stdout.columns, nowMs, paint: this.paint, time }
  }

  /** Server and token, from flag, environment, project file, user file, or the server that runs here. */
  connection(): Promise<Connection> {
    this.#connection ??= import('./config/connection.ts').then(({ findConnection }) =>
      findConnection(this.io, this.flags),
    )
    return this.#connection
  }

  async andon(): Promise<Andon> {
    const { token, url } = await this.connection()
    const { Andon: Client } = await import('@andon/sdk')
    this.detail(`server ${url}`)
    this.#andon ??= new Client({ url, ...(token === null ? {} : { token }) })
    return this.#andon
  }

  /** A word to the person, on stderr; not with --quiet. */
  note(text: string): void {
    if (!this.isQuiet) this.io.stderr.write(`${text}\n`)
  }

  /** Something for those who look for a mistake: with --verbose only. */
  detail(text: string): void {
    if (this.flags.verbose === true) this.io.stderr.write(`${this.errorPaint('dim', text)}\n`)
  }

  /** Reports a refusal without ending the command: for commands that go on with the next thing. */
  async report(error: AndonError): Promise<void> {
    const { problemLines } = await import('./output/problem-lines.ts')
    this.io.stderr.write(`${problemLines(error, this.errorPaint).join('\n')}\n`)
  }

  /** Runs something that Ctrl-C ends early: it rejects with {@link Interrupted}. */
  async interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController()
    const end = this.io.onInterrupt(() => stop.abort(new Interrupted('interrupted')))
    try {
      return await work(stop.signal)
    } finally {
      end()
    }
  }

  [Symbol.dispose](): void {
    this.#andon?.close()
  }
}

function choice<const T extends string>(
  flag: string,
  written: string | undefined,
  allowed: readonly T[],
  otherwise: T,
): T {
  if (written === undefined) return otherwise
  const found = allowed.find((word) => word === written)
  if (found === undefined)
    throw new UsageError(`${flag} does not know "${written}".`, `Choose from: ${allowed.join(', ')}`)
  return found
}
