import { problem } from '@andon/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { cookieAttributes } from './cookies.ts'

/** A sign-in that is under way at the provider. */
export interface PendingSignIn {
  /** What the provider has to send back, so that a strange page can begin nothing in somebody's name. */
  readonly state: string
  /** What the provider has to sign, so that an old answer is worth nothing. */
  readonly nonce: string
  /** The secret behind the PKCE challenge. */
  readonly verifier: string
  readonly redirectUri: string
  /** Path to go to afterwards. */
  readonly next: string
  /** Account that is being connected to the provider; null: somebody signs in. */
  readonly connects: number | null
}

const Pending = Type.Object({
  state: Type.String(),
  nonce: Type.String(),
  verifier: Type.String(),
  redirectUri: Type.String({ pattern: '^https?://' }),
  next: Type.String(),
  connects: Type.Union([Type.Integer(), Type.Null()]),
})

/** Time to sign in at the provider, with a second factor in another pocket. */
const LIFETIME_S = 15 * 60

/**
 * Lets the browser itself remember what is under way: only the browser that began may end it, and nobody who is not
 * signed in fills a table.
 */
export function rememberPending(request: FastifyRequest, reply: FastifyReply, pending: PendingSignIn): void {
  const text = Buffer.from(JSON.stringify(pending)).toString('base64url')
  reply.setCookie(nameFor(request), text, { ...cookieAttributes(request), maxAge: LIFETIME_S })
}

/**
 * What is under way in the browser that sent the request, for this once.
 *
 * @throws sign_in_expired when nothing is
 */
export function takePending(request: FastifyRequest, reply: FastifyReply): PendingSignIn {
  const text = request.cookies[nameFor(request)]
  reply.clearCookie(nameFor(request), cookieAttributes(request))
  const pending = parse(text ?? '')
  if (!Value.Check(Pending, pending)) throw problem('sign_in_expired')
  return pending
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return null
  }
}

function nameFor(request: FastifyRequest): string {
  return request.protocol === 'https' ? '__Host-andon-sign-in' : 'andon-sign-in'
}
