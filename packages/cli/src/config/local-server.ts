import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { codeOf } from '@andon/core/base'
import type { Io } from '../io.ts'

/** A server that `andon up` runs on this machine. */
export interface LocalServer {
  /** The file that says so. */
  readonly path: string
  /** What the commands of this machine's user are let in with; null when it cannot be read. */
  readonly token: string | null
  readonly tokenPath: string
  readonly url: string
}

/** Written by `andon up` into its data folder: where it listens, and what lets its owner in. */
const SERVER_FILE = 'server.json'
const TOKEN_FILE = 'cli-token'

/**
 * The server of the data folder (`ANDON_DATA`, else `./data`); null when none runs. Only addresses of this machine
 * count: a folder that came from elsewhere cannot send the commands to another one.
 */
export async function findLocalServer(io: Io): Promise<LocalServer | null> {
  const folder = resolve(io.cwd, io.env.dataDir ?? 'data')
  const path = join(folder, SERVER_FILE)
  const facts = await readFacts(path)
  if (facts === null || !isLoopback(facts.url) || !isRunning(facts.pid)) return null
  const tokenPath = join(folder, TOKEN_FILE)
  const token = await readFile(tokenPath, 'utf8').catch(() => '')
  return { path, token: token.trim() || null, tokenPath, url: facts.url }
}

/** Whether an address is this machine's own. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname)
}

async function readFacts(path: string): Promise<{ pid: number; url: string } | null> {
  try {
    const facts: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof facts !== 'object' || facts === null) return null
    const { pid, url } = { pid: Reflect.get(facts, 'pid'), url: Reflect.get(facts, 'url') }
    return typeof pid === 'number' && typeof url === 'string' ? { pid, url } : null
  } catch {
    return null
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process: there is one all the same.
    return codeOf(error) === 'EPERM'
  }
}
