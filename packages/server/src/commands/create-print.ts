import { type CreatePrint, isProblem, type PrintInput, problem } from '@andon/core'
import { checkDocument, DOCUMENT_FORMATS, mergeZpl } from '@andon/print'
import { type CreatedJob, createJobs, type DocumentRow, type Lane, type NewItem, ownKey } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { fetchDocument } from './fetch-document.ts'
import { documentBytes, requireDocument } from './find-document.ts'
import { requireTarget } from './find-printer.ts'
import { keepDocument } from './keep-document.ts'
import { requestHash } from './request-key.ts'

/** Items of one batch. */
export const MAX_ITEMS = 500

export interface PrintOrder {
  readonly body: CreatePrint
  /** Key of the request's header; the one in the body goes before it. */
  readonly idempotencyKey: string | null
  /** Kept with the items by position, for others to read; nothing of it is printed. */
  readonly itemData?: readonly unknown[]
}

/**
 * Makes a print job, once printer, items and document are known to be right: nothing is queued that could never come
 * out.
 *
 * @throws `printer_not_found`, `pool_not_found`, `items_out_of_range`, `invalid_zpl`, `document_not_found`,
 *   `private_address`, `document_fetch_failed`, `validation_failed`, `queue_full`, `idempotency_conflict`
 */
export async function createPrint(context: ServerContext, actor: Actor, order: PrintOrder): Promise<CreatedJob> {
  const { body } = order
  checkShape(body)
  const lane = await requireTarget(context.store, body.printer ?? body.pool ?? '', body.pool ? 'pool' : 'printer')
  checkZplItems(body)
  const document = await findOrFetchDocument(context, actor, body)
  if (document) await checkTemplate(context, document, body)
  const [created] = await createJobs(context.store, [newPrint({ order, actor, lane, document })])
  if (!created) throw problem('internal')
  return created
}

function checkShape(body: CreatePrint): void {
  if ((body.printer === undefined) === (body.pool === undefined)) {
    const detail = body.printer === undefined ? 'Name a printer or a pool' : 'Name a printer or a pool, not both'
    throw problem('validation_failed', { field: '/printer', detail, allowed: 'printer or pool' })
  }
  if (body.document_id !== undefined && body.document_url !== undefined) {
    throw problem('validation_failed', { field: '/document_url', detail: 'Give document_id or document_url, not both' })
  }
  if (body.items !== undefined && (body.items.length < 1 || body.items.length > MAX_ITEMS)) {
    throw problem('items_out_of_range', {
      field: '/items',
      detail: `${body.items.length} items; a batch has 1 to ${MAX_ITEMS}`,
      allowed: `1 to ${MAX_ITEMS} items`,
    })
  }
  if (body.items === undefined && !hasDocument(body)) {
    throw problem('validation_failed', {
      field: '/items',
      detail: 'Nothing to print',
      allowed: 'items, document_id or document_url',
    })
  }
}

function hasDocument(body: CreatePrint): boolean {
  return body.document_id !== undefined || body.document_url !== undefined
}

/** Each label has ZPL of its own, or data for the document that is its template. */
function checkZplItems(body: CreatePrint): void {
  for (const [index, { data, zpl }] of (body.items ?? []).entries()) {
    const field = `/items/${index}`
    if (zpl !== undefined && data === undefined) checkDocument(Buffer.from(zpl), DOCUMENT_FORMATS.zpl, `${field}/zpl`)
    else if (zpl !== undefined)
      throw problem('validation_failed', { field, detail: `Item ${index} has both zpl and data` })
    else if (!hasDocument(body)) {
      throw problem('validation_failed', {
        field: `${field}/zpl`,
        detail: `Item ${index} has no zpl, and there is no document to fill in`,
      })
    }
    if (zpl !== undefined && hasDocument(body)) {
      throw problem('validation_failed', {
        field: `${field}/zpl`,
        detail: `Item ${index} has zpl of its own beside a document`,
      })
    }
  }
}

async function findOrFetchDocument(
  context: ServerContext,
  actor: Actor,
  body: CreatePrint,
): Promise<DocumentRow | null> {
  if (body.document_id !== undefined) {
    return requireDocument(context.store, body.document_id, actor).catch((error: unknown) => {
      throw isProblem(error) ? problem(error.code, { field: '/document_id', detail: error.detail }) : error
    })
  }
  if (body.document_url === undefined) return null
  const fetched = await fetchDocument(body.document_url, { allow: context.settings.allowedDocumentHosts })
  return keepDocument(context, actor, { ...fetched, field: '/document_url' })
}

/** A document that items fill in is ZPL, and every item has all of its fields. */
async function checkTemplate({ store }: ServerContext, document: DocumentRow, body: CreatePrint): Promise<void> {
  if (body.items === undefined) return
  if (document.content_type !== DOCUMENT_FORMATS.zpl) {
    throw problem('unsupported_format', {
      field: body.document_id === undefined ? '/document_url' : '/document_id',
      detail: `Items fill in a label; ${document.name} is ${document.content_type}`,
      allowed: DOCUMENT_FORMATS.zpl,
    })
  }
  const template = (await documentBytes(store, document.id)).toString('utf8')
  for (const [index, { data }] of body.items.entries()) {
    try {
      mergeZpl(template, data ?? {})
    } catch (error) {
      if (!isProblem(error)) throw error
      const { allowed, code, detail, field } = error
      throw problem(code, {
        field: `/items/${index}${field ?? ''}`,
        detail: `Item ${index}: ${detail}`,
        allowed: allowed ?? undefined,
      })
    }
  }
}

interface CheckedPrint {
  readonly order: PrintOrder
  readonly actor: Actor
  readonly lane: Lane
  readonly document: DocumentRow | null
}

function newPrint({ order: { body, idempotencyKey, itemData }, actor, lane, document }: CheckedPrint) {
  const runAt = body.run_at === undefined ? null : new Date(body.run_at)
  const startMs = Math.max(Date.now(), runAt?.getTime() ?? 0)
  const input: PrintInput = {
    document_id: document?.id ?? null,
    format: document?.content_type ?? DOCUMENT_FORMATS.zpl,
    copies: body.copies ?? 1,
    options: body.options ?? {},
    printer: body.printer ?? null,
    pool: body.pool ?? null,
  }
  return {
    type: body.type ?? (body.items === undefined ? 'print.document' : 'print.label'),
    laneId: lane.id,
    description: body.description ?? describe(body, document),
    priority: body.priority ?? 'normal',
    subject: body.subject ?? null,
    tags: body.tags ?? null,
    runAt,
    expiresAt: body.expires_after === undefined ? null : new Date(startMs + body.expires_after * 1000),
    input,
    items: newItems(body, itemData),
    isHeld: body.is_held ?? false,
    idempotencyKey: ownKey(actor, body.idempotency_key ?? idempotencyKey),
    requestHash: requestHash({ ...body, idempotency_key: undefined }),
    createdBy: actor.name,
    accountId: actor.accountId,
  }
}

/** A document is one item, so that its intent and its outcome are kept as those of labels are. */
function newItems({ items = [{}] }: CreatePrint, itemData: PrintOrder['itemData']): NewItem[] {
  return items.map(({ zpl, data, ref }, index) => {
    return { content: zpl ?? null, data: data ?? itemData?.[index] ?? null, ref: ref ?? null }
  })
}

function describe({ items }: CreatePrint, document: DocumentRow | null): string {
  if (items === undefined) return document?.name ?? 'Document'
  return items.length === 1 ? '1 label' : `${items.length} labels`
}
