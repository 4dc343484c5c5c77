import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Andon } from '../../packages/sdk/src/index.ts'

const BIN = join(import.meta.dirname, '../../packages/cli/bin/andon.mjs')

/** An Andon in a process of its own, as a user starts it. */
export interface ServerProcess {
  readonly pid: number
  readonly process: ChildProcess
  readonly url: string
  /** With all rights. */
  readonly token: string
  /** A client with all rights. */
  readonly client: () => Andon
  /** From the start of the process until it said that it is up. */
  readonly startedInMs: number
  readonly stop: () => Promise<void>
}

/** How it is started. */
export interface ServerProcessOptions {
  /** `up` or `server`. */
  readonly command: 'up' | 'server'
  /** Null: the embedded database, in the folder of the run. */
  readonly databaseUrl: string | null
  /** Where it keeps its data; default a new folder, which `stop` removes. */
  readonly dataDir?: string
  /** A file that runs in it before its own code, and may talk to this process. */
  readonly preload?: string
}

/** Starts it on a free port of loopback and waits until it is up. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'andon-bench-up-')))
  const { DATABASE_URL: _other, ...env } = process.env
  const startedMs = performance.now()
  const preload = options.preload === undefined ? [] : ['--import', options.preload]
  const child = spawn(process.execPath, [...preload, BIN, options.command, '--data', dataDir, '--port', '0'], {
    env: options.databaseUrl === null ? env : { ...env, DATABASE_URL: options.databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  await untilUp(child)
  const startedInMs = performance.now() - startedMs
  const { url } = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { url: string }
  const token = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()
  return {
    pid: child.pid ?? 0,
    process: child,
    url,
    token,
    client: () => new Andon({ url, token }),
    startedInMs,
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function untilUp(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Andon is up')) resolve()
    })
    child.once('exit', () => reject(new Error('the process ended before it was up')))
  })
}
