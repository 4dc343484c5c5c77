import type { StateReason } from '@andon/core'

/** Whether two lists name the same trouble in the same order; the words of the device may differ. */
export function sameReasons(a: readonly StateReason[], b: readonly StateReason[]): boolean {
  return (
    a.length === b.length && a.every((entry, i) => entry.reason === b[i]?.reason && entry.severity === b[i]?.severity)
  )
}
