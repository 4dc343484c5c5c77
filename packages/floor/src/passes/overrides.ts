import { type CatalogueRow, idsOf, operationIds, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import type { OverrideRow } from '../queries/jobmanager/jobs.ts'
import { halfApplied, markApplied } from '../queries/jobmanager/overrides.ts'
import { setPrint } from '../queries/jobmanager/write-press.ts'
import { setScanned } from '../queries/jobmanager/write-scans.ts'
import { targetsOfJob, writeOverride } from '../queries/logs/overrides.ts'
import { impositionsOfJobs, oncePrinted, settlePrint } from '../queries/logs/press.ts'
import { settleScanned, standingScans } from '../queries/logs/scans.ts'
import type { Floor } from './batch.ts'

/**
 * Brings overrides that were set or lifted to the other database. Each may be done twice; whoever calls has the floor
 * alone.
 */
export async function applyOverrides(floor: Floor): Promise<void> {
  const overrides = await halfApplied(floor.jobmanager)
  if (overrides.length === 0) return
  const catalogue = await readCatalogue(floor.jobmanager)
  for (const override of overrides) {
    await applyOverride(floor, override, catalogue)
    await markApplied(floor.jobmanager, override)
  }
}

async function applyOverride(floor: Floor, override: OverrideRow, catalogue: readonly CatalogueRow[]): Promise<void> {
  const { job_id: jobId, lifted_at: liftedAt, operation_type: type } = override
  const job = jobArray(jobId)
  const found = await floor.logs.batch(async (tx) => {
    await writeOverride(tx, override, idsOf(catalogue, type))
    if (liftedAt === null) return null
    const places = { jobs: job, impositions: await impositionsOfJobs(tx, job) }
    const counts = await settlePrint(tx, places, idsOf(catalogue, 'print'))
    const once = floor.abortRule === 'undo' ? await oncePrinted(tx, places) : '{}'
    const ids = operationIds(catalogue)
    await settleScanned(tx, await targetsOfJob(tx, jobId), ids)
    return { counts, once, standing: await standingScans(tx, job, ids) }
  })
  if (found === null) return
  await floor.jobmanager.batch(async (tx) => {
    await setScanned(tx, found.standing, '{}')
    await setPrint(tx, found.counts, found.once)
  })
}

/** One text as a PostgreSQL array. */
function jobArray(jobId: string): string {
  return `{"${jobId.replace(/["\\]/g, '\\$&')}"}`
}
