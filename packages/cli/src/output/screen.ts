import type { Writer } from '../io.ts'

const UP = (lines: number) => `\u001b[${lines}F`
const CLEAR_BELOW = '\u001b[0J'
/** Often enough to look alive, seldom enough not to flicker. */
const REDRAW_MS = 100

/** A block of lines at the end of a terminal that is drawn anew in place. */
export class Screen implements Disposable {
  readonly #writer: Writer
  #drawn: readonly string[] = []
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
    const lines = this.#wanted?.()
    this.#wanted = undefined
    if (lines !== undefined && !isSame(lines, this.#drawn)) this.#draw(lines)
  }

  /** Takes the block away. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wanted = undefined
    if (this.#drawn.length > 0) this.#writer.write(UP(this.#drawn.length) + CLEAR_BELOW)
    this.#drawn = []
  }

  [Symbol.dispose](): void {
    this.flush()
  }

  #draw(lines: readonly string[]): void {
    const back = this.#drawn.length > 0 ? UP(this.#drawn.length) + CLEAR_BELOW : ''
    this.#writer.write(back + lines.map((line) => `${line}\n`).join(''))
    this.#drawn = lines
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index])
}
