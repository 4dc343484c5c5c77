import { useCallback, useEffect, useRef, useState } from 'react'
import type { Line } from './groups.ts'

/** Which rows are selected. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  /** With `isRange` everything from the row that was last touched to this one. */
  readonly select: (id: string, isOn: boolean, isRange: boolean) => void
  readonly selectAll: (isOn: boolean) => void
  /** Everything that matches the query is meant, loaded or not; selecting anything by hand ends it. */
  readonly isAll: boolean
  readonly selectMatching: () => void
  readonly clear: () => void
}

const NONE: ReadonlySet<string> = new Set()

/** Selects rows of the list; another query lets go of them. */
export function useSelection(q: string, lines: readonly Line[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(NONE)
  const touched = useRef<string | null>(null)
  const latest = useRef(lines)
  latest.current = lines
  const [isAll, setIsAll] = useState(false)
  const selectMatching = useCallback(() => setIsAll(true), [])
  const clear = useCallback(() => {
    setIds(NONE)
    setIsAll(false)
  }, [])
  useEffect(clear, [q, clear])

  const select = useCallback((id: string, isOn: boolean, isRange: boolean) => {
    const wanted = isRange && touched.current !== null ? between(latest.current, touched.current, id) : [id]
    touched.current = id
    setIsAll(false)
    setIds((before) => {
      const next = new Set(before)
      for (const one of wanted) {
        if (isOn) next.add(one)
        else next.delete(one)
      }
      return next
    })
  }, [])
  const selectAll = useCallback((isOn: boolean) => {
    setIsAll(false)
    setIds(isOn ? new Set(latest.current.flatMap((line) => (line.kind === 'job' ? [line.id] : []))) : NONE)
  }, [])
  return { ids, select, selectAll, isAll, selectMatching, clear }
}

function between(lines: readonly Line[], one: string, other: string): readonly string[] {
  const ids = lines.flatMap((line) => (line.kind === 'job' ? [line.id] : []))
  const places = [ids.indexOf(one), ids.indexOf(other)].toSorted((a, b) => a - b)
  const [from = -1, to = -1] = places
  return from < 0 ? [other] : ids.slice(from, to + 1)
}
