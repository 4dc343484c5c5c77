import { isProblem, problem } from '@andon/core'
import type { FastifyInstance } from 'fastify'
import { checkText, parseGuardedJson } from './json-guard.ts'

/** Most requests. */
export const REQUEST_LIMIT_BYTES = 1024 * 1024
/** Batches of labels. */
export const BATCH_LIMIT_BYTES = 16 * 1024 * 1024
/** Uploaded documents. */
export const DOCUMENT_LIMIT_BYTES = 50 * 1024 * 1024

/** Takes JSON only, by our own reader, and refuses NUL and broken Unicode in path and query as well. */
export function guardBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseGuardedJson(Buffer.isBuffer(body) ? body : Buffer.from(body)))
    } catch (error) {
      done(isProblem(error) ? error : problem('bad_request', { cause: error }))
    }
  })
  app.addHook('preValidation', async (request) => {
    checkTexts(request.params)
    checkTexts(request.query)
  })
}

function checkTexts(values: unknown): void {
  if (typeof values !== 'object' || values === null) return
  for (const [name, value] of Object.entries(values)) {
    checkText(name, name)
    for (const text of Array.isArray(value) ? value : [value]) if (typeof text === 'string') checkText(text, name)
  }
}
