import { closestTo, type ImpositionDetail, problem } from '@andon/core'
import type { FloorDatabases } from '../floor-databases.ts'
import { operationIds, operationTypes, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import {
  impositionCells,
  impositionRow,
  impositionsAround,
  jobCells,
  jobsOfImpositions,
  recordsOfImposition,
  scannedAsPrinted,
} from '../queries/logs/runlists.ts'
import { cellBook, cellsOf, jobKey } from './cells.ts'

/**
 * An imposition with what lies on it and what the press said.
 *
 * @throws imposition_not_found with `candidates`
 */
export async function imposition(floor: FloorDatabases, id: string): Promise<ImpositionDetail> {
  const { is_known: isKnown, runlists, unmatched_files: unmatched } = await impositionRow(floor.logs, id)
  const records = await recordsOfImposition(floor.logs, id)
  if (!isKnown && records.length === 0) {
    const candidates = closestTo(id, await impositionsAround(floor.logs, id))
    throw problem('imposition_not_found', { detail: `There is no imposition "${id}".`, extra: { candidates } })
  }
  const catalogue = await readCatalogue(floor.jobmanager)
  const ids = operationIds(catalogue)
  const isScannedAsPrinted = (await scannedAsPrinted(floor.logs, runlists)).size > 0
  const options = { types: operationTypes(catalogue), isScannedAsPrinted }
  const files = await jobsOfImpositions(floor.logs, [id])
  const jobBook = cellBook(await jobCells(floor.logs, [...new Set(files.map((job) => job.job_id))], ids))
  return {
    imposition_id: id,
    runlists,
    operation_types: options.types,
    operations: cellsOf(cellBook(await impositionCells(floor.logs, [id], ids)), id, options),
    jobs: files.map((job) => ({ ...job, operations: cellsOf(jobBook, jobKey(job.job_id, job.version_tag), options) })),
    unmatched_files: unmatched,
    records: records.map(({ at, ...record }) => ({ ...record, at: at?.toISOString() ?? null })),
  }
}
