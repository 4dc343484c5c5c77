import { type AndonError, problem } from '@andon/core'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { Actor } from '../policies/actor.ts'
import type { Policy } from '../policies/policy.ts'
import { asProblem, logProblem } from './problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. A route without one keeps the server from starting. */
    policy?: Policy
    /** The body is not read by the application: no limit but the route's own. */
    isRaw?: boolean
  }
  interface FastifyRequest {
    /** Null while nobody is known to be signed in. */
    actor: Actor | null
  }
}

type Part<S> = S extends TSchema ? Static<S> : undefined

/** What a route's code gets: the parsed parts of the request, and who sent it. */
export interface Call<P, Q, B> {
  /** Throws `unauthenticated` on a route that lets anybody in when nobody is signed in. */
  readonly actor: Actor
  readonly params: Part<P>
  readonly query: Part<Q>
  readonly body: Part<B>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** One answer of a route. */
export interface Answer {
  readonly status: 200 | 201 | 202 | 204 | 303 | 503
  /** Null for answers without a body, and for streams and files. */
  readonly schema: TSchema | null
  /** Content type when it is not JSON. */
  readonly type?: string
}

/** One address of the API: parse, authorise, act, present. */
export interface RouteSpec<
  P extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | undefined = undefined,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  /** One sentence for the reference page. */
  readonly summary: string
  readonly tag: string
  readonly policy: Policy
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly answer: Answer
  /** Answers of another status that are no problem either. */
  readonly otherwise?: readonly Answer[]
  /** Content types of files that the route takes as they are, or in a form. Default none: it takes JSON. */
  readonly uploads?: readonly string[]
  /** Default 1 MiB. */
  readonly bodyLimit?: number
  /** The header `Idempotency-Key` is understood. */
  readonly takesIdempotencyKey?: boolean
  /** Wants the worker's lease in the header `andon-lease`: it has no body for it. */
  readonly takesLease?: boolean
  /** How a refusal is told when it is not by a problem document. */
  readonly refuse?: (error: AndonError, request: FastifyRequest, reply: FastifyReply) => void
  /** What is sent as the answer; undefined when the reply was taken over. */
  readonly run: (call: Call<P, Q, B>) => Promise<unknown>
}

/** What the reference of the API says of a route. */
export interface RouteDocument {
  readonly method: string
  readonly url: string
  readonly summary: string
  readonly tag: string
  readonly policy: Policy
  readonly params: TSchema | null
  readonly query: TSchema | null
  readonly body: TSchema | null
  readonly uploads: readonly string[]
  /** The usual one first. */
  readonly answers: readonly Answer[]
  readonly takesIdempotencyKey: boolean
  readonly takesLease: boolean
  /** What a refusal looks like; null: a problem document. */
  readonly refusal: TSchema | null
}

/** A route whose types were checked where it was written. */
export interface Route {
  readonly document: RouteDocument
  readonly register: (app: FastifyInstance) => void
}

/** Makes a route. */
export function route<
  P extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | undefined = undefined,
>(spec: RouteSpec<P, Q, B>): Route {
  const { params, query, body } = spec
  return {
    document: {
      ...spec,
      answers: [spec.answer, ...(spec.otherwise ?? [])],
      params: params ?? null,
      query: query ?? null,
      body: body ?? null,
      uploads: spec.uploads ?? [],
      takesIdempotencyKey: spec.takesIdempotencyKey ?? false,
      takesLease: spec.takesLease ?? false,
      refusal: null,
    },
    register: (app) => {
      app.route({
        method: spec.method,
        url: spec.url,
        config: { policy: spec.policy },
        schema: {
          ...(params ? { params } : {}),
          ...(query ? { querystring: query } : {}),
          ...(body ? { body } : {}),
        },
        ...(spec.bodyLimit === undefined ? {} : { bodyLimit: spec.bodyLimit }),
        ...refusalHandler(spec.refuse),
        handler: (request, reply) => answerCall(spec, request, reply),
      })
    },
  }
}

function refusalHandler(
  refuse: RouteSpec['refuse'],
): Pick<RouteShorthandOptions, 'errorHandler'> | Record<string, never> {
  if (refuse === undefined) return {}
  return {
    errorHandler: (error, request, reply) => {
      const known = asProblem(error, request)
      logProblem(request, known)
      refuse(known, request, reply)
    },
  }
}

async function answerCall<P extends TSchema | undefined, Q extends TSchema | undefined, B extends TSchema | undefined>(
  spec: RouteSpec<P, Q, B>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const answer = await spec.run(callOf<P, Q, B>(request, reply))
  if (reply.sent || answer === reply) return reply
  if (reply.statusCode === 200) reply.code(spec.answer.status)
  return spec.answer.status === 204 ? reply.send() : answer
}

function callOf<P, Q, B>(request: FastifyRequest, reply: FastifyReply): Call<P, Q, B> {
  return {
    get actor() {
      if (request.actor === null) throw problem('unauthenticated')
      return request.actor
    },
    // The schemas of the route have just checked these.
    params: request.params as Part<P>,
    query: request.query as Part<Q>,
    body: request.body as Part<B>,
    request,
    reply,
  }
}
