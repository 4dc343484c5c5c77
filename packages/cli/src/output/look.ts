import type { Paint } from './paint.ts'
import { plain } from './text.ts'

/** How things are to be shown to the person at this terminal. */
export interface Look {
  /** Width of the terminal; null when there is none. */
  readonly columns: number | null
  readonly nowMs: number
  readonly paint: Paint
  /** A time of the wire, relative or absolute as asked for; empty for null. */
  readonly time: (at: string | null) => string
}

/** Makes the lines of facts about a thing: a name and a text, or no line where nothing is known. */
export function factLine(look: Look): (name: string, text: string | null | undefined) => string[] {
  return (name, text) => (text ? [`  ${look.paint('dim', name.padEnd(11))} ${plain(text)}`] : [])
}
