import { DocumentView, JobId, problem } from '@andon/core'
import { DOCUMENT_FORMATS } from '@andon/print'
import { toDocumentView } from '@andon/store'
import { Type } from 'typebox'
import { documentBytes, requireDocument } from '../commands/find-document.ts'
import { keepDocument } from '../commands/keep-document.ts'
import type { ServerContext } from '../context.ts'
import { DOCUMENT_LIMIT_BYTES } from '../http/body.ts'
import { type Route, route } from '../http/route.ts'
import { readUpload } from '../http/upload.ts'
import { canReadDocument, DOCUMENTS } from '../policies/documents.ts'
import { IdParam } from './fields.ts'

const PREVIEW_TIMEOUT_MS = 10_000

/** Documents that were uploaded. */
export function documentRoutes(context: ServerContext): Route[] {
  const { printing, stopping, store } = context
  return [
    route({
      method: 'GET',
      url: '/api/documents/:id',
      tag: 'documents',
      summary: 'What is known of a document',
      policy: DOCUMENTS.read,
      params: IdParam,
      answer: { status: 200, schema: DocumentView },
      run: async ({ actor, params }) => toDocumentView(await requireDocument(store, params.id, actor)),
    }),
    route({
      method: 'GET',
      url: '/api/documents/:id/preview/:page',
      tag: 'documents',
      summary: 'One page as a picture; pages count from 1',
      policy: DOCUMENTS.read,
      params: Type.Object({ id: JobId, page: Type.Integer({ minimum: 1, maximum: 10_000 }) }),
      answer: { status: 200, schema: null, type: 'image/png' },
      run: async ({ actor, params, reply }) => {
        const document = await requireDocument(store, params.id, actor)
        if (!canReadDocument(actor, { accountId: document.account_id })) {
          throw problem('forbidden', { detail: 'Documents of others need the permission to read payloads' })
        }
        refusePage(params.page, document.pages)
        const bytes = await documentBytes(store, document.id)
        const signal = AbortSignal.any([stopping, AbortSignal.timeout(PREVIEW_TIMEOUT_MS)])
        const png = await printing.preview({ bytes, format: document.content_type, page: params.page - 1 }, signal)
        return reply.type('image/png').header('cache-control', 'private, max-age=3600').send(Buffer.from(png))
      },
    }),
  ]
}

/** @throws `validation_failed` for a page after the last one; of formats without known pages there may be any */
function refusePage(page: number, pages: number | null): void {
  if (pages === null || page <= pages) return
  const detail = pages === 1 ? 'The document has one page' : `The document has ${pages} pages`
  throw problem('validation_failed', { field: 'page', detail, allowed: `1 to ${pages}` })
}

/** The one route whose body is not JSON: it stands apart, with readers of its own. */
export function uploadRoute(context: ServerContext): Route {
  return route({
    method: 'POST',
    url: '/api/documents',
    tag: 'documents',
    summary: 'Uploads a document: its bytes with their content type and `name`, or a form with one file',
    policy: DOCUMENTS.upload,
    query: Type.Object({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }),
    uploads: Object.values(DOCUMENT_FORMATS),
    bodyLimit: DOCUMENT_LIMIT_BYTES,
    answer: { status: 201, schema: DocumentView },
    run: async ({ actor, query, request }) =>
      toDocumentView(await keepDocument(context, actor, await readUpload(request, query.name ?? null))),
  })
}
