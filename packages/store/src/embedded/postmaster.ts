import type { ChildProcess } from 'node:child_process'
import { open, readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { postmasterFile } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { Launcher } from './launcher.ts'
import { spawnServer } from './launcher.ts'
import type { Layout } from './layout.ts'
import { commandLine, isAlive, isTaken, signal, waitForOrphans } from './processes.ts'
import { EMBEDDED_PORT } from './settings.ts'

/** The server's first process, started by us or found running. */
export interface Postmaster {
  /** Resolves once the process is gone, with words for how it ended. */
  exited: Promise<string>
  pid: number
}

/** What postmaster.pid says of a running server. */
export interface PostmasterFacts {
  pid: number
  socketDir: string
  /** `starting`, `ready`, `stopping` or empty. */
  status: string
}

const SOCKET_LOCK = `.s.PGSQL.${EMBEDDED_PORT}.lock`
/** Recovery after a crash may replay much; a server that needs longer is stuck. */
const READY_LIMIT_MS = 10 * 60_000

/** The server of this cluster that runs now, or null. A file left by a dead one is not a running one. */
export async function findPostmaster(layout: Layout): Promise<PostmasterFacts | null> {
  const facts = await readPostmasterFile(layout)
  if (!facts || !(await isAlive(facts.pid))) return null
  // The number may long belong to another process; a postmaster has its folder in its command line.
  return (await commandLine(facts.pid)).includes(layout.clusterDir) ? facts : null
}

/**
 * Clears what a dead server left. PostgreSQL looks after its own postmaster.pid, but takes it for a running server when
 * the number belongs to another process today, which is usual where containers number their processes from 1, and when the
 * server has ended and nobody has collected it, which is usual where a container has no init.
 */
export async function clearRemains(layout: Layout, socketDir: string): Promise<void> {
  await waitForOrphans(layout.clusterDir)
  if (await findPostmaster(layout)) return
  for (const path of [postmasterFile(layout), join(socketDir, SOCKET_LOCK)]) {
    const facts = await readLockFile(path, layout)
    if (facts && isTaken(facts.pid)) await rm(path)
  }
}

/** Starts the server and waits until it takes connections. Rejects with the end of its log when it ends instead. */
export async function startPostmaster(
  layout: Layout,
  launcher: Launcher,
  args: readonly string[],
): Promise<Postmaster> {
  const log = await open(layout.logPath, 'a', 0o600)
  const logStart = (await log.stat()).size
  let child: ChildProcess
  try {
    child = spawnServer(launcher, args, log.fd)
  } finally {
    await log.close()
  }
  const ended = whenEnded(child)
  const abort = new AbortController()
  // Without a number it never started, which ends it at once.
  const { pid = 0 } = child
  const outcome = await Promise.race([ended, whenReady(layout, pid, abort.signal)])
  abort.abort()
  if (outcome !== READY) throw await startFailure(layout, logStart, outcome)
  return { exited: ended, pid }
}

/** Takes a server that was started by an earlier process: not our child, so its end is looked for. */
export function adoptPostmaster(pid: number): Postmaster {
  return { exited: watchForEnd(pid), pid }
}

/** Ends a server and waits until it is gone: fast shutdown, then immediate, then by force. */
export async function stopPostmaster(layout: Layout, postmaster: Postmaster): Promise<void> {
  const steps = [
    { limitMs: 30_000, name: 'SIGINT' },
    { limitMs: 10_000, name: 'SIGQUIT' },
    { limitMs: 10_000, name: 'SIGKILL' },
  ] as const
  for (const step of steps) {
    signal(postmaster.pid, step.name)
    const limit = new AbortController()
    const isGone = await Promise.race([
      postmaster.exited.then(() => true),
      delay(step.limitMs, false, { signal: limit.signal }).catch(() => false),
    ])
    limit.abort()
    if (isGone) break
  }
  await waitForOrphans(layout.clusterDir)
}

const READY = Symbol('ready')

async function whenReady(layout: Layout, pid: number, stop: AbortSignal): Promise<typeof READY | string> {
  const deadline = performance.now() + READY_LIMIT_MS
  while (!stop.aborted) {
    const facts = await readPostmasterFile(layout)
    if (facts?.pid === pid && facts.status === 'ready') return READY
    if (performance.now() > deadline) {
      signal(pid, 'SIGQUIT')
      return 'it did not become ready in 10 minutes'
    }
    await delay(5)
  }
  return 'stopped'
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signalName) => resolve(signalName ? `ended by ${signalName}` : `ended with code ${code}`))
  })
}

async function watchForEnd(pid: number): Promise<string> {
  while (await isAlive(pid)) await delay(200, undefined, { ref: false })
  return 'ended'
}

async function startFailure(layout: Layout, logStart: number, outcome: string): Promise<EmbeddedPostgresError> {
  const log = (await readFile(layout.logPath)).subarray(logStart).toString('utf8').trim()
  const said = log.split('\n').slice(-8).join('\n')
  return new EmbeddedPostgresError(
    'start_failed',
    `The embedded PostgreSQL did not start (${outcome}). Its log, ${layout.logPath}, ends with:\n${said}`,
  )
}

function readPostmasterFile(layout: Layout): Promise<PostmasterFacts | null> {
  return readLockFile(postmasterFile(layout), layout)
}

/** The lock of the socket begins with the same lines as that of the folder. */
async function readLockFile(path: string, layout: Layout): Promise<PostmasterFacts | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [number, directory = '', , , socketDir = '', , , status = ''] = text.split('\n')
  const pid = Number(number)
  if (!Number.isInteger(pid) || pid <= 0) return null
  const folder = await realpath(directory).catch(() => directory)
  if (folder !== layout.clusterDir) return null
  return { pid, socketDir, status: status.trim() }
}
