/** Where a label says which number it has in its batch. */
const COUNTER = '{{n}}'

/** Whether a file holds ZPL: by its name, or by how it begins. */
export function isZpl(name: string, content: Uint8Array): boolean {
  if (/\.(zpl|zebra)$/i.test(name)) return true
  // Formats may be preceded by control commands (`~DG…`) and blanks.
  const head = new TextDecoder('latin1').decode(content.subarray(0, 4096)).trimStart()
  return /^(?:\^XA|~D[A-Z]|~C[CTD]|CT~~)/i.test(head)
}

/**
 * The labels of a ZPL file, each with what stands between it and the one before, such as graphics that it uses. What
 * follows the last label stays with it. A file without any `^XA…^XZ` is one label, which the server will refuse.
 */
export function splitLabels(text: string): string[] {
  const ends = [...text.matchAll(/\^XZ/gi)].map((match) => match.index + match[0].length)
  const parts: string[] = []
  let start = 0
  for (const end of ends) {
    const part = text.slice(start, end)
    if (!/\^XA/i.test(part)) continue
    parts.push(part.trim())
    start = end
  }
  const rest = text.slice(start).trim()
  if (parts.length === 0) return [text.trim()]
  return rest === '' ? parts : [...parts.slice(0, -1), `${parts.at(-1) ?? ''}\n${rest}`]
}

/** So many labels: those of the file in turn, each with its number from 1 where it says `{{n}}`. */
export function repeatLabels(labels: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    (labels[index % labels.length] ?? '').replaceAll(COUNTER, String(index + 1)),
  )
}
