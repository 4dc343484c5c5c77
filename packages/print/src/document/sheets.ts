import { DOCUMENT_FORMATS, formatOf } from './formats.ts'
import { countZplLabels } from './zpl.ts'

/** Sheets or labels that a device makes of a document, as far as its bytes tell; at least 1. */
export function countSheets(bytes: Uint8Array, format: string): number {
  const known = formatOf(format)
  if (known === DOCUMENT_FORMATS.zpl) return countZplLabels(bytes) ?? 1
  if (known !== DOCUMENT_FORMATS.pdf) return 1
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return Math.max(1, [...text.matchAll(/\/Type\s*\/Page(?![a-zA-Z])/g)].length)
}
