import { uuidGenerator } from '@andon/core'
import pg from 'pg'
import { CounterSlots } from './counter-slots.ts'
import { isRepeatable, mapDatabaseError } from './database-errors.ts'
import { type Log, SILENT } from './log.ts'
import { Listener, type Notification } from './listener.ts'
import { Notifier } from './notifier.ts'
import { onlyRow } from './rows.ts'
import type { Statement } from './statement.ts'

/** How often a statement that lost a deadlock is repeated. */
const REPEATS = 5

const MAX_CONNECTIONS = 10

/** `uuid[]`, which comes with every event of the feed, is read without looking at each of its characters. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (...asked: ParserKey) => (isUuids(...asked) ? parseUuids : parserOf(...asked)),
}

type ParserKey = Parameters<pg.CustomTypesConfig['getTypeParser']>

const parserOf: pg.CustomTypesConfig['getTypeParser'] = pg.types.getTypeParser

const UUIDS_OID = 2951

function isUuids(oid: number, format?: string): boolean {
  return oid === UUIDS_OID && format !== 'binary'
}

function parseUuids(text: string): (string | null)[] {
  return text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((id) => (id === 'NULL' ? null : id))
}

/** Runs declared statements: the store itself (each on its own) or one transaction. */
export interface Queryable {
  /** The rows; int8 as text, times as Date, JSON parsed. Errors are those of core's catalogue where one fits. */
  query<R extends object>(statement: Statement, values?: readonly unknown[]): Promise<R[]>
}

export interface StoreOptions {
  /** `postgres://…`, or what `pg` takes apart: a socket folder as `host`, `user`, `password`, `database`. */
  readonly connection: string | pg.PoolConfig
  /** For the listening connection, past a pooler in transaction mode; default `connection`. */
  readonly listenConnection?: string | pg.PoolConfig
  /** Connections besides the listening one; default 10. Half of them are for statements of the hot path. */
  readonly maxConnections?: number
  /** Shown in `pg_stat_activity`; default `andon`. */
  readonly applicationName?: string
  /** After how long the database ends a statement; default 30,000. */
  readonly statementTimeoutMs?: number
  /** After how long the database ends a transaction in which nothing happens; default 15,000. */
  readonly idleInTransactionTimeoutMs?: number
  /** How long to wait for a connection before `database_unavailable`; default 5,000. */
  readonly connectTimeoutMs?: number
  readonly log?: Log
  /** Times of new ids, in milliseconds; default `Date.now`. Never used for leases, which use the database's clock. */
  readonly now?: () => number
}

/** The database as the rest of Andon sees it. Close it with `await store.close()` or `await using`. */
export interface Store extends Queryable, AsyncDisposable {
  readonly pool: pg.Pool
  readonly log: Log
  readonly notifier: Notifier
  readonly counters: CounterSlots
  /** A new UUIDv7; rises strictly within the process. */
  newId(): string
  /** Runs `work` in one transaction; it is begun anew when the database breaks a deadlock in another's favour. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /** Calls back for each notification, from here or elsewhere. A hint: after a cut connection comes a `sweep`. */
  listen(onNotification: (notification: Notification) => void): AsyncDisposable
  /** Whether the listening connection stands; null while nobody listens. */
  readonly isListening: boolean | null
  close(): Promise<void>
}

/**
 * Opens the store. Nothing is connected before the first statement but one probe, which finds out whether a pooler
 * stands between: poolers refuse or ignore settings at the start of a session, and then the database gets them as
 * defaults; and sessions behind one are not ours to keep statements in.
 *
 * @throws database_unavailable
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const settings = sessionSettings(options)
  const base = baseConfig(options)
  const direct = { ...base, options: settingOptions(settings) }
  const log = options.log ?? SILENT
  const isDirect = await reachesDatabase(direct)
  if (!isDirect) await setAsDefaults(base, settings, log)
  const hot = { ...base, options: settingOptions([...settings, ...HOT_SETTINGS]) }
  return new PoolStore({ config: isDirect ? direct : base, hot: isDirect ? hot : null, options, log })
}

function settingOptions(settings: readonly Setting[]): string {
  return settings.map(([name, value]) => `-c ${name}=${value}`).join(' ')
}

/**
 * Of connections that only run statements of the hot path. Planning one anew takes twice as long as running it, so each
 * is planned once; and since its tables may have been empty then, never in a way that would read the whole of one.
 */
const HOT_SETTINGS: readonly Setting[] = [
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
]

type Setting = readonly [name: string, value: string]

function sessionSettings(options: StoreOptions): Setting[] {
  return [
    ['statement_timeout', String(options.statementTimeoutMs ?? 30_000)],
    ['idle_in_transaction_session_timeout', String(options.idleInTransactionTimeoutMs ?? 15_000)],
    // Compiling costs more than any statement of ours takes.
    ['jit', 'off'],
    // A plan made for every case of a statement, from a table that was empty then, reads the whole of it later.
    ['plan_cache_mode', 'force_custom_plan'],
    // What is hot is in memory: by the default of 4 a set of 500 ids reads the whole of the live table.
    ['random_page_cost', '1.1'],
  ]
}

function baseConfig(options: StoreOptions, connection: StoreOptions['connection'] = options.connection): pg.PoolConfig {
  const given = typeof connection === 'string' ? { connectionString: connection } : connection
  return {
    application_name: options.applicationName ?? 'andon',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    max: options.maxConnections ?? MAX_CONNECTIONS,
    types: TYPES,
    ...given,
  }
}

/** Whether the database itself answers: what a pooler says about itself at the start is not what the database says. */
async function reachesDatabase(config: pg.PoolConfig): Promise<boolean> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return 'processID' in client && client.processID === rows[0]?.pid
  } catch (error) {
    if (error instanceof Error && /unsupported startup parameter|startup/i.test(error.message)) return false
    throw mapDatabaseError(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function setAsDefaults(config: pg.PoolConfig, settings: readonly Setting[], log: Log): Promise<void> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    const database = client.escapeIdentifier(onlyRow(rows).name)
    for (const [name, value] of settings) await client.query(`alter database ${database} set ${name} = ${value}`)
  } catch (error) {
    log.warn({ error }, 'time limits could not be set for the database behind the pooler')
  } finally {
    await client.end().catch(() => undefined)
  }
}

interface PoolStoreOptions {
  readonly config: pg.PoolConfig
  /** Null behind a pooler: sessions there are not ours to keep statements in. */
  readonly hot: pg.PoolConfig | null
  readonly options: StoreOptions
  readonly log: Log
}

class PoolStore implements Store {
  readonly pool: pg.Pool
  readonly log: Log
  readonly notifier: Notifier
  readonly counters = new CounterSlots()
  readonly newId: () => string
  readonly #listener: Listener
  /** Null: all statements go over `pool`. */
  readonly #hot: pg.Pool | null
  readonly #keepsStatements: boolean
  #closing: Promise<void> | null = null

  constructor({ config, hot, options, log }: PoolStoreOptions) {
    this.log = log
    this.#keepsStatements = hot !== null
    const most = config.max ?? MAX_CONNECTIONS
    const forHot = hot === null ? 0 : Math.floor(most / 2)
    this.pool = this.#open({ ...config, max: most - forHot })
    this.#hot = hot === null || forHot === 0 ? null : this.#open({ ...hot, max: forHot, min: 1 })
    this.newId = uuidGenerator({
      now: options.now ?? Date.now,
      random: (bytes) => crypto.getRandomValues(bytes),
    })
    const listenConfig = options.listenConnection === undefined ? config : baseConfig(options, options.listenConnection)
    this.#listener = new Listener({ connect: () => new pg.Client(listenConfig), log })
    this.notifier = new Notifier(this, (notification) => this.#listener.dispatch(notification))
  }

  get isListening(): boolean | null {
    return this.#listener.isConnected
  }

  async query<R extends object>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> {
    return this.#repeating(async () => {
      const pool = statement.isKept ? (this.#hot ?? this.pool) : this.pool
      const result = await pool.query<R>(queryConfig(statement, values, this.#keepsStatements))
      return result.rows
    })
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#repeating(async () => {
      const client = await this.pool.connect()
      let broken: Error | undefined
      const onError = (error: Error): void => {
        broken = error
      }
      client.on('error', onError)
      try {
        await client.query('begin')
        const result = await work(clientQueries(client, this.#keepsStatements))
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback').catch((failure: Error) => {
          broken = failure
        })
        throw error
      } finally {
        client.off('error', onError)
        client.release(broken)
      }
    })
  }

  listen(onNotification: (notification: Notification) => void): AsyncDisposable {
    return this.#listener.add(onNotification)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.notifier.idle()
    await this.#listener.close()
    await Promise.all([this.pool.end(), this.#hot?.end()])
  }

  #open(config: pg.PoolConfig): pg.Pool {
    const pool = new pg.Pool(config)
    pool.on('error', (error) => {
      if (this.#closing === null) this.log.warn({ error }, 'an idle database connection broke')
    })
    return pool
  }

  async #repeating<T>(work: () => Promise<T>): Promise<T> {
    for (let repeat = 0; ; repeat += 1) {
      try {
        return await work()
      } catch (error) {
        if (repeat >= REPEATS || !isRepeatable(error)) throw mapDatabaseError(error)
      }
    }
  }
}

function clientQueries(client: pg.PoolClient, keepsStatements: boolean): Queryable {
  return {
    async query<R extends object>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> {
      const result = await client.query<R>(queryConfig(statement, values, keepsStatements))
      return result.rows
    },
  }
}

function queryConfig(
  { name, text, isKept }: Statement,
  values: readonly unknown[],
  keepsStatements: boolean,
): pg.QueryConfig {
  return { text, values: [...values], ...(isKept && keepsStatements ? { name } : {}) }
}
