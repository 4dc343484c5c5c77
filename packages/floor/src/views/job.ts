import {
  closestTo,
  type FloorJobDetail,
  type FloorJobStatus,
  type FloorOverride,
  type FloorUpdate,
  problem,
} from '@andon/core'
import type { FloorDatabases } from '../floor-databases.ts'
import { operationIds, operationTypes, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import {
  jobHistory,
  type JobRow,
  jobRow,
  jobsAround,
  type OverrideRow,
  standingOverrides,
  type UpdateRow,
} from '../queries/jobmanager/jobs.ts'
import { jobCells, placesOfJob, scannedAsPrinted, versionsOfJob } from '../queries/logs/runlists.ts'
import { cellBook, cellsOf, jobKey } from './cells.ts'

/** What a job says of its operations, with its history. */
export async function jobStatus(floor: FloorDatabases, id: string): Promise<FloorJobStatus> {
  const row = await findJob(floor, id)
  const types = operationTypes(await readCatalogue(floor.jobmanager))
  return {
    job_id: row.job_id,
    current_status: statusOf(row, types),
    update_history: (await jobHistory(floor.jobmanager, id)).map(toUpdate),
  }
}

/** Everything that is known of a job on the floor. */
export async function jobDetail(floor: FloorDatabases, id: string): Promise<FloorJobDetail> {
  const row = await findJob(floor, id)
  const catalogue = await readCatalogue(floor.jobmanager)
  const types = operationTypes(catalogue)
  const versions = await versionsOfJob(floor.logs, id)
  const places = await placesOfJob(floor.logs, id)
  const book = cellBook(await jobCells(floor.logs, [id], operationIds(catalogue)))
  const targets = [...places.runlists, ...versions.map(({ version_tag: tag }) => jobKey(id, tag))]
  const isScannedAsPrinted = (await scannedAsPrinted(floor.logs, targets)).size > 0
  return {
    job_id: id,
    current_status: statusOf(row, types),
    operation_types: types,
    versions: versions.map(({ files, version_tag: tag }) => ({
      job_id: id,
      version_tag: tag,
      files,
      operations: cellsOf(book, jobKey(id, tag), { types, isScannedAsPrinted }),
    })),
    runlists: places.runlists,
    impositions: places.impositions,
    overrides: (await standingOverrides(floor.jobmanager, [id])).map(toOverride),
    update_history: (await jobHistory(floor.jobmanager, id)).map(toUpdate),
  }
}

/** As it goes over the wire. */
export function toOverride({ lifted_at: liftedAt, set_at: setAt, ...row }: OverrideRow): FloorOverride {
  return { ...row, set_at: setAt.toISOString(), lifted_at: liftedAt?.toISOString() ?? null }
}

async function findJob({ jobmanager }: FloorDatabases, id: string): Promise<JobRow> {
  const row = await jobRow(jobmanager, id)
  if (row !== null) return row
  throw problem('floor_job_not_found', {
    detail: `There is no job "${id}".`,
    extra: { candidates: closestTo(id, await jobsAround(jobmanager, id)) },
  })
}

/** Operations that the shop's catalogue knows, and others that older software left there. */
function statusOf({ operations }: JobRow, types: readonly string[]): Record<string, boolean> {
  const names = new Set([...types, ...Object.keys(operations)])
  return Object.fromEntries([...names].map((name) => [name, operations[name] === true]))
}

function toUpdate({ updated_at: updatedAt, ...row }: UpdateRow): FloorUpdate {
  return { ...row, updated_at: updatedAt.toISOString() }
}
