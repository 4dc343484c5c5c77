import { type CatalogueRow, idsOf, operationIds, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import type { OverrideRow } from '../queries/jobmanager/jobs.ts'
import { halfApplied, markApplied } from '../queries/jobmanager/overrides.ts'
import { NO_ROWS } from '../queries/jobmanager/take.ts'
import { setPrint } from '../queries/jobmanager/write-press.ts'
import { NO_OPERATIONS, setScanned } from '../queries/jobmanager/write-scans.ts'
import { writeOverride } from '../queries/logs/overrides.ts'
import { settlePrint } from '../queries/logs/press.ts'
import { reachOf } from '../queries/logs/reach.ts'
import { settleScanned } from '../queries/logs/scans.ts'
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
  const found = await floor.logs.batch(1, async (tx) => {
    await writeOverride(tx, override, idsOf(catalogue, type))
    if (liftedAt === null) return null
    const jobs = jobArray(jobId)
    const reach = await reachOf(tx, { runlists: NO_ROWS, codes: NO_ROWS, jobs, impositions: NO_ROWS })
    const rules = { printIds: idsOf(catalogue, 'print'), abortRule: floor.abortRule }
    const print = await settlePrint(tx, reach.lies, rules)
    return { print, scans: await settleScanned(tx, reach, operationIds(catalogue)) }
  })
  if (found === null) return
  await floor.jobmanager.batch(1, async (tx) => {
    await setScanned(tx, found.scans.standing, NO_OPERATIONS)
    await setPrint(tx, found.print)
  })
}

/** One text as a PostgreSQL array. */
function jobArray(jobId: string): string {
  return `{"${jobId.replace(/["\\]/g, '\\$&')}"}`
}
