import { type PrintInput, problem, type StoredItem } from '@andon/core'
import { mergeZpl, type TemplateData } from '@andon/print'
import { readDocument, type Store } from '@andon/store'
import type { ItemData } from './item-book.ts'

/**
 * The bytes of each item of a print job: its own ZPL, the job's document, or the document as a template that the
 * item's data fills. The document is read once for the job.
 */
export function itemDataOf(store: Store, input: PrintInput): ItemData {
  let document: Promise<Buffer> | null = null
  return async (item) => {
    if (item.content !== null) return { format: input.format, data: Buffer.from(item.content) }
    document ??= documentBytes(store, input.document_id)
    const bytes = await document
    return { format: input.format, data: isTemplateData(item) ? merge(bytes, item.data) : bytes }
  }
}

async function documentBytes(store: Store, documentId: string | null): Promise<Buffer> {
  const chunks: Buffer[] = []
  if (documentId !== null) for await (const chunk of readDocument(store, documentId)) chunks.push(chunk)
  if (chunks.length === 0) throw problem('document_not_found', { detail: 'The document of the job is gone.' })
  return Buffer.concat(chunks)
}

function isTemplateData(item: StoredItem): item is StoredItem & { data: TemplateData } {
  return typeof item.data === 'object' && item.data !== null && !Array.isArray(item.data)
}

function merge(template: Buffer, data: TemplateData): Buffer {
  return Buffer.from(mergeZpl(template.toString('utf8'), data))
}
