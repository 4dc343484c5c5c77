import type { FloorDifference } from '@andon/core'
import { alone, type Floor } from '../passes/batch.ts'
import { operationIds, operationTypes, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import { differencesOf, jobsAfter } from '../queries/jobmanager/differences.ts'
import { operationsSay } from '../queries/logs/differences.ts'

const JOBS_AT_ONCE = 5_000
/** Beyond that somebody has to look at the databases anyway. */
const LARGEST_REPORT = 1_000

/**
 * Compares all jobs with their operations, in sets, each while no pass writes; the first thousand differences. What was
 * left half done by a pass that ended counts as a difference until the next pass.
 */
export async function differences(floor: Floor, signal?: AbortSignal): Promise<FloorDifference[]> {
  const catalogue = await readCatalogue(floor.jobmanager)
  const [ids, types] = [operationIds(catalogue), operationTypes(catalogue)]
  const found: FloorDifference[] = []
  for (let after: string | undefined = ''; after !== undefined && found.length < LARGEST_REPORT; ) {
    signal?.throwIfAborted()
    const jobs: string[] = await jobsAfter(floor.jobmanager, after, JOBS_AT_ONCE)
    const set = await alone(floor, async () => {
      const said = await floor.logs.batch(jobs.length, (tx) => operationsSay(tx, jobs, ids))
      return differencesOf(floor.jobmanager, jobs, { said, types })
    })
    found.push(...set)
    after = jobs.at(-1)
  }
  return found.slice(0, LARGEST_REPORT)
}
