import type { Scope } from '@andon/core'
import {
  accountById,
  type AccountFacts,
  type Actor as AuditActor,
  isTokenLive,
  listTokens,
  type Store,
  useSession,
  useTicket,
  useToken,
} from '@andon/store'
import type { FastifyRequest } from 'fastify'
import type { Actor } from '../policies/actor.ts'
import type { AccessTokens } from './access-tokens.ts'
import { hashSecret, looksLikeSecret, TOKEN_PREFIX } from './secrets.ts'

/** How long sessions last. */
export interface SessionLimits {
  /** Without any request. Default 12 hours. */
  readonly idleMs: number
  /** Whatever happens. Default 7 days. */
  readonly absoluteMs: number
}

const REFRESHED_AT_ONCE = 3

/** What an access token is for: the gateways, with what its account may do there. */
const ACCESS_TOKEN_SCOPES: readonly Scope[] = ['gateway', 'payloads']

/** Credentials become actors, and actors are looked at again while their streams are open. */
export class Actors {
  readonly #store: Store
  readonly #limits: SessionLimits
  readonly #accessTokens: AccessTokens

  constructor(store: Store, limits: SessionLimits, accessTokens: AccessTokens) {
    this.#store = store
    this.#limits = limits
    this.#accessTokens = accessTokens
  }

  /** Whom a token stands for; null when it is unknown, revoked or over. */
  async byToken(token: string, address: string): Promise<Actor | null> {
    if (!looksLikeSecret(token, TOKEN_PREFIX)) return this.#byAccessToken(token, address)
    const row = await useToken(this.#store, hashSecret(token))
    const { token_id: tokenId, scopes, token_station_id: stationId } = row ?? {}
    return row && actorOf(row, { address, tokenId, scopes, stationId })
  }

  /** Whose session it is; null when it is unknown or over. */
  async bySession(id: string, address: string): Promise<Actor | null> {
    if (!looksLikeSecret(id)) return null
    return this.#bySessionHash(hashSecret(id), address)
  }

  /** Who asked for a ticket of the live stream, which is used up; null when it is not good. */
  async byTicket(ticket: string, address: string): Promise<Actor | null> {
    if (!looksLikeSecret(ticket)) return null
    const used = await useTicket(this.#store, hashSecret(ticket), 'stream')
    if (used === null) return null
    if (used.session_hash !== null) return this.#bySessionHash(used.session_hash, address)
    return used.token_id === null ? null : this.#byTokenId(used.token_id, used.account_id, address)
  }

  /** The same actor as things are now; null when the session ended or the token was revoked. */
  async refresh(actor: Actor): Promise<Actor | null> {
    if (actor.sessionHash !== null) return this.#bySessionHash(actor.sessionHash, actor.address, actor.scopes)
    return actor.tokenId === null ? null : this.#byTokenId(actor.tokenId, actor.accountId, actor.address)
  }

  /** The same for many, a few at a time, so that others get connections too. */
  async refreshAll(actors: readonly Actor[]): Promise<(Actor | null)[]> {
    const refreshed: (Actor | null)[] = []
    for (let start = 0; start < actors.length; start += REFRESHED_AT_ONCE) {
      const part = actors.slice(start, start + REFRESHED_AT_ONCE)
      refreshed.push(...(await Promise.all(part.map((actor) => this.refresh(actor)))))
    }
    return refreshed
  }

  async #byAccessToken(token: string, address: string): Promise<Actor | null> {
    const sessionHash = await this.#accessTokens.sessionOf(token)
    return sessionHash && this.#bySessionHash(sessionHash, address, new Set(ACCESS_TOKEN_SCOPES))
  }

  async #bySessionHash(sessionHash: Buffer, address: string, scopes: Actor['scopes'] = null): Promise<Actor | null> {
    const row = await useSession(this.#store, sessionHash, this.#limits.idleMs)
    return row && actorOf(row, { address, sessionHash, scopes })
  }

  async #byTokenId(tokenId: string, accountId: number, address: string): Promise<Actor | null> {
    const [isLive, account, tokens] = await Promise.all([
      isTokenLive(this.#store, tokenId),
      accountById(this.#store, accountId),
      listTokens(this.#store, accountId),
    ])
    const token = tokens.find(({ id }) => id === tokenId)
    if (!isLive || !token || account === null || account.disabled_at !== null) return null
    return actorOf(account, { address, tokenId, scopes: token.scopes, stationId: token.station_id })
  }
}

interface Credential {
  readonly address: string
  readonly sessionHash?: Buffer
  readonly tokenId?: string | undefined
  readonly scopes?: Iterable<Scope> | null | undefined
  readonly stationId?: number | null | undefined
}

/** Who an account is with a credential; without one it has all that its role may do. */
export function actorOf(account: AccountFacts, credential: Credential): Actor {
  const { address, scopes, sessionHash, stationId, tokenId } = credential
  return {
    accountId: account.id,
    name: account.name,
    role: account.role,
    canReadPayloads: account.can_read_payloads,
    scopes: scopes ? new Set(scopes) : null,
    sessionHash: sessionHash ?? null,
    tokenId: tokenId ?? null,
    stationId: stationId ?? null,
    address,
  }
}

/** The actor as the audit writes it down. */
export function auditActor(actor: Actor, request: Pick<FastifyRequest, 'id'>): AuditActor {
  return { name: actor.name, accountId: actor.accountId, address: actor.address, requestId: request.id }
}
