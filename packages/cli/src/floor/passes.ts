import type { PassResult, ProductionFloor, SourceType } from '@andon/floor'
import type { PassInput } from '@andon/server'
import { type Store, tellFloorChanged } from '@andon/store'
import { completed, type Handler } from '@andon/worker'

/** Runs one pass over a source, with the counts as its result. */
export function passHandler(store: Store, floor: ProductionFloor, source: SourceType): Handler {
  return async (job) => {
    const { force, sweep } = job.input as PassInput
    const result = await floor.process(source, {
      isForced: force,
      isSweep: sweep,
      signal: job.signal,
      onProgress: (processed) => job.progress({ message: `${processed.toLocaleString('en')} rows processed` }),
    })
    await tellFloorChanged(store, { jobs: result.jobs, more: result.processed > 0 }, job.claimed.createdBy)
    const counts = {
      processed_count: result.processed,
      jobs_updated: result.jobsUpdated,
      last_marker: result.lastMarker,
    }
    return completed(counts, summary(source, result))
  }
}

function summary(source: SourceType, { jobsUpdated, processed }: PassResult): string {
  const rows = source === 'print_os' ? 'press records' : 'scans'
  return `${processed.toLocaleString('en')} ${rows}, ${jobsUpdated.toLocaleString('en')} jobs changed`
}
