import type pg from 'pg'
import { FloorDatabase } from './database.ts'
import { JOBMANAGER } from './schema/jobmanager.ts'
import { logsSchema } from './schema/logs.ts'
import { checkSchema, migrateSchema, planSchema, type PlannedChange } from './schema/plan.ts'
import type { FloorSettings } from './settings.ts'
import type { Statement } from '@andon/store'

/** Where the shop's databases are, and whose they are. */
export interface FloorConnections {
  readonly jobmanager: string | pg.PoolConfig
  readonly logs: string | pg.PoolConfig
  /** Andon made both and keeps them up to date by itself; otherwise the shop does, with `andon floor migrate`. */
  readonly ownsDatabases: boolean
}

/** The shop's two databases. Nothing is connected before something is asked. */
export class FloorDatabases implements AsyncDisposable {
  readonly jobmanager: FloorDatabase
  readonly logs: FloorDatabase
  readonly settings: FloorSettings
  readonly #ownsDatabases: boolean
  #ready: Promise<void> | null = null

  constructor(
    connections: FloorConnections,
    settings: FloorSettings,
    options: { readonly onStatement?: (statement: Statement) => void } = {},
  ) {
    const { timeZone } = settings
    this.settings = settings
    this.jobmanager = new FloorDatabase('jobmanager', { connection: connections.jobmanager, timeZone, ...options })
    this.logs = new FloorDatabase('logs', { connection: connections.logs, timeZone, ...options })
    this.#ownsDatabases = connections.ownsDatabases
  }

  /** How the passes treat a later abort. */
  get abortRule(): FloorSettings['abortRule'] {
    return this.settings.abortRule
  }

  /**
   * Resolves once both databases are as Andon needs them; asked again after a failure, it looks again.
   *
   * @throws floor_unavailable, floor_refused, floor_schema_mismatch, floor_not_migrated
   */
  ready(): Promise<void> {
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = null
      throw error
    })
    return this.#ready
  }

  /** What `migrate` would do, in order. @throws floor_schema_mismatch */
  async plan(): Promise<PlannedChange[]> {
    const options = { ownsTables: this.#ownsDatabases }
    const logs = logsSchema(this.settings.filePattern)
    const planned = await planSchema(this.jobmanager, JOBMANAGER, options)
    return [...planned, ...(await planSchema(this.logs, logs, options))]
  }

  /**
   * Adds to both databases what Andon needs; what it did.
   *
   * @throws floor_schema_mismatch when the shop's own tables are not as they should be; nothing is changed then
   */
  async migrate(): Promise<PlannedChange[]> {
    const options = { ownsTables: this.#ownsDatabases }
    const logs = logsSchema(this.settings.filePattern)
    const done = await migrateSchema(this.jobmanager, JOBMANAGER, options)
    return [...done, ...(await migrateSchema(this.logs, logs, options))]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.jobmanager.close(), this.logs.close()])
  }

  async #prepare(): Promise<void> {
    if (this.#ownsDatabases) await this.migrate()
    await checkSchema(this.jobmanager, JOBMANAGER)
    await checkSchema(this.logs, logsSchema(this.settings.filePattern))
  }
}
