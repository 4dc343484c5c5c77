import { type AndonError, isProblem, problem, toProblemDocument } from '@andon/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Answers every error as a problem document (RFC 9457) and logs those that are ours to mend. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const known = asProblem(error, request)
    logProblem(request, known)
    return sendProblem(request, reply, known)
  })
}

/** Defects with their cause, trouble of the installation and of the sign-in provider as a warning, and what others do wrong for debugging only. */
export function logProblem(request: FastifyRequest, error: AndonError): void {
  const { code, detail, status } = error
  if (code === 'internal') request.log.error({ err: error.cause ?? error, code }, detail)
  else if (status === 503 || code === 'provider_refused') request.log.warn({ err: error.cause, code }, detail)
  else request.log.debug({ code }, detail)
}

/** Sends one problem document. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AndonError): FastifyReply {
  return refuseWith(reply, error)
    .type('application/problem+json')
    .send(JSON.stringify(toProblemDocument(error, request.id)))
}

/** Status and headers of a refusal, in whatever words its body is. */
export function refuseWith(reply: FastifyReply, error: AndonError): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="andon"')
  if (error.status === 405 && Array.isArray(error.allowed)) reply.header('allow', error.allowed.join(', '))
  if (error.retryAfterMs !== null) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000))
  if (error.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', '2')
  return reply.code(error.status)
}

/** The error of the catalogue for whatever was thrown; `internal` for defects. */
export function asProblem(error: unknown, request: FastifyRequest | null = null): AndonError {
  if (isProblem(error)) return error
  const code = textOf(error, 'code')
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE') {
    const limit = request?.routeOptions.bodyLimit
    const allowed = limit === undefined ? undefined : `${limit / 1024 / 1024} MiB`
    return problem('payload_too_large', { field: '', allowed, cause: error })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return problem('unsupported_media_type', { field: 'Content-Type', allowed: 'application/json', cause: error })
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500) return problem('bad_request', { detail: textOf(error, 'message'), cause: error })
  return problem('internal', { cause: error })
}

function textOf(error: unknown, name: string): string {
  if (typeof error !== 'object' || error === null) return ''
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : ''
}
