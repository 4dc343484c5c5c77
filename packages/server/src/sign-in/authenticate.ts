import { problem } from '@andon/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuseStrangeOrigin } from '../http/origin.ts'
import type { Actor } from '../policies/actor.ts'
import { authorize } from '../policies/policy.ts'
import type { Actors } from './actors.ts'
import { readSessionCookie } from './cookies.ts'

export interface AuthenticateOptions {
  readonly actors: Actors
  readonly allowedOrigins: readonly string[]
}

/**
 * Wrong tokens and sessions of one address in a minute, beyond which they are told to wait. Right ones are let in all
 * the same: a whole shop may come from one address, and one forgotten token in it must not stop the others.
 */
const WRONG_PER_MINUTE = 100

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Finds out who asks, and whether the route's policy lets them in, before a byte of the body is read. Changes that are
 * not made with a token must come from a page of this server.
 */
export function authenticateRequests(app: FastifyInstance, options: AuthenticateOptions): void {
  const countWrong = app.createRateLimit({
    max: WRONG_PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: (request) => `wrong ${request.ip}`,
  })
  app.decorateRequest('actor', null)
  app.addHook('onRequest', async (request) => {
    const { policy } = request.routeOptions.config
    if (!policy) return
    const isPublic = policy.role === null
    if (!isPublic || policy.readsActor) request.actor = await identify(request, options.actors, countWrong)
    if (!SAFE_METHODS.has(request.method) && !request.actor?.tokenId) {
      refuseStrangeOrigin({ headers: request.headers, allowedOrigins: options.allowedOrigins, host: request.host })
    }
    authorize(policy, request.actor)
  })
}

type CountWrong = ReturnType<FastifyInstance['createRateLimit']>

async function identify(request: FastifyRequest, actors: Actors, countWrong: CountWrong): Promise<Actor | null> {
  const token = bearerOf(request)
  const session = token === null ? readSessionCookie(request) : null
  if (token === null && session === null) return null
  const actor = await (token === null ? actors.bySession(session ?? '', request.ip) : actors.byToken(token, request.ip))
  if (actor === null) await countAsWrong(request, countWrong)
  return actor
}

/** @throws `rate_limited` */
async function countAsWrong(request: FastifyRequest, countWrong: CountWrong): Promise<void> {
  const limit = await countWrong(request)
  if (!limit.isAllowed && limit.isExceeded) {
    throw problem('rate_limited', {
      detail: 'Too many wrong tokens or sessions from this address',
      extra: { retry_after_s: limit.ttlInSeconds },
    })
  }
}

function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}
