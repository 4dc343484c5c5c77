import type { PrintOsProcessed } from '@andon/core'
import type { ProductionFloor, SourceType } from '@andon/floor'
import { type Store, tellFloorChanged } from '@andon/store'
import { completed, type Handler } from '@andon/worker'

/** Who tells of what a pass changed. */
const FLOOR = 'floor'

const RECORDS = { print_os: 'press records', scanner: 'scans' } as const satisfies Record<SourceType, string>

/** Works a source off; its counts are the job's result. A database that is away has the job tried again. */
export function passHandler(store: Store, floor: ProductionFloor, source: SourceType): Handler {
  return async (job) => {
    job.steps(2)
    await job.step(`Work off ${RECORDS[source]}`)
    const { lastMarker, jobs, jobsUpdated, processed } = await floor.process(source, {
      isForced: isSet(job.input, 'force'),
      isSweep: isSet(job.input, 'sweep'),
      signal: job.signal,
      onProgress: (count) => job.progress({ message: `${count} ${RECORDS[source]} worked off` }),
    })
    await job.step('Tell who watches')
    if (processed > 0) await tellFloorChanged(store, jobs, FLOOR)
    const result: PrintOsProcessed = {
      processed_count: processed,
      jobs_updated: jobsUpdated,
      last_marker: lastMarker,
    }
    return completed(result, `${processed} ${RECORDS[source]}, ${jobsUpdated} jobs changed`)
  }
}

/** Input of jobs that somebody made by hand may be anything. */
function isSet(input: unknown, name: 'force' | 'sweep'): boolean {
  return typeof input === 'object' && input !== null && Reflect.get(input, name) === true
}
