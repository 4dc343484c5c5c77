import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** What the server says of itself: for the look-over of a database. */
export interface DatabaseFacts {
  /** Difference of the database's clock to ours, in milliseconds; positive when it is ahead. */
  readonly clockAheadMs: number
  readonly connections: number
  readonly connectionLimit: number
  /** Share of dead rows in the table of live jobs, 0 to 1. */
  readonly deadJobShare: number
  /** Jobs that have not ended. */
  readonly liveJobs: number
  /** Age of the oldest transaction that is open, in seconds; 0 without one. */
  readonly oldestTransactionS: number
  /** Whether what is committed survives a power cut. */
  readonly isDurable: boolean
  /** Whether pages are checked when they are read. */
  readonly hasChecksums: boolean
  readonly sizeBytes: number
  /** `15.8`, `18.4`. */
  readonly version: string
  /** 150008 for 15.8. */
  readonly versionNumber: number
}

const SERVER_FACTS = statement(
  'server_facts',
  `select current_setting('server_version') as version,
     current_setting('server_version_num')::int as version_number,
     current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'
       and current_setting('synchronous_commit') <> 'off' as is_durable,
     current_setting('data_checksums') = 'on' as has_checksums,
     current_setting('max_connections')::int as connection_limit,
     (select count(*)::int from pg_stat_activity) as connections,
     (select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid()) as oldest_transaction_s,
     pg_database_size(current_database())::text as size_bytes,
     clock_timestamp() as now`,
)

const JOB_TABLE_FACTS = statement(
  'job_table_facts',
  `select n_live_tup::int as live, n_dead_tup::int as dead from pg_stat_user_tables
   where schemaname = 'public' and relname = 'job'`,
)

interface ServerRow {
  readonly connection_limit: number
  readonly connections: number
  readonly has_checksums: boolean
  readonly is_durable: boolean
  readonly now: Date
  readonly oldest_transaction_s: number
  readonly size_bytes: string
  readonly version: string
  readonly version_number: number
}

/** Looks the server over without touching its tables. */
export async function databaseFacts(db: Queryable): Promise<DatabaseFacts> {
  const askedAtMs = Date.now()
  const server = onlyRow(await db.query<ServerRow>(SERVER_FACTS))
  const answeredAtMs = Date.now()
  const [jobs] = await db.query<{ dead: number; live: number }>(JOB_TABLE_FACTS)
  const { dead, live } = jobs ?? { dead: 0, live: 0 }
  return {
    clockAheadMs: server.now.getTime() - (askedAtMs + answeredAtMs) / 2,
    connections: server.connections,
    connectionLimit: server.connection_limit,
    deadJobShare: dead === 0 ? 0 : dead / (dead + live),
    liveJobs: live,
    oldestTransactionS: server.oldest_transaction_s,
    isDurable: server.is_durable,
    hasChecksums: server.has_checksums,
    sizeBytes: Number(server.size_bytes),
    version: server.version.replace(/ .*$/, ''),
    versionNumber: server.version_number,
  }
}
