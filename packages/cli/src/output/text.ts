/** Letters of these scripts, and most emoji, take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u
// eslint-disable-next-line no-control-regex -- finding control characters is what it is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g
const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, 'g')

/**
 * A text from elsewhere on one line, harmless to a terminal: what others wrote into a job must not move the cursor or
 * change the title of somebody's window.
 */
export function plain(text: string): string {
  return text.replaceAll(CONTROL, ' ')
}

/** Columns that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  let width = 0
  for (const letter of text.replaceAll(COLOUR, '')) {
    if (!ZERO_WIDTH.test(letter)) width += WIDE.test(letter) ? 2 : 1
  }
  return width
}

/** Cuts an uncoloured text to a width, with an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const letter of text) {
    const next = used + widthOf(letter)
    if (next > width - 1) break
    kept += letter
    used = next
  }
  return `${kept.trimEnd()}…`
}

/** Fills a text up with blanks. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + blanks : blanks + text
}

/** Lines of at most `width` columns, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
