import { checkDocument } from '@andon/print'
import { type DocumentRow, storeDocument } from '@andon/store'
import type { ServerContext } from '../context.ts'
import { DOCUMENT_LIMIT_BYTES } from '../http/body.ts'
import type { Actor } from '../policies/actor.ts'

/** A document as it came. */
export interface GivenDocument {
  readonly bytes: Uint8Array
  /** As its sender says; what it really is is looked at. */
  readonly contentType: string
  readonly name: string
  /** Names the document in a refusal; default `/document`. */
  readonly field?: string
}

const DAY_MS = 86_400_000

/**
 * Keeps a document if it is what it says, for as long as the settings say.
 *
 * @throws `unsupported_format`, `invalid_pdf`, `invalid_zpl`, `validation_failed`
 */
export async function keepDocument(
  { settings, store }: ServerContext,
  actor: Actor,
  { bytes, contentType, field, name }: GivenDocument,
): Promise<DocumentRow> {
  const { format, pages } = checkDocument(bytes, contentType, field)
  const document = {
    id: store.newId(),
    name,
    contentType: format,
    pages,
    createdBy: actor.name,
    accountId: actor.accountId,
    expiresAt: new Date(Date.now() + settings.documentDays * DAY_MS),
  }
  return storeDocument(store, document, { bytes: [bytes], maxBytes: DOCUMENT_LIMIT_BYTES })
}
