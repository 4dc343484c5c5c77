import { type AccountRow, createSession, endSession, type Store } from '@andon/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionLimits } from './actors.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './cookies.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** Starts and ends the sessions of browsers. Every sign-in gets a new id, and the one before it ends. */
export class Sessions {
  readonly #store: Store
  readonly #limits: SessionLimits

  constructor(store: Store, limits: SessionLimits) {
    this.#store = store
    this.#limits = limits
  }

  async begin(account: AccountRow, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#endCurrent(request)
    const id = newSecret()
    await createSession(this.#store, {
      idHash: hashSecret(id),
      accountId: account.id,
      expiresAt: new Date(Date.now() + this.#limits.absoluteMs),
      address: request.ip,
      userAgent: request.headers['user-agent'] ?? null,
    })
    setSessionCookie(request, reply, id, Math.floor(this.#limits.absoluteMs / 1000))
  }

  async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#endCurrent(request)
    clearSessionCookie(request, reply)
  }

  async #endCurrent(request: FastifyRequest): Promise<void> {
    const id = readSessionCookie(request)
    if (id !== null) await endSession(this.#store, hashSecret(id))
  }
}
