import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'

const run = promisify(execFile)

/** What a test in a terminal needs and this machine lacks, with what to do; null when everything is there. */
export function terminalMissing(programs: readonly string[]): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const missing = programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
  return missing.length === 0 ? null : `${missing.join(', ')} not found: apt-get install ${missing.join(' ')}`
}

export interface TerminalOptions {
  readonly columns?: number
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly rows?: number
}

let terminals = 0

/** A bash in a terminal of its own, typed into and looked at as a person does. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string
  #commands = 0

  private constructor(socket: string) {
    this.#socket = socket
  }

  static async open({ columns = 100, cwd, env, rows = 30 }: TerminalOptions): Promise<Terminal> {
    terminals += 1
    const terminal = new Terminal(`andon-${process.pid}-${terminals}`)
    const size = ['-x', String(columns), '-y', String(rows)]
    const shell = `PS1='$ ' exec bash --norc --noprofile`
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-c', cwd, ...size, ...variables, shell)
    try {
      await terminal.shows(/^\$ $/)
      return terminal
    } catch (error) {
      await terminal[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Keys by the names of tmux, such as `C-c`, `Tab` and `Enter`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys)
  }

  /** Types a text, and Enter unless told not to. */
  async type(text: string, { enter = true } = {}): Promise<void> {
    await this.#tmux('send-keys', '-l', '--', text)
    if (enter) await this.press('Enter')
  }

  /** What stands on it; with escape sequences for colours when asked for. */
  async screen({ colours = false } = {}): Promise<string> {
    // Joined, so that a line that was broken at the edge is one that is too long.
    const { stdout } = await this.#tmux('capture-pane', '-p', '-J', ...(colours ? ['-e'] : []))
    return stdout.replace(/\n+$/, '')
  }

  /** Resolves with the screen once it shows what is expected. */
  async shows(what: RegExp): Promise<string> {
    let seen = ''
    await expect.poll(async () => (seen = await this.screen())).toMatch(what)
    return seen
  }

  /** Starts a command on a clean screen; `ended` waits for it. */
  async start(command: string): Promise<void> {
    this.#commands += 1
    // What the command before left on the screen would be taken for an answer of this one.
    await this.type('clear')
    await this.shows(/^\$ $/)
    await this.type(`clear; ${command}; echo "exit ${this.#commands}: $?"`)
  }

  /** The exit code of the command that was started last, and what stands above it. */
  async ended(): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    const mark = new RegExp(`^exit ${this.#commands}: (\\d+)`, 'm')
    const screen = await this.shows(mark)
    const [before = ''] = screen.split(mark)
    return { code: Number(mark.exec(screen)?.[1]), lines: before.split('\n').filter((line) => line.trim() !== '') }
  }

  async runs(command: string): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    await this.start(command)
    return this.ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server').catch(() => {})
  }

  #tmux(...argv: readonly string[]): Promise<{ stdout: string }> {
    return run('tmux', ['-L', this.#socket, ...argv])
  }
}
