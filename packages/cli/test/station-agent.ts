import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BIN = join(import.meta.dirname, '../bin/andon.mjs')

/** An agent in a process of its own, with a folder that it keeps over restarts. */
export class Agent implements AsyncDisposable {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #args: readonly string[]
  #child: ChildProcess | null = null

  private constructor(folder: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#folder = folder
    this.#args = args
    this.#env = env
  }

  /** An agent for a station of a server; not started yet. */
  static async for(
    server: { readonly url: string; readonly token: string; readonly name: string },
    flags: readonly string[] = [],
  ): Promise<Agent> {
    const folder = await mkdtemp(join(tmpdir(), 'andon-agent-'))
    const args = ['station', '--name', server.name, '--server', server.url, '--data', folder, ...flags]
    return new Agent(folder, args, { ...process.env, ANDON_TOKEN: server.token })
  }

  /** Resolves when it is up. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [BIN, ...this.#args], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += String(chunk)
    })
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      if (String(chunk).includes('is up')) break
    }
    if (child.exitCode !== null) throw new Error(`the agent did not start: ${said}`)
    child.stdout.resume()
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it as its service manager does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}
