import { problem } from '@andon/core'
import type { FastifyRequest } from 'fastify'
import { checkText } from '@andon/core/requests'

/** As long as a key in a body. */
export const MAX_KEY = 200

/** The header `Idempotency-Key`; null without one. @throws `validation_failed` for one that is empty or too long */
export function idempotencyKey(request: FastifyRequest): string | null {
  const header = request.headers['idempotency-key']
  if (header === undefined) return null
  const key = Array.isArray(header) ? (header[0] ?? '') : header
  checkText(key, 'Idempotency-Key')
  if (key.length >= 1 && key.length <= MAX_KEY) return key
  throw problem('validation_failed', {
    field: 'Idempotency-Key',
    detail: 'The key is too long or empty',
    allowed: `1 to ${MAX_KEY} characters`,
  })
}
