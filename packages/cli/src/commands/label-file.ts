import { splitZpl } from '@andon/print'

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
 * The labels of a ZPL file, each with what stands between it and the one before, such as graphics that it uses. A file
 * that is no sequence of `^XA … ^XZ` is one label, which the server will refuse. Null for a file with binary graphics:
 * labels travel as text, so such a file has to go as it is.
 */
export function splitLabels(content: Uint8Array): string[] | null {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const parts = splitZpl(content)?.map(({ data }) => data) ?? [content]
    return parts.map((part) => decoder.decode(part).trim())
  } catch {
    return null
  }
}

/** So many labels: those of the file in turn, each with its number from 1 where it says `{{n}}`. */
export function repeatLabels(labels: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    (labels[index % labels.length] ?? '').replaceAll(COUNTER, String(index + 1)),
  )
}
