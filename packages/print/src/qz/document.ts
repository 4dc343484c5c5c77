import type { PrintItem, PrintOptions } from '@andon/core'
import { DOCUMENT_FORMATS } from '../document/formats.ts'

/** What a call `print` is given: options of the configuration, and the data. */
export interface QzDocument {
  readonly options: Readonly<Record<string, unknown>>
  readonly data: Readonly<Record<string, unknown>>
}

type Kind = { readonly type: 'raw' | 'pixel'; readonly format: 'command' | 'image' | 'pdf' }

const COMMANDS: Kind = { type: 'raw', format: 'command' }
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [DOCUMENT_FORMATS.zpl, COMMANDS],
  [DOCUMENT_FORMATS.escpos, COMMANDS],
  [DOCUMENT_FORMATS.text, COMMANDS],
  [DOCUMENT_FORMATS.pdf, { type: 'pixel', format: 'pdf' }],
  [DOCUMENT_FORMATS.png, { type: 'pixel', format: 'image' }],
  [DOCUMENT_FORMATS.jpeg, { type: 'pixel', format: 'image' }],
])

/** MIME types that QZ Tray prints, whatever the printer: what it gets is drawn, or bytes as they are. */
export const QZ_FORMATS: readonly string[] = [...KINDS.keys()]

const SIDES = {
  'one-sided': 'one-sided',
  'two-sided-long-edge': 'long-edge',
  'two-sided-short-edge': 'short-edge',
} as const
/** Names such as `iso_a4_210x297mm` (PWG 5101.1) carry the size. */
const MEDIA = /_([\d.]+)x([\d.]+)(mm|in)$/
const CHUNK = 0x80_00

/**
 * One item as QZ Tray takes it; null when it is of a format that it does not print. The name of the job reaches the
 * queue for raw data, and on Windows; a PDF on CUPS has another.
 *
 * Copies of raw data are made here: QZ would make a job of each, which nobody could tell apart.
 */
export function qzDocument(item: PrintItem, jobName: string, print: PrintOptions): QzDocument | null {
  const kind = KINDS.get(item.format)
  if (kind === undefined) return null
  const bytes = kind.type === 'raw' ? repeat(item.data, item.copies) : item.data
  return {
    options: { jobName, ...(kind.type === 'pixel' ? pixelOptions(item, print) : {}) },
    data: { ...kind, flavor: 'base64', data: toBase64(bytes) },
  }
}

function pixelOptions(item: PrintItem, { media, sides, orientation }: PrintOptions): Record<string, unknown> {
  const [, width, height, units] = MEDIA.exec(media ?? '') ?? []
  return {
    copies: item.copies,
    ...(sides === null ? {} : { duplex: SIDES[sides] }),
    ...(orientation === null ? {} : { orientation }),
    ...(units === undefined ? {} : { size: { width: Number(width), height: Number(height) }, units }),
  }
}

function repeat(data: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(data.length * times)
  for (let i = 0; i < times; i += 1) all.set(data, i * data.length)
  return all
}

/** By parts, since so many arguments as a document has bytes are too many for a call. */
function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += CHUNK) binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK))
  return btoa(binary)
}
