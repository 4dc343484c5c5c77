import rateLimit from '@fastify/rate-limit'
import { problem } from '@andon/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { SIGN_IN } from '../policies/people.ts'

/** Requests per minute; a limit of 0 switches that limit off. */
export interface RateLimits {
  /** Of one token, session, or address without either. Default 6000; calls of workers have ten times that, apart. */
  readonly requestsPerMinute: number
  /** Attempts to sign in from one address. Default 20; single names are throttled apart. */
  readonly signInsPerMinute: number
}

const MINUTE_MS = 60_000
/** A worker reports in sets, one after another: what a busy one needs, and still an end to what a broken one can do. */
const WORKER_FACTOR = 10

/** Makes limits known to the application; {@link limitRequests} puts them to work. */
export async function addRateLimits(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    cache: 20_000,
    errorResponseBuilder: (_request, context) =>
      problem('rate_limited', {
        detail: `More than ${context.max} requests in a minute`,
        extra: { retry_after_s: Math.ceil(context.ttl / 1000) },
      }),
  })
}

/**
 * Counts requests once it is known whose they are, and says so in the standard headers (`ratelimit-limit`,
 * `-remaining`, `-reset`, `retry-after`). Probes and files are not counted.
 */
export function limitRequests(app: FastifyInstance, limits: RateLimits): void {
  const countRequest = app.rateLimit({ max: limits.requestsPerMinute, timeWindow: MINUTE_MS, keyGenerator: keyOf })
  const countWorkers = app.rateLimit({
    max: limits.requestsPerMinute * WORKER_FACTOR,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => `worker ${keyOf(request)}`,
  })
  const countSignIn = app.rateLimit({
    max: limits.signInsPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => `sign-in ${request.ip}`,
  })
  app.addHook('onRequest', async function limit(request, reply) {
    const { policy } = request.routeOptions.config
    if (policy === SIGN_IN.signIn || policy === SIGN_IN.arrive) {
      if (limits.signInsPerMinute > 0) await countSignIn.call(this, request, reply)
    } else if (policy && policy.role !== null && limits.requestsPerMinute > 0) {
      await (policy.isForWorkers === true ? countWorkers : countRequest).call(this, request, reply)
    }
  })
}

function keyOf({ actor, ip }: FastifyRequest): string {
  return actor?.tokenId ?? actor?.sessionHash?.toString('hex') ?? ip
}
