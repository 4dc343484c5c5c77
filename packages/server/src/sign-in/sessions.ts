import { problem } from '@andon/core'
import { type AccountFacts, createSession, endSession, type Store, useSession, writeAudit } from '@andon/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../policies/actor.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { SessionLimits } from './actors.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './cookies.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** Clients that go by access tokens hold the password and sign in by themselves: theirs need not last longer. */
const TOKEN_SESSION_MS = 24 * 3_600_000

/** Starts and ends sessions. Every sign-in of a browser gets a new id, and the one before it ends. */
export class Sessions {
  readonly #store: Store
  readonly #limits: SessionLimits
  readonly #accessTokens: AccessTokens

  constructor(store: Store, limits: SessionLimits, accessTokens: AccessTokens) {
    this.#store = store
    this.#limits = limits
    this.#accessTokens = accessTokens
  }

  async begin(account: AccountFacts, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#endCurrent(request)
    const id = newSecret()
    const { absoluteMs } = this.#limits
    await this.#keep(account, request, { by: 'cookie', idHash: hashSecret(id), lifetimeMs: absoluteMs })
    setSessionCookie(request, reply, id, Math.floor(absoluteMs / 1000))
  }

  /** Starts a session that goes by an access token, and gives the first one. */
  async beginToken(account: AccountFacts, request: FastifyRequest): Promise<string> {
    const idHash = hashSecret(newSecret())
    const lifetimeMs = Math.min(TOKEN_SESSION_MS, this.#limits.absoluteMs)
    const endsAt = await this.#keep(account, request, { by: 'access_token', idHash, lifetimeMs })
    return this.#accessTokens.issue({ account, idHash, endsAt })
  }

  /**
   * Another access token for the actor's session, which ends no later for it.
   *
   * @throws `unauthenticated` for API tokens, which have no session, and for a session that is about to end
   */
  async renewToken({ sessionHash }: Actor): Promise<{ readonly account: AccountFacts; readonly token: string }> {
    const account = sessionHash && (await useSession(this.#store, sessionHash, this.#limits.idleMs))
    if (!account) throw problem('unauthenticated', { detail: 'Only the access token of a sign-in can be renewed' })
    const token = await this.#accessTokens.issue({ account, idHash: sessionHash, endsAt: account.expires_at })
    return { account, token }
  }

  async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#endCurrent(request)
    clearSessionCookie(request, reply)
  }

  async #keep({ id: accountId, name }: AccountFacts, request: FastifyRequest, session: KeptSession): Promise<Date> {
    const { by, idHash, lifetimeMs } = session
    const expiresAt = new Date(Date.now() + lifetimeMs)
    const userAgent = request.headers['user-agent'] ?? null
    const actor = { name, accountId, address: request.ip, requestId: request.id }
    await this.#store.transaction(async (tx) => {
      await createSession(tx, { idHash, accountId, expiresAt, address: request.ip, userAgent })
      await writeAudit(tx, actor, [{ action: 'session.create', target: `account:${name}`, after: { by, expiresAt } }])
    })
    return expiresAt
  }

  async #endCurrent(request: FastifyRequest): Promise<void> {
    const id = readSessionCookie(request)
    if (id !== null) await endSession(this.#store, hashSecret(id))
  }
}

interface KeptSession {
  /** How requests show that they belong to it. */
  readonly by: 'cookie' | 'access_token'
  readonly idHash: Uint8Array
  readonly lifetimeMs: number
}
