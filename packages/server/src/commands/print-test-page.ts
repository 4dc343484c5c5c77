import { DOCUMENT_FORMATS } from '@andon/print'
import { type CreatedJob, createJobs, ownKey, type PrinterRow } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { keepDocument } from './keep-document.ts'
import { requestHash } from './request-key.ts'

export interface TestPageOrder {
  readonly printer: PrinterRow
  /** Null: every request prints another page. */
  readonly idempotencyKey: string | null
}

/** Prints a page that names printer, time and who asked for it, in a format that the printer takes. */
export async function printTestPage(
  context: ServerContext,
  actor: Actor,
  { printer, idempotencyKey }: TestPageOrder,
): Promise<CreatedJob> {
  const { store } = context
  const lines = ['Andon test page', printer.name, new Date().toISOString(), `for ${actor.name}`]
  const format = testFormat(printer)
  const isZpl = format === DOCUMENT_FORMATS.zpl
  const documentId = isZpl
    ? null
    : (await keepDocument(context, actor, { bytes: contentOf(format, lines), contentType: format, name: 'test page' }))
        .id
  const [created] = await createJobs(store, [
    {
      type: isZpl ? 'print.label' : 'print.document',
      laneId: printer.id,
      description: `Test page for ${printer.name}`,
      priority: 'high',
      idempotencyKey: ownKey(actor, idempotencyKey),
      requestHash: requestHash({ test: printer.id }),
      createdBy: actor.name,
      accountId: actor.accountId,
      tags: { test: 'true' },
      input: { document_id: documentId, format, copies: 1, options: {}, printer: printer.name, pool: null },
      items: [{ content: isZpl ? zplOf(lines) : null, ref: 'test' }],
    },
  ])
  return created ?? { id: '', isExisting: false }
}

function testFormat({ capabilities, driver, kind }: PrinterRow): string {
  const formats = capabilities?.formats ?? []
  const { pdf, text, zpl } = DOCUMENT_FORMATS
  const wanted = kind === 'label' ? [zpl, pdf, text] : [pdf, text, zpl]
  const known = wanted.find((format) => formats.includes(format))
  if (known) return known
  if (driver === 'raw') return kind === 'receipt' ? text : zpl
  return driver === 'http' || kind === 'label' ? zpl : pdf
}

function contentOf(format: string, lines: readonly string[]): Buffer {
  return format === DOCUMENT_FORMATS.pdf ? pdfOf(lines) : Buffer.from(`${lines.join('\r\n')}\r\n`)
}

function zplOf(lines: readonly string[]): string {
  const fields = lines.map((line, index) => `^FO40,${40 + index * 50}^A0N,36,36^FD${line.replace(/[\^~\\]/g, ' ')}^FS`)
  return `^XA^CI28${fields.join('')}^XZ`
}

/** A PDF of one page with a few lines of text, put together by hand (ISO 32000-1 §7.5). */
function pdfOf(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line.replace(/[^\x20-\x7e]/g, '?').replace(/[\\()]/g, '\\$&')}) Tj T*`)
  const stream = `BT /F1 18 Tf 24 TL 60 760 Td ${shown.join(' ')} ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const start = text.length
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}
