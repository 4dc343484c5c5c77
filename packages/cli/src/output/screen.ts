import type { Writer } from '../io.ts'
import { widthOf } from './text.ts'

const UP = (lines: number) => `\u001b[${lines}F`
const CLEAR_BELOW = '\u001b[0J'
/** Often enough to look alive, seldom enough not to flicker. */
const REDRAW_MS = 100

/**
 * A block of lines at the end of a terminal that is drawn anew in place. What is above the top of a terminal cannot be
 * drawn again: of a block that is too high, the lines before the last one are left out.
 */
export class Screen implements Disposable {
  readonly #writer: Writer
  #drawn: readonly string[] = []
  /** Rows of the terminal that it takes. */
  #height = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #wanted: (() => readonly string[]) | undefined

  constructor(writer: Writer) {
    this.#writer = writer
  }

  /** Shows what `lines` returns, soon; asked too often, the last one counts. */
  show(lines: () => readonly string[]): void {
    this.#wanted = lines
    this.#timer ??= setTimeout(() => this.flush(), REDRAW_MS)
  }

  /** Draws what was asked for last, now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#fitting(this.#wanted?.())
    this.#wanted = undefined
    if (lines !== undefined && !isSame(lines, this.#drawn)) this.#draw(lines)
  }

  /** Takes the block away. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wanted = undefined
    if (this.#height > 0) this.#writer.write(UP(this.#height) + CLEAR_BELOW)
    this.#drawn = []
    this.#height = 0
  }

  [Symbol.dispose](): void {
    this.flush()
  }

  #draw(lines: readonly string[]): void {
    const back = this.#height > 0 ? UP(this.#height) + CLEAR_BELOW : ''
    this.#writer.write(back + lines.map((line) => `${line}\n`).join(''))
    this.#drawn = lines
    this.#height = this.#heightOf(lines)
  }

  #fitting(lines: readonly string[] | undefined): readonly string[] | undefined {
    const { rows } = this.#writer
    if (lines === undefined || rows === null) return lines
    const kept = [...lines]
    // The cursor has the last row of the terminal.
    while (kept.length > 1 && this.#heightOf(kept) > rows - 1) kept.splice(-2, 1)
    return kept
  }

  /** A line that is wider than the terminal takes several rows. */
  #heightOf(lines: readonly string[]): number {
    const { columns } = this.#writer
    if (columns === null) return lines.length
    return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0)
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index])
}
