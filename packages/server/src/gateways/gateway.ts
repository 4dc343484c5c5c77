import type { AndonError } from '@andon/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { asProblem, logProblem, refuseWith } from '../http/problems.ts'
import type { Route, RouteDocument } from '../http/route.ts'
import { unknownAddress } from '../http/unknown-address.ts'
import { GATEWAYS } from '../policies/gateways.ts'

/** Another system's contract at a prefix of its own. */
export interface Gateway {
  readonly prefix: string
  /** Their addresses are below the prefix. */
  readonly routes: readonly Route[]
  /** What a refusal looks like in that system's words. */
  readonly refusal: TSchema
  readonly register: (scope: FastifyInstance) => Promise<void>
}

/** What a gateway is made from. */
export interface GatewayParts extends Omit<Gateway, 'register'> {
  /** The body of a refusal. */
  readonly refuse: (error: AndonError, request: FastifyRequest) => unknown
  /** Hooks of its own. */
  readonly prepare?: (scope: FastifyInstance) => void
}

/** A gateway that answers everything below its prefix in its own words, errors and unknown addresses too. */
export function makeGateway({ prepare, refuse, ...parts }: GatewayParts): Gateway {
  return {
    ...parts,
    register: async (scope) => {
      scope.setErrorHandler((error, request, reply) => {
        const known = asProblem(error, request)
        logProblem(request, known)
        return refuseWith(reply, known).send(refuse(known, request))
      })
      prepare?.(scope)
      for (const each of parts.routes) each.register(scope)
      scope.all('/*', { config: { policy: GATEWAYS.health } }, (request, reply) => {
        reply.send(unknownAddress(scope, request))
      })
    },
  }
}

/** The routes of a gateway as the reference shows them: with whole addresses and its own refusals. */
export function documentsOf({ prefix, refusal, routes }: Gateway): RouteDocument[] {
  return routes.map(({ document }) => ({ ...document, url: `${prefix}${document.url}`, refusal }))
}

/** An error in one or two sentences, for contracts that have one text for it; fields by the names of the contract. */
export function refusalWords(error: AndonError, theirField: (field: string) => string = (field) => field): string {
  const { allowed, detail, field, hint } = error
  const place = field === null || field === '' ? '' : ` (${theirField(field)})`
  const limit = allowed === null ? '' : `, allowed: ${[allowed].flat().join(', ')}`
  return `${`${theirField(detail)}${place}${limit}`.replace(/[.]$/, '')}. ${hint}`
}
