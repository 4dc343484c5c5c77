import type { FloorDatabases } from './floor-databases.ts'
import { forgetJobs, planJobs } from './queries/jobmanager/plan.ts'
import { forgetSheets, hasRunlistsOf, planSheets } from './queries/logs/plan.ts'

/** A runlist as the shop's planning software writes it. */
export interface PlannedRunlist {
  readonly runlistId: string
  readonly impositions: readonly { readonly impositionId: string; readonly files: readonly string[] }[]
  readonly jobs: readonly { readonly jobId: string; readonly description: string }[]
}

/** Writes a runlist with its impositions, files and jobs into the databases; for demonstrations, not for a shop's own. */
export async function planRunlist(
  floor: FloorDatabases,
  { impositions, jobs, runlistId }: PlannedRunlist,
): Promise<void> {
  await floor.ready()
  const files = impositions.flatMap(({ files: names, impositionId }) => names.map((name) => ({ impositionId, name })))
  await planJobs(
    floor.jobmanager,
    jobs.map((job) => job.jobId),
    jobs.map((job) => job.description),
  )
  await planSheets(floor.logs, runlistId, {
    impositions: files.map((file) => file.impositionId),
    files: files.map((file) => file.name),
  })
}

/** Whether there are runlists whose name begins so. */
export async function hasRunlists(floor: FloorDatabases, prefix: string): Promise<boolean> {
  await floor.ready()
  return hasRunlistsOf(floor.logs, prefix)
}

/**
 * Removes the runlists whose name begins so, and all that was made of them: impositions, files, jobs, and the records
 * and scans whose names begin the same.
 */
export async function forgetRunlists(floor: FloorDatabases, prefix: string): Promise<{ readonly jobs: number }> {
  await floor.ready()
  const jobs = await floor.logs.transaction((tx) => forgetSheets(tx, prefix))
  await forgetJobs(floor.jobmanager, jobs, prefix)
  return { jobs: jobs.length }
}
