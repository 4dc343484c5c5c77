import { problem } from '@andon/core'
import { type DocumentRow, findDocument, readDocument, type Store } from '@andon/store'
import type { Actor } from '../policies/actor.ts'
import { canSeeDocument } from '../policies/documents.ts'

/** @throws `document_not_found` for what is not there and what the actor may not see */
export async function requireDocument(store: Store, id: string, actor: Actor): Promise<DocumentRow> {
  const row = await findDocument(store, id)
  if (row !== null && canSeeDocument(actor, { accountId: row.account_id })) return row
  throw problem('document_not_found', { detail: `There is no document ${id}` })
}

/** All bytes of a document, which is at most 50 MiB. */
export async function documentBytes(store: Store, id: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of readDocument(store, id)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
