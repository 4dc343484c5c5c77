import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobView, PrinterView } from '@andon/core'
import type { Command } from 'commander'
import { environment } from '../src/environment.ts'
import { run } from '../src/main.ts'
import type { ExitCode } from '../src/exit.ts'
import { type Io, processIo, type Writer } from '../src/io.ts'
import { buildProgram } from '../src/program.ts'
import { FakeServer, job } from '../../sdk/test/fake-server.ts'

export { FakeServer, job, json, refuse, say } from '../../sdk/test/fake-server.ts'

/** 22 November 2026, 8 o'clock: two minutes after the jobs of the fake server were made. */
const NOW = Date.parse('2026-11-22T08:02:00.000Z')

/** What a command did. */
export interface Ran {
  readonly code: ExitCode
  readonly err: string
  readonly out: string
}

/** How the world of one command differs from a plain script's. */
export interface WorldOptions {
  /** Answers to questions, in their order. With some, there is a terminal to ask on. */
  readonly answers?: readonly string[]
  /** Width of the terminal of stdout and stderr; none when left out. */
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  readonly interrupt?: AbortSignal
  readonly onText?: (err: string) => void
  readonly stdin?: string
}

/** A folder of its own, in which commands run as in a shell. */
export class World implements AsyncDisposable {
  readonly folder: string
  readonly questions: string[] = []

  constructor(folder: string) {
    this.folder = folder
  }

  async andon(argv: readonly string[], options: WorldOptions = {}): Promise<Ran> {
    const out = collector(options)
    const err = collector(options)
    const answers = [...(options.answers ?? [])]
    const io: Io = {
      ask: async (question) => {
        this.questions.push(question)
        return answers.shift() ?? ''
      },
      cwd: this.folder,
      env: environment({ HOME: join(this.folder, 'home'), ...options.env }),
      now: () => NOW,
      onInterrupt: (listener) => {
        options.interrupt?.addEventListener('abort', listener)
        return () => options.interrupt?.removeEventListener('abort', listener)
      },
      stderr: err.writer,
      stdin: {
        isTerminal: options.answers !== undefined,
        read: async () => new TextEncoder().encode(options.stdin ?? ''),
      },
      stdout: out.writer,
    }
    const code = await run(argv, io)
    return { code, err: err.text(), out: out.text() }
  }

  /** The tree of commands, with those that start processes. */
  program(): Promise<Command> {
    return buildProgram(processIo(), { code: 0 }, new Set(['up']))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { force: true, recursive: true })
  }
}

export async function world(): Promise<World> {
  return new World(await mkdtemp(join(tmpdir(), 'andon-cli-')))
}

/** A world whose commands speak to a fake server. */
export async function shop(): Promise<{
  readonly andon: (argv: readonly string[], options?: WorldOptions) => Promise<Ran>
  readonly server: FakeServer
  readonly world: World
  readonly [Symbol.asyncDispose]: () => Promise<void>
}> {
  const server = await new FakeServer().listen()
  const place = await world()
  const env = { ANDON_SERVER: server.url, ANDON_TOKEN: 'andon_test' }
  return {
    server,
    world: place,
    andon: (argv, options = {}) => place.andon(argv, { ...options, env: { ...env, ...options.env } }),
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function collector({ answers, columns, onText }: WorldOptions): { writer: Writer; text: () => string } {
  let text = ''
  return {
    text: () => text,
    writer: {
      columns: columns ?? null,
      rows: null,
      isTerminal: columns !== undefined || answers !== undefined,
      write: (more) => {
        text += more
        onText?.(text)
      },
      writeBytes: async (bytes) => {
        text += new TextDecoder().decode(bytes)
      },
    },
  }
}

/** A page of jobs. */
export function page(jobs: readonly JobView[], next: string | null = null): object {
  return { data: jobs, next_cursor: next, total: { count: 1234, is_exact: true }, searched_until: null }
}

/** The id of the n-th job. */
export function idOf(n: number): string {
  return `0199aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`
}

/** Jobs that differ in what a list shows. */
export function someJobs(): JobView[] {
  return [
    job({ id: idOf(4), state: 'pending', wait_reason: 'unconfirmed', description: 'Badges for the fair in Hannover' }),
    job({ id: idOf(3), created_at: '2026-11-22T08:01:30.000Z' }),
    job({
      id: idOf(2),
      state: 'completed_with_errors',
      items: { total: 200, done: 197, failed: 3 },
      finished_at: '2026-11-22T08:00:43.000Z',
    }),
    job({
      id: idOf(1),
      type: 'report.pdf',
      state: 'failed',
      description: null,
      printer: null,
      items: null,
      started_at: null,
    }),
  ]
}

/** A printer as the wire has it. */
export function printer(change: Partial<PrinterView> = {}): PrinterView {
  return {
    id: 1,
    name: 'Zebra',
    driver: 'ipp',
    uri: 'ipp://127.0.0.1:8631/ipp/print',
    kind: 'label',
    location: 'Hall 2',
    pool: null,
    station: null,
    failover_to: null,
    failover_after: 300,
    is_demo: false,
    state: 'idle',
    status_text: 'Online',
    state_since: '2026-11-22T07:00:00.000Z',
    troubles: [],
    message: null,
    model: 'ZT411',
    supplies: [{ name: 'ribbon', level: 40 }],
    capabilities: null,
    pause: null,
    is_draining: false,
    jobs_waiting: 2,
    current_job: null,
    last_confirmed_at: '2026-11-22T08:01:00.000Z',
    answered_at: '2026-11-22T08:01:59.000Z',
    settings: {},
    ...change,
  }
}

/** A printer without paper. */
export function printerWithoutPaper(): PrinterView {
  return printer({
    state: 'stopped',
    status_text: 'Needs attention',
    state_since: '2026-11-22T08:01:00.000Z',
    troubles: [
      {
        reason: 'media-empty',
        severity: 'error',
        title: 'Paper is out',
        what: 'The printer has no labels left.',
        steps: ['Open the cover.', 'Put in a new roll.', 'Close the cover; it goes on by itself.'],
        raw: 'media-empty-error',
      },
    ],
  })
}
