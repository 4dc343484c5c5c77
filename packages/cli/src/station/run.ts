import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { type AndonError, isProblem, messageOf, type WorkerLease } from '@andon/core'
import { createDriver } from '@andon/print'
import { Station } from '@andon/station'
import { FileJournal } from '@andon/station/node'
import { WebSocket } from 'ws'
import { EXIT, type ExitCode, UsageError } from '../exit.ts'
import type { Session } from '../session.ts'
import { untilStopped } from '../up/lifecycle.ts'
import { VERSION } from '../version.ts'

/** Flags of `andon station`. */
export interface StationFlags {
  readonly name?: string
  readonly data?: string
  /** Port of QZ Tray without TLS, instead of those that it has by itself. */
  readonly qzPort?: string
}

const LEASE = 'lease'
const RETRY_MIN_MS = 1_000
const RETRY_MAX_MS = 15_000

/** `andon station`: drives the printers that only this machine reaches, until it is stopped. */
export async function runStation(session: Session, flags: StationFlags): Promise<ExitCode> {
  const { token, url } = await session.connection()
  if (token === null) {
    throw new UsageError(
      'A station needs a token.',
      'Make one with: andon tokens create NAME --scopes station, and give it as ANDON_TOKEN.',
    )
  }
  const name = flags.name ?? hostname()
  const folder = resolve(flags.data ?? session.io.env.dataDir ?? './data', 'station')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  using journal = new FileJournal(folder)
  await using station = new Station({
    name,
    server: { url, token },
    version: VERSION,
    journal,
    deadLease: recallLease(journal),
    onLease: (lease) => journal.keep(LEASE, JSON.stringify(lease)),
    createDriver,
    qz: { websocket: WebSocket, ...qzPort(flags.qzPort) },
    onError: (error, doing) => session.note(`${doing}: ${messageOf(error)}`),
  })
  const stopped = untilStopped()
  const isUp = await Promise.race([startPatiently(session, station), stopped.then(() => false)])
  if (isUp) session.io.stdout.write(`Station ${name} is up. It prints for ${url}. Press Ctrl-C to stop.\n`)
  await stopped
  return EXIT.ok
}

/** A server that is away comes back; what it refuses for good ends the command. */
async function startPatiently(session: Session, station: Station): Promise<boolean> {
  for (let delayMs = RETRY_MIN_MS; ; delayMs = Math.min(2 * delayMs, RETRY_MAX_MS)) {
    try {
      await station.start()
      return true
    } catch (error) {
      if (!isPassing(error)) throw error
      session.note(`${error.detail} It is tried again.`)
    }
    await new Promise((done) => setTimeout(done, delayMs))
  }
}

function isPassing(error: unknown): error is AndonError {
  return isProblem(error) && error.retryable
}

function qzPort(written: string | undefined): { port?: { secure: number[]; insecure: number[] } } {
  if (written === undefined) return {}
  const port = Number(written)
  if (/^\d+$/.test(written) && port > 0 && port < 65_536) return { port: { secure: [], insecure: [port] } }
  throw new UsageError(`--qz-port is "${written}", which is no port.`, 'Give a number from 1 to 65535, such as 8182.')
}

/** The lease of the run before: the journal has one owner, so that run is dead. */
function recallLease(journal: FileJournal): WorkerLease | null {
  const kept = journal.recall(LEASE)
  return kept === null ? null : (JSON.parse(kept) as WorkerLease)
}
