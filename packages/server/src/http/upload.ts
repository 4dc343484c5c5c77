import multipart from '@fastify/multipart'
import { problem } from '@andon/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DOCUMENT_LIMIT_BYTES } from './body.ts'
import { checkText } from '@andon/core/requests'

/** A file as it was sent. */
export interface Upload {
  readonly bytes: Buffer
  readonly contentType: string
  readonly name: string
}

/** Lets the routes of this scope take bytes of any type, and forms with one file. */
export async function takeUploads(scope: FastifyInstance): Promise<void> {
  await scope.register(multipart, { limits: { fileSize: DOCUMENT_LIMIT_BYTES, files: 1, fields: 10, parts: 11 } })
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: DOCUMENT_LIMIT_BYTES }, (_request, body, done) => {
    done(null, body)
  })
}

/**
 * The file of a request.
 *
 * @param name what the client calls it; null: as the form says, else `document`
 * @throws `validation_failed` without a file, `payload_too_large`
 */
export async function readUpload(request: FastifyRequest, name: string | null): Promise<Upload> {
  const upload = request.isMultipart() ? await readForm(request) : readBody(request)
  const chosen = (name ?? upload.name).slice(0, 200)
  checkText(chosen, 'name')
  return { ...upload, name: chosen === '' ? 'document' : chosen }
}

async function readForm(request: FastifyRequest): Promise<Upload> {
  const file = await readable(request.file())
  if (!file) throw problem('validation_failed', { field: '/file', detail: 'The form has no file' })
  const bytes = await readable(file.toBuffer())
  // The form's reader stops at the limit, and what it has read looks like a whole file.
  if (file.file.truncated) throw problem('payload_too_large', { field: '/file', allowed: '50 MiB' })
  return { bytes, contentType: file.mimetype, name: file.filename }
}

/** What the reader of forms says of a form that is broken has no status of its own. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof Error) || 'statusCode' in error) throw error
    throw problem('bad_request', { field: '/file', detail: `The form cannot be read: ${error.message}`, cause: error })
  }
}

function readBody(request: FastifyRequest): Upload {
  const contentType = request.headers['content-type'] ?? ''
  if (Buffer.isBuffer(request.body)) return { bytes: request.body, contentType, name: 'document' }
  if (contentType === '')
    throw problem('unsupported_media_type', { field: 'Content-Type', detail: 'The type of the document is missing' })
  // JSON was parsed on its way; it is nothing that can be printed, which the check of documents says.
  return { bytes: Buffer.alloc(0), contentType, name: 'document' }
}
