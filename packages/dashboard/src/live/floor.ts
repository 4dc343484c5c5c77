import type { FloorChange } from '@andon/sdk'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { queries } from './andon.ts'
import { External, useExternal } from './external.ts'
import { follow } from './follow.ts'

/** After an answer the next one is asked for no sooner than this, however much changes. */
const PACE_MS = 300
/** A floor that does not answer is asked again so often. */
const MEND_MS = 5_000

/** Something of the floor that is asked for whole, and again when it changed. */
export interface FloorQuestion<T> {
  /** Behind `floor`; one for each answer. */
  readonly key: readonly string[]
  readonly load: (signal: AbortSignal) => Promise<T>
  /** Whether a change touches what is shown; each does when left out. */
  readonly isTouched?: (shown: T, change: FloorChange) => boolean
  /** Also asked again so often, for what the stream does not tell. */
  readonly everyMs?: number
}

/** The answer, at most a second old: loaded once the stream stands, so that no change falls between the two. */
export function useFloorQuery<T>(question: FloorQuestion<T>): UseQueryResult<T> {
  const { everyMs = false, key, load } = question
  const isFollowed = useFloorChanges(question)
  return useQuery({
    queryKey: ['floor', ...key],
    enabled: isFollowed,
    queryFn: ({ signal }) => load(signal),
    refetchInterval: ({ state }) => (state.error === null ? everyMs : MEND_MS),
  })
}

const acts = new External(0)

/** Asks again for everything of the floor that is on screen: after an act of the person who looks. */
export async function askFloorAgain(): Promise<void> {
  await queries.invalidateQueries({ queryKey: ['floor'] })
  acts.set(acts.get() + 1)
}

/** How many acts of the person who looks are on screen by now. */
export function useOwnActs(): number {
  return useExternal(acts)
}

/**
 * Has a question asked again when the stream tells of a change, beginning with the first time that it stands. Whether
 * it does, or did not come in time.
 */
export function useFloorChanges<T>({ isTouched, key }: Pick<FloorQuestion<T>, 'isTouched' | 'key'>): boolean {
  const [isFollowed, setIsFollowed] = useState(false)
  const touches = useRef(isTouched)
  touches.current = isTouched
  const name = JSON.stringify(['floor', ...key])
  useEffect(() => {
    const queryKey = JSON.parse(name) as string[]
    const askAgain = paced(() => queries.invalidateQueries({ queryKey }))
    const onFloor = (change: FloorChange) => {
      const shown = queries.getQueryData<T>(queryKey)
      if (shown === undefined || (touches.current?.(shown, change) ?? true)) askAgain()
    }
    return follow({ topic: 'floor' }, { onFloor }, () => {
      setIsFollowed(true)
      askAgain()
    })
  }, [name])
  return isFollowed
}

/** Calls of `act`, one after the other; those that come meanwhile are one more at the end. */
function paced(act: () => Promise<void>): () => void {
  let isBusy = false
  let isWanted = false
  const run = async () => {
    isBusy = true
    while (isWanted) {
      isWanted = false
      await act()
      await new Promise((resolve) => setTimeout(resolve, PACE_MS))
    }
    isBusy = false
  }
  return () => {
    isWanted = true
    if (!isBusy) void run()
  }
}
