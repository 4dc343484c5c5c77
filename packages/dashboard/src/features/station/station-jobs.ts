import { useState } from 'react'
import { useJobSet } from '../../live/jobs.ts'

/** The query for the jobs of one station. */
export function ofStation(name: string): string {
  return `station:"${name.replace(/["\\]/g, '\\$&')}"`
}

/** Rows of a list to which new ones are added only when somebody wants them. */
export interface CollectedJobs {
  /** The newest first. */
  readonly ids: readonly string[]
  readonly isLoading: boolean
  /** Newer ones that are not shown yet. */
  readonly fresh: number
  readonly update: () => void
}

/** The newest jobs that match, as they were when the list was last brought up to date. */
export function useCollectedJobs(q: string, shown: number): CollectedJobs {
  const { ids, isLoading } = useJobSet(q, shown)
  const [newest, setNewest] = useState<string | null>(null)
  const last = ids.at(-1) ?? null
  // The first that comes fills an empty list: nothing moves by that.
  if (newest === null && last !== null) setNewest(last)
  const upTo = newest ?? ''
  const known = ids.filter((id) => id <= upTo)
  return {
    ids: known.slice(-shown).toReversed(),
    isLoading,
    fresh: ids.length - known.length,
    update: () => setNewest(last),
  }
}
