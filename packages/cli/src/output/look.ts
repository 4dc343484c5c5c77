import type { Paint } from './paint.ts'

/** How things are to be shown to the person at this terminal. */
export interface Look {
  /** Width of the terminal; null when there is none. */
  readonly columns: number | null
  readonly nowMs: number
  readonly paint: Paint
  /** A time of the wire, relative or absolute as asked for; empty for null. */
  readonly time: (at: string | null) => string
}
