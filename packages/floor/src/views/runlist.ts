import {
  closestTo,
  type FloorCell,
  type FloorCounts,
  type FloorImposition,
  type FloorJob,
  problem,
  type RunlistDetail,
  type RunlistSummary,
} from '@andon/core'
import type { FloorDatabases } from '../floor-databases.ts'
import { operationIds, operationTypes, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import {
  countRunlists,
  impositionCells,
  impositionsOfRunlist,
  jobCells,
  jobsOfImpositions,
  recentRunlists,
  runlistPage,
  type RunlistRow,
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

/** A page of runlists. */
export interface ListedRunlists {
  readonly runlists: RunlistSummary[]
  /** The next page goes on after the last name; those that were touched last have no next page. */
  readonly isByName: boolean
}

/** A page of runlists, each with how far its jobs are. */
export async function listRunlists(floor: FloorDatabases, page: RunlistPage): Promise<ListedRunlists> {
  const { after, limit, prefix } = page
  const recent = after === null && prefix === null ? await recentRunlists(floor.logs, limit) : []
  const isByName = recent.length === 0
  const names = isByName ? await runlistPage(floor.logs, { after: after ?? '', prefix: prefix ?? '', limit }) : recent
  const catalogue = await readCatalogue(floor.jobmanager)
  const types = operationTypes(catalogue)
  const rows = await countRunlists(floor.logs, names, operationIds(catalogue))
  return { runlists: rows.map((row) => toSummary(row, types)), isByName }
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

function toSummary({ last_activity_at: at, operations, ...row }: RunlistRow, types: readonly string[]): RunlistSummary {
  return {
    ...row,
    operations: Object.fromEntries(types.map((type) => [type, withOpen(operations[type], row.jobs)])),
    last_activity_at: at?.toISOString() ?? null,
  }
}

function withOpen(counts: RunlistRow['operations'][string] | undefined, jobs: number): FloorCounts {
  const { aborted, done, partly } = counts ?? { aborted: 0, done: 0, partly: 0 }
  return { done, partly, aborted, open: jobs - done - partly - aborted }
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
