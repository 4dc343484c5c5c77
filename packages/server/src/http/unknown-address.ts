import { type AndonError, problem } from '@andon/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from './problems.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route there is, in the order of registration; the catch-all of the dashboard is left out. */
    knownRoutes: { readonly method: string; readonly url: string }[]
  }
}

/** Addresses at which nothing of the dashboard can be. */
const NOT_PAGES = /^\/+(api|gateways|ws|docs)(\/|$)/i

/** Answers what no route has. Call it before any route is registered. */
export function answerUnknown(app: FastifyInstance): void {
  app.decorate('knownRoutes', [])
  app.addHook('onRoute', (route) => {
    if (route.url.endsWith('/*')) return
    for (const method of [route.method].flat()) app.knownRoutes.push({ method: method.toUpperCase(), url: route.url })
  })
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, unknownAddress(app, request)))
}

/** The refusal for an address that no route takes: `not_found`, or `method_not_allowed` with those that it takes. */
export function unknownAddress(app: FastifyInstance, request: FastifyRequest): AndonError {
  const methods = methodsAt(app, request)
  if (methods.length > 0) return problem('method_not_allowed', { allowed: methods })
  return problem('not_found', { detail: whereOf(request) })
}

/**
 * Refuses addresses under the API's prefixes, so that a mistyped one is not answered with the dashboard's page.
 *
 * @throws `not_found`, or `method_not_allowed` where the address takes other methods
 */
export function refuseUnknown(app: FastifyInstance, request: FastifyRequest): void {
  const unknown = unknownAddress(app, request)
  if (unknown.code === 'method_not_allowed' || NOT_PAGES.test(pathOf(request))) throw unknown
}

function methodsAt(app: FastifyInstance, request: FastifyRequest): string[] {
  const path = pathOf(request).split('/')
  const found = app.knownRoutes.filter(({ url }) => matches(url.split('/'), path)).map(({ method }) => method)
  // A route that takes the method and was not taken has a parameter too long for anything that there is.
  return found.includes(request.method) ? [] : [...new Set(found)].toSorted()
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.includes('*')) return false
  return pattern.length === path.length && pattern.every((part, index) => part.startsWith(':') || part === path[index])
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? ''
}

function whereOf(request: FastifyRequest): string {
  return `There is nothing at ${request.method} ${pathOf(request).slice(0, 200)}`
}
