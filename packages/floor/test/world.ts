import { emptyDatabase, type TestDatabase } from '@andon/testing'
import { FloorDatabases, floorSettings, type GivenFloorSettings, type PassOptions, runPass } from '../src/index.ts'
import type { Statement } from '@andon/store'

/** One press record, as a test writes it. */
export interface Press {
  /** Its number; the next one when left out. */
  readonly id?: number
  readonly name: string | null
  readonly status: string | null
  readonly at: string | null
  readonly marker?: number
  readonly copies?: number
  readonly payload?: unknown
}

/** One scan, as a test writes it. */
export interface Scan {
  /** Its number; the next one when left out. */
  readonly id?: number
  readonly code: string
  readonly operations: unknown
  readonly at: string
  readonly machine?: string
}

/** Two real databases of a shop, with Andon's additions. */
export class FloorWorld implements AsyncDisposable {
  readonly databases: FloorDatabases
  readonly jobmanager: TestDatabase
  readonly logs: TestDatabase

  private constructor(databases: FloorDatabases, jobmanager: TestDatabase, logs: TestDatabase) {
    this.databases = databases
    this.jobmanager = jobmanager
    this.logs = logs
  }

  static async open(
    given: GivenFloorSettings = {},
    options: { readonly onStatement?: (statement: Statement) => void } = {},
  ): Promise<FloorWorld> {
    const [jobmanager, logs] = [await emptyDatabase(), await emptyDatabase()]
    const connections = { jobmanager: jobmanager.url, logs: logs.url, ownsDatabases: true }
    const settings = floorSettings({ time_zone: 'Europe/Berlin', ...given })
    const databases = new FloorDatabases(connections, settings, options)
    await databases.ready()
    return new FloorWorld(databases, jobmanager, logs)
  }

  /** Another process over the same databases. */
  beside(given: GivenFloorSettings = {}, onStatement: (statement: Statement) => void = () => {}): FloorDatabases {
    return new FloorDatabases(
      { jobmanager: this.jobmanager.url, logs: this.logs.url, ownsDatabases: true },
      floorSettings({ time_zone: 'Europe/Berlin', ...given }),
      { onStatement },
    )
  }

  async runlist(runlist: string, impositions: Readonly<Record<string, readonly string[]>>): Promise<void> {
    for (const [imposition, files] of Object.entries(impositions)) {
      await this.logs.pool.query('insert into production_planner_paths values ($1, $2)', [runlist, imposition])
      await this.files(imposition, files)
    }
  }

  async files(imposition: string, files: readonly string[]): Promise<void> {
    await this.logs.pool.query(
      'insert into imposition_file_mapping (imposition_id, file_id) select $1, unnest($2::text[])',
      [imposition, files],
    )
  }

  async jobs(...ids: readonly string[]): Promise<void> {
    await this.jobmanager.pool.query('insert into jobs (job_id) select unnest($1::text[])', [ids])
  }

  /** Forgets everything but the shop's catalogue. */
  async clear(): Promise<void> {
    await this.jobmanager.pool.query(
      `delete from "print OS"; delete from scanned_codes; delete from jobs; delete from job_status_updates;
       delete from processing_ledger; delete from processing_errors; delete from operation_overrides;
       update processing_markers set last_processed_id = 0`,
    )
    await this.logs.pool.query(
      `delete from job_operations; delete from imposition_operations; delete from imposition_file_mapping;
       delete from production_planner_paths; delete from applied_sources; delete from scanned_operations`,
    )
  }

  async press(...records: readonly Press[]): Promise<string[]> {
    const ids: string[] = []
    for (const { id = null, name, status, at, marker = 0, copies = 100, payload = null } of records) {
      const { rows } = await this.jobmanager.pool.query<{ id: string }>(
        `insert into "print OS" (id, name, status, marker, job_complete_time, copies, payload, created_at)
         values (coalesce($7, nextval('"print OS_id_seq"')), $1, $2, $3, $4, $5, $6, $4) returning id`,
        [name, status, marker, at, copies, payload === null ? null : JSON.stringify(payload), id],
      )
      ids.push(rows[0]?.id ?? '')
    }
    return ids
  }

  async scan(...scans: readonly Scan[]): Promise<string[]> {
    const ids: string[] = []
    for (const { at, code, id = null, machine = 'M1', operations } of scans) {
      const { rows } = await this.jobmanager.pool.query<{ scan_id: string }>(
        `insert into scanned_codes (scan_id, code_text, scanned_at, machine_id, operations)
         values (coalesce($5, nextval('scanned_codes_scan_id_seq')), $1, $2, $3, $4) returning scan_id`,
        [code, at, machine, operations === undefined ? null : JSON.stringify(operations), id],
      )
      ids.push(rows[0]?.scan_id ?? '')
    }
    return ids
  }

  /** Both passes, as the schedule runs them. */
  async pass(options: Partial<PassOptions> = {}, databases = this.databases) {
    const recentIds = databases.settings.recentIds
    const printOs = await runPass(databases, 'print_os', { recentIds, ...options })
    const scanner = await runPass(databases, 'scanner', { recentIds, ...options })
    return { printOs, scanner }
  }

  /** What jobs say of their operations. */
  async operations(): Promise<Record<string, unknown>> {
    const { rows } = await this.jobmanager.pool.query<{ job_id: string; operations: unknown }>(
      'select job_id, operations from jobs order by job_id',
    )
    return Object.fromEntries(rows.map((row) => [row.job_id, row.operations]))
  }

  /** Every row that the passes write, without numbers and times of their own. */
  async rows(): Promise<Record<string, unknown[]>> {
    const read = async (database: TestDatabase, sql: string) => (await database.pool.query(sql)).rows as unknown[]
    return {
      jobs: await read(this.jobmanager, 'select job_id, operations from jobs order by 1'),
      history: await read(
        this.jobmanager,
        `select job_id, version_tag, operation_type, status, source_type, source_id, row_hash, notes, updated_at
         from job_status_updates order by 1, 2, 3, 5, 6, 7`,
      ),
      ledger: await read(
        this.jobmanager,
        'select source_type, source_id, outcome, row_hash, error from processing_ledger order by 1, 2',
      ),
      errors: await read(
        this.jobmanager,
        `select source_type, source_id, reason, detail, resolved_at is not null as resolved
         from processing_errors order by 1, 2, 3`,
      ),
      markers: await read(this.jobmanager, 'select marker_type, last_processed_id from processing_markers order by 1'),
      jobOperations: await read(this.logs, 'select * from job_operations order by 1'),
      impositionOperations: await read(this.logs, 'select * from imposition_operations order by 1'),
      scanned: await read(this.logs, 'select * from scanned_operations order by 1, 2, 3'),
      applied: await read(
        this.logs,
        `select source_type, source_id, row_hash, target_kind, target, operations, status, happened_at, copies, reason
         from applied_sources order by 1, 2`,
      ),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.databases[Symbol.asyncDispose]()
    await this.jobmanager[Symbol.asyncDispose]()
    await this.logs[Symbol.asyncDispose]()
  }
}

/**
 * Places at which a process is ended, one after the other: each third with a beginning by chance, since all of them take
 * minutes; every one when ANDON_FAULTS_ROUNDS is set.
 */
export function* endings(step = 1): Generator<number, never> {
  const stride = process.env['ANDON_FAULTS_ROUNDS'] === undefined ? 3 : 1
  for (let place = Math.floor(Math.random() * stride) * step; ; place += stride * step) yield place
}
