import { codeOf, isProblem, problem, type Role, ROLES } from '@andon/core'
import type { Identity, ProvidedPerson } from '@andon/store'
import * as openid from 'openid-client'
import type { PendingSignIn } from './pending.ts'

/** A provider of sign-ins that speaks OpenID Connect, and what is made of the people it vouches for. */
export interface ProviderSettings {
  /** Its address, below which `/.well-known/openid-configuration` lies. Plain HTTP only on loopback. */
  readonly issuer: string
  readonly clientId: string
  /** Null for a public client, which PKCE alone protects. */
  readonly clientSecret: string | null
  /** What stands on the button: "Sign in with …". */
  readonly name: string
  readonly scopes: readonly string[]
  /** Claim that holds words of the provider, with dots into objects; null: the provider says nothing of roles. */
  readonly roleClaim: string | null
  /** Which role such a word gives; of several the greatest counts. */
  readonly roles: ReadonlyMap<string, Role>
  /** Role of those to whom no word gives one; null: they get no account. */
  readonly defaultRole: Role | null
  /** Whoever comes for the first time and has a role gets an account; otherwise accounts are connected by hand. */
  readonly makesAccounts: boolean
  /** Where people reach the server, when that is not the address of their request; without a slash at its end. */
  readonly publicUrl: string | null
}

/** Where the browser is sent, and what has to be remembered until it is back. */
export interface BegunSignIn {
  readonly url: URL
  readonly pending: PendingSignIn
}

/** Of one answer of the provider. */
const TIMEOUT_S = 10
/** What an account may be called; see `CreateAccount`. */
const NAME = { wrong: /[^a-zA-Z0-9._@-]+/g, longest: 90 }

type Claims = Readonly<Record<string, unknown>>

/** Sends people to the provider and takes its word for who they are: Authorization Code with PKCE, state and nonce. */
export class SignInProvider {
  readonly settings: ProviderSettings
  #found: Promise<openid.Configuration> | null = null

  constructor(settings: ProviderSettings) {
    this.settings = settings
  }

  /** @throws provider_unreachable */
  async begin(redirectUri: string, aim: Pick<PendingSignIn, 'next' | 'connects'>): Promise<BegunSignIn> {
    const config = await this.#configuration()
    const verifier = openid.randomPKCECodeVerifier()
    const pending = { ...aim, redirectUri, verifier, state: openid.randomState(), nonce: openid.randomNonce() }
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: this.settings.scopes.join(' '),
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: pending.state,
      nonce: pending.nonce,
    })
    return { url, pending }
  }

  /**
   * Whom the provider sent back, who was sent there as `pending` says.
   *
   * @param query of the address that the browser came back to
   * @throws provider_refused, provider_unreachable
   */
  async finish(pending: PendingSignIn, query: string): Promise<ProvidedPerson> {
    const config = await this.#configuration()
    const back = new URL(pending.redirectUri)
    back.search = query
    try {
      const tokens = await openid.authorizationCodeGrant(config, back, {
        pkceCodeVerifier: pending.verifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw problem('provider_refused', { detail: 'The provider sent no identity' })
      const more = config.serverMetadata().userinfo_endpoint
        ? await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
        : {}
      return this.#personOf({ ...claims, ...more }, { issuer: claims.iss, subject: claims.sub })
    } catch (error) {
      throw refusal(error)
    }
  }

  #personOf(claims: Claims, identity: Identity): ProvidedPerson {
    const { roleClaim, makesAccounts } = this.settings
    const email = claims['email_verified'] === true ? textOf(claims['email']) : null
    const name = textOf(claims['preferred_username']) ?? email?.split('@')[0] ?? 'user'
    return {
      ...identity,
      name: name.replace(NAME.wrong, '-').slice(0, NAME.longest),
      displayName: (textOf(claims['name']) ?? name).slice(0, 200),
      email,
      role: this.#roleOf(claims),
      isRoleProvided: roleClaim !== null,
      mayMakeAccount: makesAccounts,
    }
  }

  #roleOf(claims: Claims): Role | null {
    const { defaultRole, roleClaim, roles } = this.settings
    const words = roleClaim === null ? [] : wordsAt(claims, roleClaim)
    const given = new Set([defaultRole, ...words.map((word) => roles.get(word) ?? null)])
    return ROLES.findLast((role) => given.has(role)) ?? null
  }

  /** What the provider says of itself; asked for again when it did not answer. */
  async #configuration(): Promise<openid.Configuration> {
    this.#found ??= this.#discover()
    try {
      return await this.#found
    } catch (error) {
      this.#found = null
      throw unreachable(error)
    }
  }

  #discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings
    const authentication = clientSecret === null ? openid.None() : undefined
    return openid.discovery(new URL(issuer), clientId, clientSecret ?? undefined, authentication, {
      timeout: TIMEOUT_S,
      // The signature is checked even where the token came straight from the provider.
      execute: [
        openid.enableNonRepudiationChecks,
        ...(isLoopback(new URL(issuer)) ? [openid.allowInsecureRequests] : []),
      ],
    })
  }
}

/** Whether an address is on this very machine, where nobody listens in. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

/** A word, a list of words, or a text with blanks between them, at a path such as `realm_access.roles`. */
function wordsAt(claims: Claims, path: string): readonly string[] {
  const value = path in claims ? claims[path] : path.split('.').reduce<unknown>(memberOf, claims)
  if (typeof value === 'string') return value.split(/\s+/)
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** The provider's own words are for the log only: they come by the browser, from anybody. */
function refusal(error: unknown): Error {
  if (isProblem(error)) return error
  if (error instanceof TypeError || codeOf(error) === 'OAUTH_TIMEOUT') return unreachable(error)
  const cause = new Error(reasonOf(error))
  if (error instanceof openid.AuthorizationResponseError && error.error === 'access_denied') {
    return problem('provider_refused', { detail: 'The sign-in was called off at the provider', cause })
  }
  return problem('provider_refused', { cause })
}

/** Without what hangs on the error: answers of the provider with tokens in them. */
function reasonOf(error: unknown): string {
  if (error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError) {
    return `${error.error}: ${error.error_description ?? error.message}`
  }
  return error instanceof Error ? `${codeOf(error)} ${error.message}`.trim() : String(error)
}

function unreachable(error: unknown): Error {
  const below = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return problem('provider_unreachable', { cause: new Error(`${reasonOf(error)}${below}`) })
}
