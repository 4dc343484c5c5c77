import { isProblem, problem } from '@andon/core'
import type { FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { checkText } from '@andon/core/requests'
import { parseGuardedJson } from './json-guard.ts'

/** Most requests. */
export const REQUEST_LIMIT_BYTES = 1024 * 1024
/** Batches of labels. */
export const BATCH_LIMIT_BYTES = 16 * 1024 * 1024
/** Uploaded documents. */
export const DOCUMENT_LIMIT_BYTES = 50 * 1024 * 1024

/** Of a body that is refused, so much is still taken, and thrown away. */
const REST_LIMIT_BYTES = 2 * DOCUMENT_LIMIT_BYTES

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
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode === 413) await takeRest(request.raw)
  })
  app.addHook('preValidation', async (request) => {
    checkTexts(request.params)
    checkTexts(request.query)
  })
}

/**
 * Lets a client that sends too much come to its end before it is answered: a connection that is closed while its
 * client still sends is reset, and the answer is lost with it. What is far too much is not waited for.
 */
function takeRest(request: IncomingMessage): Promise<void> {
  if (request.complete || Number(request.headers['content-length'] ?? 0) > REST_LIMIT_BYTES) return Promise.resolve()
  let taken = 0
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      taken += chunk.length
      if (taken > REST_LIMIT_BYTES) resolve()
    })
    request.once('end', resolve)
    request.once('close', resolve)
    request.resume()
  })
}

function checkTexts(values: unknown): void {
  if (typeof values !== 'object' || values === null) return
  for (const [name, value] of Object.entries(values)) {
    checkText(name, name)
    for (const text of Array.isArray(value) ? value : [value]) if (typeof text === 'string') checkText(text, name)
  }
}
