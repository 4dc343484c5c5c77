import { problem } from '@andon/core'
import type { ReadDocument } from '@andon/station'
import { readDocument, type Store } from '@andon/store'

/** Reads documents of the database whole. */
export function storeDocuments(store: Store): ReadDocument {
  return async ({ documentId }) => {
    const chunks: Buffer[] = []
    if (documentId !== '') for await (const chunk of readDocument(store, documentId)) chunks.push(chunk)
    if (chunks.length === 0) throw problem('document_not_found', { detail: 'The document of the job is gone.' })
    return Buffer.concat(chunks)
  }
}
