import type { FloorSourceStatus, FloorStatus } from '@andon/core'
import { onlyRow, statement } from '@andon/store'
import type { FloorDatabases } from '../floor-databases.ts'
import { countErrors, countOverrides, sourceStatus } from '../queries/jobmanager/errors.ts'
import { newestId, type SourceType } from '../queries/jobmanager/take.ts'

const HAS_WORK = statement(
  'floor_has_work',
  `select exists (select from andon_source_facts f
       left join processing_ledger l on l.source_type = $1 and l.source_id = f.source_id
         and l.source_id > $2::bigint
       where f.source_type = $1 and f.source_id > $2::bigint and (l.source_id is null or l.row_hash <> f.row_hash))
     or exists (select from processing_ledger where source_type = $1 and outcome = 'pending')
     or exists (select from processing_errors where source_type = $1 and resolved_at is null and dismissed_at is null
       and next_try_at <= now())
     or exists (select from operation_overrides where not is_applied) as has`,
)

/** How far both sources are, and what stands aside. */
export async function floorStatus(floor: FloorDatabases): Promise<FloorStatus> {
  return {
    print_os: await statusOf(floor, 'print_os'),
    scanner: await statusOf(floor, 'scanner'),
    open_errors: await countErrors(floor.jobmanager),
    overrides: await countOverrides(floor.jobmanager),
  }
}

/** Whether a pass would find something, among the newest rows or (`isSweep`) all; at rest a pass is not begun. */
export async function hasWork(
  floor: FloorDatabases,
  source: SourceType,
  { isSweep = false }: { readonly isSweep?: boolean } = {},
): Promise<boolean> {
  const after = isSweep ? '0' : await recentStart(floor, source)
  return onlyRow(await floor.jobmanager.query<{ has: boolean }>(HAS_WORK, [source, after])).has
}

async function statusOf(floor: FloorDatabases, source: SourceType): Promise<FloorSourceStatus> {
  const row = await sourceStatus(floor.jobmanager, source, await recentStart(floor, source))
  return { ...row, last_processed_at: row.last_processed_at?.toISOString() ?? null }
}

async function recentStart({ jobmanager, settings }: FloorDatabases, source: SourceType): Promise<string> {
  const start = BigInt(await newestId(jobmanager, source)) - BigInt(settings.recentIds)
  return String(start > 0n ? start : 0n)
}
