import type { LiveEvent } from './source.ts'

/** Jobs of the floor that one message names. */
const JOBS_TOLD = 500
/** Stands among the jobs for all that are not named; no job is called so. */
const MORE = ''

/** What changed on the floor and was not told yet: each job once, however often it changed. */
export class FloorChanges {
  #pieces = new Map<string, string | null>()

  note({ data, kind }: LiveEvent): void {
    if (kind !== 'floor_changed') return
    const { jobs, more } = changeOf(data)
    for (const job of jobs) if (this.#pieces.size <= JOBS_TOLD) this.#pieces.set(job, null)
    if (more || this.#pieces.size > JOBS_TOLD) this.#pieces.set(MORE, null)
  }

  take(): ReadonlyMap<string, string | null> {
    const pieces = this.#pieces
    this.#pieces = new Map()
    return pieces
  }
}

/** The message about these changes, but for its head. */
export function floorTail(pieces: ReadonlyMap<string, string | null>): { type: string; tail: string } {
  const jobs = [...pieces.keys()].filter((job) => job !== MORE)
  const more = pieces.has(MORE) || jobs.length > JOBS_TOLD
  return { type: 'floor', tail: `"jobs":${JSON.stringify(jobs.slice(0, JOBS_TOLD))},"more":${more}` }
}

/** An event of a newer version may say it otherwise: then anything may have changed. */
function changeOf(data: unknown): { readonly jobs: readonly string[]; readonly more: boolean } {
  if (typeof data !== 'object' || data === null || !('jobs' in data) || !Array.isArray(data.jobs)) {
    return { jobs: [], more: true }
  }
  const jobs = data.jobs.filter((job) => typeof job === 'string')
  return { jobs, more: !('more' in data) || data.more !== false }
}
