import { isatty } from 'node:tty'
import { type Environment, environment } from './environment.ts'

/** One way out of the process. */
export interface Writer {
  /** Characters of a line; null when it is no terminal. */
  readonly columns: number | null
  /** Lines that it shows at once; null when it is no terminal. */
  readonly rows: number | null
  readonly isTerminal: boolean
  write(text: string): void
  /** Resolves when there is room for more. */
  writeBytes(bytes: Uint8Array): Promise<void>
}

/** Everything by which a command meets the world, so that tests can stand in for it. */
export interface Io {
  /** Asks on the terminal and returns what was typed; hidden answers are not shown. */
  readonly ask: (question: string, echo: 'hidden' | 'shown') => Promise<string>
  readonly cwd: string
  readonly env: Environment
  readonly now: () => number
  /** Calls back when somebody presses Ctrl-C. Returns what ends that; without a listener the process ends. */
  readonly onInterrupt: (listener: () => void) => () => void
  readonly stderr: Writer
  readonly stdin: { readonly isTerminal: boolean; readonly read: () => Promise<Uint8Array<ArrayBuffer>> }
  readonly stdout: Writer
}

/** The real world. */
export function processIo(): Io {
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    ask: async (question, echo) => (await import('./terminal.ts')).askOnTerminal(question, echo),
    cwd: process.cwd(),
    env: environment(),
    now: Date.now,
    onInterrupt(listener) {
      process.on('SIGINT', listener)
      return () => void process.off('SIGINT', listener)
    },
    stderr: writerOf(process.stderr, 2),
    stdin: { isTerminal: isatty(0), read: readStdin },
    stdout: writerOf(process.stdout, 1),
  }
}

function writerOf(stream: NodeJS.WriteStream, descriptor: number): Writer {
  const isTerminal = isatty(descriptor)
  return {
    get columns() {
      return isTerminal ? stream.columns : null
    },
    get rows() {
      return isTerminal ? stream.rows : null
    },
    isTerminal,
    write: (text) => void stream.write(text),
    writeBytes: (bytes) =>
      new Promise((resolve, reject) => stream.write(bytes, (error) => (error ? reject(error) : resolve()))),
  }
}

async function readStdin(): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return new Uint8Array(Buffer.concat(chunks))
}
