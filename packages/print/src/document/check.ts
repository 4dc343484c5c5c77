import { problem } from '@andon/core'
import { DOCUMENT_FORMATS, type DocumentFormat, formatOf } from './formats.ts'
import { splitZpl } from './zpl.ts'

/** What is known of a document after it was checked. */
export interface CheckedDocument {
  readonly format: DocumentFormat
  /** Pages of a PDF or labels of a ZPL document, as far as they can be counted without drawing them; null otherwise. */
  readonly pages: number | null
  /** Size of an image in pixels; null for other formats. */
  readonly pixels: { readonly width: number; readonly height: number } | null
}

const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MAX_DIMENSION = 20_000
/** Real files have bytes before the header and after the trailer; readers look this far. */
const PDF_HEADER_WITHIN = 1024
const PDF_TRAILER_WITHIN = 2048

/**
 * Checks that a document is what its content type says, before it is kept or sent.
 *
 * @param field JSON pointer of the document in the request, for the error
 * @throws AndonError `invalid_zpl`, `invalid_pdf`, `unsupported_format` or `validation_failed`, with what is wrong
 */
export function checkDocument(bytes: Uint8Array, contentType: string, field = '/document'): CheckedDocument {
  const format = formatOf(contentType)
  if (format === null) {
    const detail = `"${contentType.slice(0, 100)}" is not a format that can be printed.`
    throw problem('unsupported_format', { field, detail, allowed: Object.values(DOCUMENT_FORMATS) })
  }
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (data.length === 0)
    throw problem('validation_failed', { field, detail: 'The document is empty.', allowed: 'at least one byte' })
  return CHECKS[format](data, field)
}

const CHECKS: Readonly<Record<DocumentFormat, (data: Buffer, field: string) => CheckedDocument>> = {
  [DOCUMENT_FORMATS.zpl]: checkZpl,
  [DOCUMENT_FORMATS.escpos]: () => ({ format: DOCUMENT_FORMATS.escpos, pages: null, pixels: null }),
  [DOCUMENT_FORMATS.pdf]: checkPdf,
  [DOCUMENT_FORMATS.png]: checkPng,
  [DOCUMENT_FORMATS.jpeg]: checkJpeg,
  [DOCUMENT_FORMATS.text]: checkText,
}

function checkZpl(data: Buffer, field: string): CheckedDocument {
  const labels = splitZpl(data)
  if (labels === null) {
    const detail = zplFault(data.toString('latin1'))
    throw problem('invalid_zpl', { field, detail, allowed: '^XA … ^XZ for each label' })
  }
  return { format: DOCUMENT_FORMATS.zpl, pages: labels.reduce((sum, label) => sum + label.quantity, 0), pixels: null }
}

function zplFault(text: string): string {
  if (!/\^XA/i.test(text)) return 'The label has no ^XA.'
  if (!/\^XZ/i.test(text)) return 'The label has no ^XZ.'
  return '^XA and ^XZ do not alternate.'
}

function checkPdf(data: Buffer, field: string): CheckedDocument {
  const header = data.subarray(0, PDF_HEADER_WITHIN).toString('latin1')
  if (!/%PDF-\d\.\d/.test(header)) throw problem('invalid_pdf', { field, detail: 'The document has no PDF header.' })
  const trailer = data.subarray(Math.max(0, data.length - PDF_TRAILER_WITHIN)).toString('latin1')
  if (!trailer.includes('%%EOF')) throw problem('invalid_pdf', { field, detail: 'The end of the PDF is missing.' })
  return { format: DOCUMENT_FORMATS.pdf, pages: countPdfPages(data), pixels: null }
}

/** Pages that stand in the open; null for files that keep them in compressed objects. */
function countPdfPages(data: Buffer): number | null {
  const pages = data.toString('latin1').match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 0
  return pages === 0 ? null : pages
}

function checkPng(data: Buffer, field: string): CheckedDocument {
  if (data.length < 24 || !data.subarray(0, 8).equals(PNG_MAGIC) || data.toString('latin1', 12, 16) !== 'IHDR') {
    throw problem('unsupported_format', { field, detail: 'The document is not a PNG image.' })
  }
  const pixels = { width: data.readUInt32BE(16), height: data.readUInt32BE(20) }
  return { format: DOCUMENT_FORMATS.png, pages: 1, pixels: checkPixels(pixels, field) }
}

function checkJpeg(data: Buffer, field: string): CheckedDocument {
  const pixels = jpegSize(data)
  if (pixels === null) throw problem('unsupported_format', { field, detail: 'The document is not a JPEG image.' })
  return { format: DOCUMENT_FORMATS.jpeg, pages: 1, pixels: checkPixels(pixels, field) }
}

/** Walks the segments of a JPEG to its frame header (ITU T.81 annex B); null when there is none. */
function jpegSize(data: Buffer): { width: number; height: number } | null {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return null
  let at = 2
  while (at + 9 <= data.length && data[at] === 0xff) {
    const marker = data[at + 1] ?? 0
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) }
    const isFill = marker === 0xff
    at += isFill ? 1 : 2 + Math.max(2, data.readUInt16BE(at + 2))
  }
  return null
}

function checkPixels(pixels: { width: number; height: number }, field: string): { width: number; height: number } {
  const isInRange = [pixels.width, pixels.height].every((side) => side >= 1 && side <= MAX_DIMENSION)
  if (isInRange) return pixels
  const detail = `The image has ${pixels.width} × ${pixels.height} pixels.`
  throw problem('validation_failed', { field, detail, allowed: `1 to ${MAX_DIMENSION} pixels each way` })
}

function checkText(data: Buffer, field: string): CheckedDocument {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch (cause) {
    throw problem('invalid_unicode', { field, detail: 'The text is not valid UTF-8.', cause })
  }
  if (text.includes('\u0000')) throw problem('nul_character', { field })
  return { format: DOCUMENT_FORMATS.text, pages: null, pixels: null }
}
