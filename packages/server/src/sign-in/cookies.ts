import type { FastifyReply, FastifyRequest } from 'fastify'

const SECURE_NAME = '__Host-andon'
const PLAIN_NAME = 'andon'

/** The session's id that came with a request; null when none did. Behind TLS the plain name is not looked at. */
export function readSessionCookie(request: FastifyRequest): string | null {
  return request.cookies[cookieName(request)] ?? null
}

/** Gives the browser the session's id: out of reach for scripts, and never sent along by other sites' changes. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, id: string, maxAgeS: number): void {
  reply.setCookie(cookieName(request), id, { ...cookieAttributes(request), maxAge: maxAgeS })
}

/** Takes the session's id away from the browser. */
export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieName(request), cookieAttributes(request))
}

/** `__Host-` needs TLS; on plain loopback the cookie has a name without promises. */
function cookieName(request: FastifyRequest): string {
  return request.protocol === 'https' ? SECURE_NAME : PLAIN_NAME
}

/** Of every cookie of the server's own. */
export function cookieAttributes(request: FastifyRequest): {
  path: string
  httpOnly: true
  sameSite: 'lax'
  secure: boolean
} {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' }
}
