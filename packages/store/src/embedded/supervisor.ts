import { readFile, realpath, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Binaries, BinariesSource } from './binaries.ts'
import { findBinaries } from './binaries.ts'
import { createCluster } from './cluster.ts'
import { DiskWatch, LOW_DISK_BYTES } from './disk-watch.ts'
import type { EmbeddedEvent } from './events.ts'
import type { Launcher, RightsWay } from './launcher.ts'
import type { Layout } from './layout.ts'
import {
  clusterMajor,
  describeLayout,
  ensurePassword,
  prepareLayout,
  prepareSocketDir,
  restoreSocketDir,
} from './layout.ts'
import { boundLog } from './log-file.ts'
import type { OwnerLock } from './owner-lock.ts'
import { takeOwnerLock } from './owner-lock.ts'
import type { Postmaster, PostmasterFacts } from './postmaster.ts'
import { adoptPostmaster, clearRemains, findPostmaster, startPostmaster, stopPostmaster } from './postmaster.ts'
import { waitForOrphans } from './processes.ts'
import { chooseRights, giveTo } from './rights.ts'
import type { Durability, EmbeddedConnection } from './settings.ts'
import { connectionUrl, embeddedConnection, ensureDatabase, inspectServer, serverArguments } from './settings.ts'

/** What the supervisor needs to know. All but the folder has a default. */
export interface EmbeddedPostgresOptions {
  /** Where root's copy goes when PostgreSQL cannot run where it lies; `/var/lib/andon`. */
  copyRoot?: string
  /** Made, 0700, when it is not there. Belongs to this PostgreSQL alone. */
  dataDir: string
  /** `none` is for test runs: it gives up what makes a commit durable. */
  durability?: Durability
  /** One line for the console's log. */
  log?: (message: string) => void
  /** Free bytes below which `disk_low` is told; 512 MiB. */
  lowDiskBytes?: number
  onEvent?: (event: EmbeddedEvent) => void
  /** Finds the npm package of the binaries; the installed one by default. */
  resolvePackage?: (name: string) => string
  /** What root may try, in order; setuid, unshare, copy. */
  rootWays?: readonly RightsWay[]
  /** Use a PostgreSQL of the system (/usr/lib/postgresql, pg_config) instead of the npm binaries. */
  systemBinaries?: boolean
}

/** `restarting`: the server went away and is being started again; connections fail until it is there. */
export type EmbeddedState = 'running' | 'restarting' | 'stopped'

const HOUSEKEEPING_MS = 10_000
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 30_000
/** A server that ran this long did not fall to what broke the one before it. */
const STEADY_MS = 60_000

/**
 * Starts the embedded PostgreSQL of a data folder, or adopts the one that an earlier process left running, and keeps
 * it running until `stop()`. Rejects with an EmbeddedPostgresError that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const layout = await prepareLayout(resolve(options.dataDir))
  const lock = await takeOwnerLock(layout.dataDir)
  const server = new EmbeddedPostgres(options, layout, lock)
  try {
    await server.open()
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

/**
 * Stops the server that an owner left running in a data folder when it was killed. Resolves to whether there was one;
 * refuses with `data_folder_in_use` while an owner lives.
 */
export async function stopLeftoverPostgres(dataDir: string): Promise<boolean> {
  const layout = await prepareLayout(resolve(dataDir))
  const lock = await takeOwnerLock(layout.dataDir)
  try {
    const found = await findPostmaster(layout)
    if (!found) return false
    await stopPostmaster(layout, adoptPostmaster(found.pid))
    await rm(found.socketDir, { force: true, recursive: true })
    return true
  } finally {
    lock.release()
  }
}

/**
 * How another process of this machine and user reaches the server of a data folder, without owning it; null while none
 * runs there. The owner keeps the socket's place over restarts of the server.
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<EmbeddedConnection | null> {
  const folder = await realpath(resolve(dataDir)).catch(() => null)
  if (folder === null) return null
  const layout = await describeLayout(folder)
  const found = await findPostmaster(layout)
  return found && embeddedConnection(found.socketDir, await ensurePassword(layout, false))
}

/** One supervised PostgreSQL. Made by `startEmbeddedPostgres`. */
export class EmbeddedPostgres implements AsyncDisposable {
  #binaries: Binaries | undefined
  #connection: EmbeddedConnection | undefined
  #disk: DiskWatch
  #failedStarts = 0
  #housekeeping: NodeJS.Timeout | undefined
  #isAdopted = false
  #launcher: Launcher | undefined
  #layout: Layout
  readonly #lock: OwnerLock
  readonly #options: EmbeddedPostgresOptions
  #postmaster: Postmaster | undefined
  #restarting: Promise<void> | undefined
  #startedAtMs = 0
  #state: EmbeddedState = 'restarting'
  readonly #stop = new AbortController()
  #stopped: Promise<void> | undefined

  constructor(options: EmbeddedPostgresOptions, layout: Layout, lock: OwnerLock) {
    this.#options = options
    this.#layout = layout
    this.#lock = lock
    this.#disk = new DiskWatch(layout.dataDir, options.lowDiskBytes ?? LOW_DISK_BYTES)
  }

  /** Whether the server was left running by an earlier process and taken over. */
  get adopted(): boolean {
    return this.#isAdopted
  }

  /** Stays valid over restarts of the server. */
  get connection(): EmbeddedConnection {
    return { ...opened(this.#connection) }
  }

  /** `connection` as one URL. Holds the password. */
  get connectionString(): string {
    return connectionUrl(this.connection)
  }

  /** A database beside the application's own on the same server, made when it is not there. */
  async database(name: string): Promise<EmbeddedConnection> {
    const connection = { ...this.connection, database: name }
    await ensureDatabase(connection)
    return connection
  }

  /** The server's log; at most 20 MB together with the one before it. */
  get logPath(): string {
    return this.#layout.logPath
  }

  /** Process id of the server; null while there is none. */
  get pid(): number | null {
    return this.#postmaster?.pid ?? null
  }

  get state(): EmbeddedState {
    return this.#state
  }

  /** Version of PostgreSQL, `18.4`. */
  get version(): string {
    return opened(this.#binaries).version
  }

  /** How root started it; `self` when this process is not root, null for an adopted server. */
  get way(): RightsWay | null {
    return this.#launcher?.way ?? null
  }

  /** Called once, by startEmbeddedPostgres. */
  async open(): Promise<void> {
    const major = await clusterMajor(this.#layout)
    this.#binaries = await findBinaries(major, this.#binariesSource())
    const password = await ensurePassword(this.#layout, major === null)
    const found = await findPostmaster(this.#layout)
    this.#isAdopted = found !== null && (await this.#adopt(found, password))
    if (!this.#isAdopted) {
      if (found) await this.#discard(found)
      await this.#prepare(this.#binaries, { isNew: major === null, password })
      await this.#launch()
    }
    await ensureDatabase(this.connection)
    this.#state = 'running'
    if (!this.#postmaster) this.#comeBack('ended at once')
    this.#housekeeping = setInterval(() => void this.#keepHouse(), HOUSEKEEPING_MS).unref()
    await this.#keepHouse()
  }

  /** Ends the server (fast shutdown) and resolves when nothing of it is left. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #binariesSource(): BinariesSource {
    const { resolvePackage, systemBinaries } = this.#options
    return { isSystem: systemBinaries ?? false, ...(resolvePackage ? { resolvePackage } : {}) }
  }

  /** Takes over a running server if it is sound, of this version, and set as we would set it. */
  async #adopt(found: PostmasterFacts, password: string): Promise<boolean> {
    const connection = embeddedConnection(found.socketDir, password)
    try {
      const facts = await inspectServer(connection, this.#durability)
      const options = await readFile(join(this.#layout.clusterDir, 'postmaster.opts'), 'utf8')
      const wanted = this.#arguments(found.socketDir).map((argument) => `"${argument}"`)
      if (facts.version.split(' ')[0] !== this.version || !options.includes(wanted.join(' '))) return false
    } catch (error) {
      this.#log(`The PostgreSQL left running (process ${found.pid}) does not answer as it should: ${String(error)}`)
      return false
    }
    this.#connection = connection
    this.#follow(adoptPostmaster(found.pid))
    this.#log(`Took over the PostgreSQL left running, process ${found.pid}.`)
    return true
  }

  async #discard(found: PostmasterFacts): Promise<void> {
    this.#log(`Stopping the PostgreSQL left running, process ${found.pid}.`)
    await stopPostmaster(this.#layout, adoptPostmaster(found.pid))
  }

  async #prepare(binaries: Binaries, cluster: { isNew: boolean; password: string }): Promise<void> {
    const launcher = await this.#chooseLauncher(binaries)
    if (cluster.isNew) {
      const { password } = cluster
      await createCluster(this.#layout, launcher, { durability: this.#durability, password })
    }
    this.#connection = embeddedConnection(await prepareSocketDir(this.#layout, launcher), cluster.password)
  }

  async #chooseLauncher(binaries: Binaries): Promise<Launcher> {
    const rights = await chooseRights({
      binaries,
      copyRoot: this.#options.copyRoot ?? '/var/lib/andon',
      layout: this.#layout,
      rootWays: this.#options.rootWays ?? ['setuid', 'unshare', 'copy'],
    })
    this.#layout = rights.layout
    this.#launcher = rights.launcher
    return rights.launcher
  }

  /** Starts the server on the folder as it is, and follows it from then on. */
  async #launch(): Promise<void> {
    const launcher = this.#launcher ?? (await this.#chooseLauncher(opened(this.#binaries)))
    await clearRemains(this.#layout, this.connection.host)
    if ((await clusterMajor(this.#layout)) !== null) await giveTo(launcher, this.#layout.clusterDir)
    await restoreSocketDir(this.connection.host, launcher)
    const postmaster = await startPostmaster(this.#layout, launcher, this.#arguments(this.connection.host))
    this.#startedAtMs = performance.now()
    this.#follow(postmaster)
    await inspectServer(this.connection, this.#durability)
  }

  #follow(postmaster: Postmaster): void {
    this.#postmaster = postmaster
    void postmaster.exited.then((how) => {
      if (this.#postmaster === postmaster) this.#postmaster = undefined
      // A server that falls while it is being started again is the loop's own business.
      if (this.#state === 'running' && !this.#stop.signal.aborted) this.#comeBack(how)
    })
  }

  #comeBack(how: string): void {
    this.#state = 'restarting'
    this.#emit({ how, kind: 'exited' })
    this.#log(`The embedded PostgreSQL went away (${how}); starting it again.`)
    if (performance.now() - this.#startedAtMs > STEADY_MS) this.#failedStarts = 0
    this.#restarting = this.#restart()
  }

  async #restart(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failedStarts++)
      await delay(backoffMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      if (this.#stop.signal.aborted) return
      try {
        await this.#launch()
        this.#state = 'running'
        if (!this.#postmaster) return this.#comeBack('ended at once')
        this.#emit({ kind: 'restarted', pid: this.#postmaster.pid })
        return
      } catch (error) {
        const nextAttemptMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failedStarts)
        this.#emit({ error, kind: 'restart_failed', nextAttemptMs })
        this.#log(`The embedded PostgreSQL could not be started again: ${String(error)}`)
      }
    }
  }

  async #shutDown(): Promise<void> {
    this.#stop.abort()
    clearInterval(this.#housekeeping)
    try {
      await this.#restarting
      if (this.#postmaster) await stopPostmaster(this.#layout, this.#postmaster)
      if (this.#connection) {
        // A server that was killed has no postmaster to stop, and its other processes end a moment later.
        await waitForOrphans(this.#layout.clusterDir)
        await rm(this.#connection.host, { force: true, recursive: true })
      }
    } finally {
      this.#state = 'stopped'
      this.#lock.release()
    }
  }

  async #keepHouse(): Promise<void> {
    try {
      await boundLog(this.#layout.logPath)
      const event = await this.#disk.runOnce()
      if (event) this.#emit(event)
    } catch (error) {
      this.#log(`Looking after the database's folder failed: ${String(error)}`)
    }
  }

  #arguments(socketDir: string): string[] {
    const binaries = opened(this.#binaries)
    return serverArguments(this.#layout, socketDir, { binaries, durability: this.#durability })
  }

  get #durability(): Durability {
    return this.#options.durability ?? 'full'
  }

  #emit(event: EmbeddedEvent): void {
    this.#options.onEvent?.(event)
  }

  #log(message: string): void {
    this.#options.log?.(message)
  }
}

/** What is there from `open()` on. */
function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the embedded PostgreSQL is not open')
  return part
}
