import { randomBytes, randomUUID } from 'node:crypto'
import { problem } from '@andon/core'
import type { AccountFacts, Store } from '@andon/store'
import { jwtVerify, SignJWT } from 'jose'
import { KeptSecret } from './kept-secret.ts'

/** Each is good for so long: clients that know only such tokens take one with less than two minutes left for none. */
const LIFETIME_MS = 3_600_000
const LEAST_LIFETIME_MS = 120_000

const ALGORITHM = 'HS256'
const ISSUER = 'andon'
const AUDIENCE = 'andon:gateways'

/** A session that goes by an access token instead of a cookie. */
export interface TokenSession {
  readonly account: AccountFacts
  /** What the session is kept under: nobody has the id that this is the hash of, so no cookie can be made from it. */
  readonly idHash: Uint8Array
  readonly endsAt: Date
}

/**
 * JSON web tokens (RFC 7519) for clients of other systems that know nothing else. A token only names a session: whether
 * that session still stands, and what its account may do, is asked of the database with each request.
 */
export class AccessTokens {
  readonly #key: KeptSecret<string>

  constructor(store: Store) {
    this.#key = new KeptSecret(store, 'sign_in.access_token_key', async () => randomBytes(32).toString('base64url'))
  }

  /**
   * A token for an hour, or until the session ends.
   *
   * @throws `unauthenticated` when the session has less than two minutes left
   */
  async issue({ account, idHash, endsAt }: TokenSession): Promise<string> {
    const nowMs = Date.now()
    const expiresAtMs = Math.min(nowMs + LIFETIME_MS, endsAt.getTime())
    if (expiresAtMs - nowMs < LEAST_LIFETIME_MS) throw problem('unauthenticated', { detail: 'The session ends' })
    return new SignJWT({ username: account.name, role: account.role, sid: Buffer.from(idHash).toString('base64url') })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setJti(randomUUID())
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(account.name)
      .setIssuedAt(new Date(nowMs))
      .setExpirationTime(new Date(expiresAtMs))
      .sign(await this.#secret())
  }

  /** What the session of a token is kept under; null when the token is none of ours, or over. */
  async sessionOf(token: string): Promise<Buffer | null> {
    const options = { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE, requiredClaims: ['exp', 'sid'] }
    const secret = await this.#secret()
    const { sid } = await jwtVerify(token, secret, options).then(
      ({ payload }) => payload,
      () => NOTHING,
    )
    return typeof sid === 'string' ? Buffer.from(sid, 'base64url') : null
  }

  async #secret(): Promise<Uint8Array> {
    return Buffer.from(await this.#key.read(), 'base64url')
  }
}

const NOTHING: { readonly sid?: unknown } = {}
