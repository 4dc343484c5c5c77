/** MIME types of the documents that Andon prints. */
export const DOCUMENT_FORMATS = {
  zpl: 'application/vnd.zebra-zpl',
  escpos: 'application/vnd.escpos',
  pdf: 'application/pdf',
  png: 'image/png',
  jpeg: 'image/jpeg',
  text: 'text/plain',
} as const

export type DocumentFormat = (typeof DOCUMENT_FORMATS)[keyof typeof DOCUMENT_FORMATS]

const ALIASES: ReadonlyMap<string, DocumentFormat> = new Map(
  Object.entries({
    'application/zpl': DOCUMENT_FORMATS.zpl,
    'application/x-zpl': DOCUMENT_FORMATS.zpl,
    'text/zpl': DOCUMENT_FORMATS.zpl,
    'x-application/zpl': DOCUMENT_FORMATS.zpl,
    'application/escpos': DOCUMENT_FORMATS.escpos,
    'application/vnd.epson.escpos': DOCUMENT_FORMATS.escpos,
    'image/jpg': DOCUMENT_FORMATS.jpeg,
    'application/x-pdf': DOCUMENT_FORMATS.pdf,
  }),
)

/** The format that a content type names, parameters such as `charset` left aside; null when it is none that is printed. */
export function formatOf(contentType: string): DocumentFormat | null {
  const type = contentType.replace(/;.*$/s, '').trim().toLowerCase()
  const known = Object.values(DOCUMENT_FORMATS).find((format) => format === type)
  return known ?? ALIASES.get(type) ?? null
}
