import {
  closestTo,
  type FloorCell,
  type FloorImposition,
  type FloorJob,
  problem,
  type RunlistDetail,
  type RunlistSummary,
} from '@andon/core'
import type { FloorDatabases } from '../floor-databases.ts'
import { operationIds, operationTypes, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import {
  impositionCells,
  impositionsOfRunlist,
  jobCells,
  jobsOfImpositions,
  recentRunlists,
  runlistPage,
  runlistsAround,
  scannedAsPrinted,
} from '../queries/logs/runlists.ts'
import { cellBook, cellsOf, countCells, jobKey, urgency } from './cells.ts'

/** Which runlists. */
export interface RunlistPage {
  /** Only names after this one; null from the beginning. */
  readonly after: string | null
  /** Beginning of the name; null: those that were touched last. */
  readonly prefix: string | null
  readonly limit: number
}

/** A page of runlists, each with how far its jobs are. */
export async function listRunlists(floor: FloorDatabases, page: RunlistPage): Promise<RunlistSummary[]> {
  const { after, limit, prefix } = page
  const recent = after === null && prefix === null ? await recentRunlists(floor.logs, limit) : []
  const rows =
    recent.length > 0 ? recent : await runlistPage(floor.logs, { after: after ?? '', prefix: prefix ?? '', limit })
  const summaries: RunlistSummary[] = []
  for (const { runlist_id: id } of rows) {
    const { imposition_list: _i, job_list: _j, operation_types: _t, ...summary } = await runlist(floor, id)
    summaries.push(summary)
  }
  return summaries
}

/**
 * A runlist with its impositions and jobs, what is wrong first.
 *
 * @throws runlist_not_found with `candidates`
 */
export async function runlist(floor: FloorDatabases, id: string): Promise<RunlistDetail> {
  const sheets = await impositionsOfRunlist(floor.logs, id)
  if (sheets.length === 0) {
    const candidates = closestTo(id, await runlistsAround(floor.logs, id))
    throw problem('runlist_not_found', { detail: `There is no runlist "${id}".`, extra: { candidates } })
  }
  const catalogue = await readCatalogue(floor.jobmanager)
  const types = operationTypes(catalogue)
  const isScannedAsPrinted = (await scannedAsPrinted(floor.logs, [id])).has(id)
  const names = sheets.map((sheet) => sheet.imposition_id)
  const files = await jobsOfImpositions(floor.logs, names)
  const ids = operationIds(catalogue)
  const sheetBook = cellBook(await impositionCells(floor.logs, names, ids))
  const jobBook = cellBook(await jobCells(floor.logs, [...new Set(files.map((job) => job.job_id))], ids))
  const options = { types, isScannedAsPrinted }
  const impositions: FloorImposition[] = sheets.map((sheet) => ({
    ...sheet,
    operations: cellsOf(sheetBook, sheet.imposition_id, options),
  }))
  const jobs: FloorJob[] = files.map((job) => ({
    ...job,
    operations: cellsOf(jobBook, jobKey(job.job_id, job.version_tag), options),
  }))
  return {
    runlist_id: id,
    impositions: impositions.length,
    jobs: jobs.length,
    operations: countCells(jobs, types),
    conflicts: jobs.filter(({ operations }) => Object.values(operations).some(({ conflict }) => conflict !== null))
      .length,
    last_activity_at: latest([...impositions, ...jobs]),
    operation_types: types,
    imposition_list: mostUrgentFirst(impositions),
    job_list: mostUrgentFirst(jobs),
  }
}

interface WithCells {
  readonly operations: Readonly<Record<string, FloorCell>>
}

function mostUrgentFirst<T extends WithCells>(owners: readonly T[]): T[] {
  return owners.toSorted((one, other) => urgency(other.operations) - urgency(one.operations))
}

/** Times of the wire sort as text. */
function latest(owners: readonly WithCells[]): string | null {
  const times = owners.flatMap(({ operations }) => Object.values(operations).flatMap(({ at }) => at ?? []))
  return times.reduce<string | null>((newest, at) => (newest === null || at > newest ? at : newest), null)
}
