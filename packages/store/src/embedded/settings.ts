import type { ClientConfig } from 'pg'
import pg from 'pg'
import { onlyRow } from '../rows.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { Layout } from './layout.ts'

/**
 * Whether a commit survives a power cut. `none` is for databases of a test run, which nobody opens again:
 * it saves the time of fsync.
 */
export type Durability = 'full' | 'none'

/** How to reach the embedded server; fits `pg`'s Client and Pool. */
export interface EmbeddedConnection {
  database: string
  /** The folder of the socket. */
  host: string
  password: string
  port: number
  user: string
}

/** The connection to a server whose socket is in the given folder. */
export function embeddedConnection(socketDir: string, password: string): EmbeddedConnection {
  return { database: EMBEDDED_NAME, host: socketDir, password, port: EMBEDDED_PORT, user: EMBEDDED_NAME }
}

/** The role that owns the cluster, and the name of the application's database. */
export const EMBEDDED_NAME = 'andon'

/** Only the socket's name carries it: no TCP port is opened. */
export const EMBEDDED_PORT = 5432

/**
 * The server's arguments. Everything is given here and not in postgresql.conf, because arguments win over that file
 * and over `alter system`: what is asserted at start cannot be undone from inside.
 */
export function serverArguments(layout: Layout, socketDir: string, options: ServerSettings): string[] {
  const isDurable = options.durability === 'full' ? 'on' : 'off'
  const settings: Record<string, string> = {
    autovacuum: 'on',
    fsync: isDurable,
    full_page_writes: isDurable,
    idle_in_transaction_session_timeout: '60s',
    jit: 'off',
    listen_addresses: '',
    log_checkpoints: 'off',
    log_timezone: 'UTC',
    logging_collector: 'off',
    max_connections: '100',
    max_logical_replication_workers: '0',
    password_encryption: 'scram-sha-256',
    port: String(EMBEDDED_PORT),
    shared_buffers: '128MB',
    synchronous_commit: isDurable,
    timezone: 'UTC',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
  }
  // The workers of PostgreSQL 18's asynchronous reads hold memory that a shop's database never needs.
  if (Number(options.binaries.major) >= 18) settings['io_method'] = 'sync'
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', layout.clusterDir, ...flags]
}

/** What the server's arguments depend on beside its folders. */
export interface ServerSettings {
  binaries: Binaries
  durability: Durability
}

/** What a running server says of itself. */
export interface ServerFacts {
  dataDirectory: string
  version: string
}

interface Facts {
  data_directory: string
  version: string
  fsync: string
  full_page_writes: string
  data_checksums: string
}

/**
 * Connects, refuses a server that would lose acknowledged rows (`not_durable`), and returns what it says of itself.
 * Rejects when it cannot be reached.
 */
export async function inspectServer(connection: EmbeddedConnection, durability: Durability): Promise<ServerFacts> {
  return withClient({ ...connection, database: 'postgres' }, async (client) => {
    const { rows } = await client.query<Facts>(
      `select current_setting('data_directory') as data_directory, current_setting('server_version') as version,
              current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
              current_setting('data_checksums') as data_checksums`,
    )
    const { data_directory: dataDirectory, version, ...safety } = onlyRow(rows)
    const off = Object.entries(safety).flatMap(([name, value]) => (value === 'on' ? [] : name))
    if (durability === 'full' && off.length > 0) {
      throw new EmbeddedPostgresError(
        'not_durable',
        `The embedded PostgreSQL runs with ${off.join(', ')} off, so a power cut could lose or damage data. Andon does not use such a database.`,
      )
    }
    return { dataDirectory, version }
  })
}

/** Makes a database when it is not there. */
export async function ensureDatabase(connection: EmbeddedConnection): Promise<void> {
  await withClient({ ...connection, database: 'postgres' }, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [connection.database])
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(connection.database)}`)
  })
}

/**
 * The connection as one URL, for programs that take nothing else. `localhost` stands there because URL parsers want a
 * host; the folder of the socket overrides it.
 */
export function connectionUrl(connection: EmbeddedConnection): string {
  const { database, host, password, port, user } = connection
  return `postgresql://${user}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`
}

async function withClient<T>(config: ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...config, application_name: 'andon supervisor', connectionTimeoutMillis: 10_000 })
  // A server that goes away in between also fails the query, which is what the caller hears of.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
