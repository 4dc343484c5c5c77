import pg from 'pg'
import { parseFileName, type SourceType } from '../../packages/floor/src/index.ts'

/** The tables that the loop works on, on one connection each. */
interface Tables {
  readonly jobmanager: pg.Client
  readonly logs: pg.Client
}

/**
 * Works off so many rows of each source as a plain loop would: row after row, with a statement for each row it writes,
 * each of which is committed; or all of it in one transaction, which spares the loop what commits cost. In the end
 * nothing of it is left.
 */
export async function rowAtATime(
  urls: { readonly jobmanager: string; readonly logs: string },
  { sample, commits }: { readonly sample: Readonly<Record<SourceType, number>>; readonly commits: boolean },
): Promise<Record<SourceType, number>> {
  const tables = { jobmanager: new pg.Client(urls.jobmanager), logs: new pg.Client(urls.logs) }
  const both = (sql: string) => Promise.all([tables.jobmanager.query(sql), tables.logs.query(sql)])
  await Promise.all([tables.jobmanager.connect(), tables.logs.connect()])
  if (!commits) await both('begin')
  const rates = {
    print_os: await perSecond(sample.print_os, () => workOffRecords(tables, sample.print_os)),
    scanner: await perSecond(sample.scanner, () => workOffScans(tables, sample.scanner)),
  }
  await (commits ? forget(tables) : both('rollback'))
  await Promise.all([tables.jobmanager.end(), tables.logs.end()])
  return rates
}

async function forget({ jobmanager, logs }: Tables): Promise<void> {
  await jobmanager.query('truncate job_status_updates')
  await jobmanager.query(`update jobs set operations = '{}' where operations <> '{}'`)
  await jobmanager.query('update processing_markers set last_processed_id = 0')
  await logs.query('truncate imposition_operations, job_operations')
}

interface PressRow {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly marker: string
  readonly at: string
}

async function workOffRecords(tables: Tables, limit: number): Promise<void> {
  const { jobmanager, logs } = tables
  const { rows } = await jobmanager.query<PressRow>(
    `select id, name, status, marker, job_complete_time::text as at from "print OS" order by marker limit $1`,
    [limit],
  )
  for (const record of rows) {
    const status = record.status === 'PRINTED' ? 'completed' : 'aborted'
    await writeOperation(logs, 'imposition', {
      ...record,
      owner: record.name,
      operation: 'op001',
      status,
      by: 'print_os',
    })
    const jobs = await jobsOn(logs, record.name)
    for (const { jobId, versionTag } of jobs) {
      const isPrinted = await isWholePrinted(logs, jobId)
      const done = { owner: `${jobId}_${versionTag}`, jobId, versionTag, operation: 'op001', by: 'print_os', ...record }
      await writeOperation(logs, 'job', { ...done, status: isPrinted ? 'completed' : status })
      await writeJob(jobmanager, {
        ...record,
        jobId,
        versionTag,
        type: 'print',
        value: isPrinted,
        status,
        by: 'print_os',
      })
    }
    await jobmanager.query(
      `update processing_markers set last_processed_id = $1, last_processed_at = now() where marker_type = 'print_os'`,
      [record.marker],
    )
  }
}

interface ScanRow {
  readonly id: string
  readonly code: string
  readonly at: string
  readonly operations: { readonly operations: readonly string[] }
}

async function workOffScans(tables: Tables, limit: number): Promise<void> {
  const { jobmanager, logs } = tables
  const { rows } = await jobmanager.query<ScanRow>(
    `select scan_id as id, code_text as code, scanned_at::text as at, operations from scanned_codes order by scan_id limit $1`,
    [limit],
  )
  for (const scan of rows) {
    const [type = 'coating'] = scan.operations.operations
    const { rows: sheets } = await logs.query<{ imposition_id: string }>(
      'select imposition_id from production_planner_paths where runlist_id = $1',
      [scan.code],
    )
    const done = { operation: type, status: 'completed', by: 'scanner', ...scan }
    for (const { imposition_id: imposition } of sheets) {
      await writeOperation(logs, 'imposition', { owner: imposition, ...done })
      for (const { jobId, versionTag } of await jobsOn(logs, imposition)) {
        await writeOperation(logs, 'job', { owner: `${jobId}_${versionTag}`, jobId, versionTag, ...done })
        await writeJob(jobmanager, { jobId, versionTag, type, value: true, ...done })
      }
    }
    await jobmanager.query(
      `update processing_markers set last_processed_id = $1, last_processed_at = now() where marker_type = 'scanned_codes'`,
      [scan.id],
    )
  }
}

async function jobsOn(logs: pg.Client, imposition: string) {
  const { rows } = await logs.query<{ file_id: string }>(
    'select file_id from imposition_file_mapping where imposition_id = $1',
    [imposition],
  )
  const jobs = rows.flatMap(({ file_id: file }) => parseFileName(file) ?? [])
  return [...new Map(jobs.map((job) => [`${job.jobId}_${job.versionTag}`, job])).values()]
}

async function isWholePrinted(logs: pg.Client, jobId: string): Promise<boolean> {
  const { rows } = await logs.query<{ is_whole: boolean }>(
    `select bool_and(o.status is not distinct from 'completed') as is_whole from imposition_file_mapping m
     left join imposition_operations o on o.imposition_id = m.imposition_id and o.operation_id = 'op001'
     where andon_file_job(m.file_id) = $1 and octet_length(m.file_id) <= 1024`,
    [jobId],
  )
  return rows[0]?.is_whole ?? false
}

interface Operation {
  readonly owner: string
  readonly jobId?: string
  readonly versionTag?: string
  readonly operation: string
  readonly at: string
  readonly by: string
  readonly id: string
  readonly status: string
}

async function writeOperation(logs: pg.Client, what: 'imposition' | 'job', operation: Operation): Promise<void> {
  const { at, by, id, jobId, operation: operationId, owner, status, versionTag } = operation
  const values = [`${owner}_${operationId}`, operationId, at, by, id, status]
  if (what === 'imposition') {
    await logs.query(
      `insert into imposition_operations (imposition_operation_id, operation_id, completed_at, completed_by, source_id, status,
         imposition_id) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (imposition_operation_id) do update set completed_at = excluded.completed_at,
         completed_by = excluded.completed_by, source_id = excluded.source_id, status = excluded.status`,
      [...values, owner],
    )
  } else {
    await logs.query(
      `insert into job_operations (job_operation_id, operation_id, completed_at, completed_by, source_id, status, job_id,
         version_tag) values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (job_operation_id) do update set completed_at = excluded.completed_at,
         completed_by = excluded.completed_by, source_id = excluded.source_id, status = excluded.status`,
      [...values, jobId, versionTag],
    )
  }
}

interface JobUpdate {
  readonly jobId: string
  readonly versionTag: string
  readonly type: string
  readonly value: boolean
  readonly status: string
  readonly by: string
  readonly id: string
  readonly at: string
}

async function writeJob(jobmanager: pg.Client, update: JobUpdate): Promise<void> {
  const { at, by, id, jobId, status, type, value, versionTag } = update
  await jobmanager.query(
    `update jobs set operations = coalesce(operations, '{}') || jsonb_build_object($2::text, $3::boolean) where job_id = $1`,
    [jobId, type, value],
  )
  await jobmanager.query(
    `insert into job_status_updates (job_id, version_tag, operation_type, status, source_type, source_id, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [jobId, versionTag, type, status, by, id, at],
  )
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return count / ((performance.now() - startedAt) / 1_000)
}
