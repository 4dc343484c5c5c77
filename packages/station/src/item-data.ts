import type { PrintInput, StoredItem } from '@andon/core'
import { mergeZpl, type TemplateData } from '@andon/print/queue'
import type { ItemData } from './item-book.ts'

/** Reads a whole document. @throws document_not_found */
export type ReadDocument = (of: { readonly documentId: string; readonly jobId: string }) => Promise<Uint8Array>

/**
 * The bytes of each item of a print job: its own ZPL, the job's document, or the document as a template that the
 * item's data fills. The document is read once for the job.
 */
export function itemDataOf(jobId: string, input: PrintInput, readDocument: ReadDocument): ItemData {
  let document: Promise<Uint8Array> | null = null
  return async (item) => {
    if (item.content !== null) return { format: input.format, data: new TextEncoder().encode(item.content) }
    document ??= readDocument({ jobId, documentId: input.document_id ?? '' })
    const bytes = await document
    return { format: input.format, data: isTemplateData(item) ? merge(bytes, item.data) : bytes }
  }
}

function isTemplateData(item: StoredItem): item is StoredItem & { data: TemplateData } {
  return typeof item.data === 'object' && item.data !== null && !Array.isArray(item.data)
}

function merge(template: Uint8Array, data: TemplateData): Uint8Array {
  return new TextEncoder().encode(mergeZpl(new TextDecoder().decode(template), data))
}
