import { useState } from 'react'
import { useOwnActs } from '../../live/floor.ts'

/** Rows as they stand on screen, while what they are made of goes on changing. */
export interface HeldOrder {
  readonly ids: readonly string[]
  /** How many came since, and wait to be shown. */
  readonly fresh: number
  /** Those on screen that no longer belong there. */
  readonly gone: ReadonlySet<string>
  /** Puts everything where it belongs now. */
  readonly update: () => void
}

/**
 * Keeps rows where they are until somebody asks for the new order, does something that they wait to see, or looks at
 * another view.
 */
export function useHeldOrder(wanted: readonly string[], viewed: string): HeldOrder {
  const view = `${viewed} ${useOwnActs()}`
  const [held, setHeld] = useState({ ids: wanted, view })
  const isStale = held.view !== view || (held.ids.length === 0 && wanted.length > 0)
  const { ids } = isStale ? { ids: wanted } : held
  if (isStale) setHeld({ ids: wanted, view })
  const shown = new Set(ids)
  const belonging = new Set(wanted)
  return {
    ids,
    fresh: wanted.filter((id) => !shown.has(id)).length,
    gone: new Set(ids.filter((id) => !belonging.has(id))),
    update: () => setHeld({ ids: wanted, view }),
  }
}
