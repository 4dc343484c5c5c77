/** One label of a ZPL document, and where it came from. */
export interface ZplLabel {
  /** The bytes from before its `^XA` (downloads and settings that belong to it) to its `^XZ`. */
  readonly data: Buffer
  /** Copies that the label itself asks for with `^PQ`; 1 when it does not. */
  readonly quantity: number
}

/** A binary graphic: the bytes after it are data, whatever they look like. */
const BINARY_GRAPHIC = /\^GF[BC],(\d{1,9}),\d{1,9},\d{1,9},/iy
const MARK = /\^XA|\^XZ|\^GF[BC],/gi

/**
 * Splits a ZPL document into its labels. What stands between two labels goes to the later one; what follows the last
 * one is left out. Null when the document is not a sequence of `^XA … ^XZ`.
 */
export function splitZpl(bytes: Uint8Array): ZplLabel[] | null {
  // latin1 keeps each byte as one character, so that positions in the text are positions in the bytes.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const labels: ZplLabel[] = []
  let begin = 0
  let isOpen = false
  for (const mark of marks(text)) {
    if (mark.isStart === isOpen) return null
    isOpen = mark.isStart
    if (isOpen) continue
    const source = text.slice(begin, mark.end)
    labels.push({ data: Buffer.from(source, 'latin1'), quantity: quantityOf(source) })
    begin = mark.end
  }
  return isOpen || labels.length === 0 ? null : labels
}

/** How many labels a ZPL document makes, `^PQ` included; null when it is not ZPL. */
export function countZplLabels(bytes: Uint8Array): number | null {
  const labels = splitZpl(bytes)
  return labels === null ? null : labels.reduce((sum, label) => sum + label.quantity, 0)
}

function marks(text: string): { isStart: boolean; end: number }[] {
  const found: { isStart: boolean; end: number }[] = []
  MARK.lastIndex = 0
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const word = match[0].toUpperCase()
    if (word === '^XA' || word === '^XZ') found.push({ isStart: word === '^XA', end: MARK.lastIndex })
    else MARK.lastIndex = endOfGraphic(text, match.index)
  }
  return found
}

function endOfGraphic(text: string, at: number): number {
  BINARY_GRAPHIC.lastIndex = at
  const match = BINARY_GRAPHIC.exec(text)
  return match === null ? at + 1 : Math.min(text.length, at + match[0].length + Number(match[1]))
}

function quantityOf(source: string): number {
  const asked = /\^PQ(\d{1,8})/i.exec(source)?.[1]
  return asked === undefined ? 1 : Math.max(1, Number(asked))
}
