import { codeOf, messageOf, problem } from '@andon/core'
import { mapDatabaseError, type Queryable, type Statement, statement } from '@andon/store'
import pg from 'pg'

/** Which of the shop's two databases. */
export type FloorDatabaseName = 'jobmanager' | 'logs'

/** How one of them is reached. */
export interface FloorConnection {
  readonly connection: string | pg.PoolConfig
  /** The shop's zone (IANA): what its timestamps without a zone mean. */
  readonly timeZone: string
  /** Called before each statement; what it throws stops the work there, as the end of the process would. For tests. */
  readonly onStatement?: (statement: Statement) => void
}

/** A backlog is worked off in large sets; nothing of it should take longer. */
const STATEMENT_TIMEOUT_MS = 120_000
const CONNECT_TIMEOUT_MS = 5_000
/** The database ends a statement itself; one that is silent for longer is not there. */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 10_000
/** What the driver says then. */
const SILENCE = 'Query read timeout'
const CONNECTIONS = 4
/** Rows of a batch for which a plan that fits any number is good enough. */
const SMALL_BATCH = 1_000

/**
 * One of the shop's databases. Its sessions live in the shop's zone, so that casts between timestamps with and without
 * a zone mean what the shop means. Nothing is connected before the first statement.
 */
export class FloorDatabase implements Queryable {
  readonly name: FloorDatabaseName
  readonly #pool: pg.Pool
  readonly #onStatement: (statement: Statement) => void
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor(name: FloorDatabaseName, { connection, onStatement, timeZone }: FloorConnection) {
    this.name = name
    this.#onStatement = onStatement ?? (() => {})
    const given = typeof connection === 'string' ? { connectionString: connection } : connection
    const settings = { TimeZone: timeZone, jit: 'off', statement_timeout: STATEMENT_TIMEOUT_MS }
    this.#pool = new pg.Pool({
      application_name: 'andon floor',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      max: CONNECTIONS,
      query_timeout: SILENCE_MS,
      ...given,
      options: Object.entries(settings)
        .map(([key, value]) => `-c ${key}=${value}`)
        .join(' '),
    })
    // The next statement finds out by itself.
    this.#pool.on('error', () => {})
  }

  /** @throws floor_unavailable when the database does not answer, floor_refused when it does not let Andon in */
  async query<R extends object>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> {
    return this.#told(async () => {
      this.#onStatement(statement)
      return (await this.#pool.query<R>(statement.text, [...values])).rows
    })
  }

  /** Whether it answers. @throws floor_unavailable, floor_refused */
  async ping(): Promise<void> {
    await this.query(PING)
  }

  /** Runs `work` in one transaction; all of it happens or nothing. */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#transaction(false, work)
  }

  async #transaction<T>(keepsPlans: boolean, work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#session(keepsPlans, async (session) => {
      await session.query(BEGIN)
      try {
        const result = await work(session)
        await session.query(COMMIT)
        return result
      } catch (error) {
        await session.query(ROLLBACK).catch(() => undefined)
        throw error
      }
    })
  }

  /**
   * A transaction for sets. What a batch reads and changes is always reached by an index and then joined as a whole; the
   * planner, which knows little of tables that have just been filled, is told so. Up to `SMALL_BATCH` rows planning is a
   * good part of the time: such batches use plans that the connection keeps.
   */
  async batch<T>(rows: number, work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#transaction(rows <= SMALL_BATCH, async (tx) => {
      await tx.query(FOR_SETS)
      return work(tx)
    })
  }

  /** Lends one connection for work that needs it to be the same, such as locks; closed when the work fails. */
  async session<T>(work: (session: Queryable) => Promise<T>): Promise<T> {
    return this.#session(false, work)
  }

  async #session<T>(keepsPlans: boolean, work: (session: Queryable) => Promise<T>): Promise<T> {
    return this.#told(async () => {
      const client = await this.#pool.connect()
      client.on('error', toldByTheQuery)
      let isWell = false
      try {
        const result = await work({
          query: async <R extends object>(statement: Statement, values: readonly unknown[] = []) => {
            this.#onStatement(statement)
            return (await client.query<R>(queryConfig(statement, values, keepsPlans))).rows
          },
        })
        isWell = true
        return result
      } finally {
        client.off('error', toldByTheQuery)
        client.release(!isWell)
      }
    })
  }

  /** Runs `work` after what this process has asked for before: whoever waits for a lock holds no connection meanwhile. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work)
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw floorError(this.name, error)
    }
  }
}

const PING = statement('floor_ping', `select 1 as one`)
/** They cannot be prepared, so they are not declared. */
const BEGIN: Statement = { name: 'begin', text: 'begin', isKept: false }
const COMMIT: Statement = { name: 'commit', text: 'commit', isKept: false }
const ROLLBACK: Statement = { name: 'rollback', text: 'rollback', isKept: false }

const FOR_SETS = statement(
  'floor_for_sets',
  `select set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true),
     set_config('enable_bitmapscan', 'off', true), set_config('work_mem', '64MB', true)`,
)

function queryConfig(
  { name, text, isKept }: Statement,
  values: readonly unknown[],
  keepsPlans: boolean,
): pg.QueryConfig {
  return { text, values: [...values], ...(isKept && keepsPlans ? { name } : {}) }
}

/** The query that runs fails with the same error. */
function toldByTheQuery(): void {}

/** SQLSTATE codes by what they say of a shop's database. */
const REFUSALS = /^(28|3D000|42501)/
const STRANGE_TABLES = /^(42P01|42703|42883)/

function floorError(database: FloorDatabaseName, error: unknown): unknown {
  const mapped = mapDatabaseError(error)
  const words = messageOf(mapped)
  const code = codeOf(mapped)
  const facts = { extra: { database }, cause: error }
  if (code === 'database_timeout' || words === SILENCE) {
    return problem('floor_unavailable', { ...facts, detail: `The shop's database "${database}" is too slow.` })
  }
  if (code === 'database_unavailable') {
    return problem('floor_unavailable', { ...facts, detail: `The shop's database "${database}" does not answer.` })
  }
  const detail = `The shop's database "${database}" says: ${words}.`
  if (REFUSALS.test(code)) return problem('floor_refused', { ...facts, detail })
  if (STRANGE_TABLES.test(code)) return problem('floor_schema_mismatch', { ...facts, detail })
  return mapped
}
