import type {
  AccountView,
  AuditView,
  ChangeAccount,
  CreateAccount,
  CreatedToken,
  CreateToken,
  SessionInfo,
  SessionView,
  SignInWays,
  TokenView,
} from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { eachRow, type ListOptions, type Page } from './page.ts'
import { route } from './route.ts'

/** Signing in and out. In a browser the session is a cookie that no script can read. */
export class SessionApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Rejects with `sign_in_failed`, or `rate_limited` after too many tries. */
  signIn(name: string, password: string): Promise<SessionView> {
    return this.#http.json<SessionView>({ method: 'POST', path: '/api/sign-in', body: { name, password } })
  }

  /** With the secret of a one-time link. Rejects with `link_invalid`. */
  signInByLink(link: string): Promise<SessionView> {
    return this.#http.json<SessionView>({ method: 'POST', path: '/api/sign-in/link', body: { link } })
  }

  /** How one may sign in here. */
  ways(options: CallOptions = {}): Promise<SignInWays> {
    return this.#http.json<SignInWays>({ path: '/api/sign-in/ways', ...options })
  }

  /**
   * Address of the provider that the browser has to go to, to connect the own account with it.
   *
   * @param next path to come back to
   */
  async connect(next: string): Promise<string> {
    return (await this.#http.json<{ url: string }>({ method: 'POST', path: '/api/session/identity', body: { next } }))
      .url
  }

  /** Takes the provider from the own account. Rejects with `last_way_in` while there is no password. */
  disconnect(): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: '/api/session/identity' })
  }

  /** Where the own account is signed in; the session that asks comes first. */
  async list(options: CallOptions = {}): Promise<SessionInfo[]> {
    return (await this.#http.json<{ data: SessionInfo[] }>({ path: '/api/sessions', ...options })).data
  }

  /** Signs out there. Rejects with `session_not_found`. */
  end(id: number): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/sessions/${String(id)}` })
  }

  signOut(): Promise<void> {
    return this.#http.empty({ method: 'POST', path: '/api/sign-out' })
  }

  /** Who is signed in. Rejects with `unauthenticated` when nobody is. */
  current(options: CallOptions = {}): Promise<SessionView> {
    return this.#http.json<SessionView>({ path: '/api/session', ...options })
  }

  /** At least ten characters. `current` may be left out after signing in by link. */
  setPassword(password: string, current?: string): Promise<void> {
    const body = { password, ...(current === undefined ? {} : { current }) }
    return this.#http.empty({ method: 'PUT', path: '/api/session/password', body })
  }
}

/** Accounts of people and systems, by their names. For administrators. */
export class UsersApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<AccountView[]> {
    return (await this.#http.json<{ data: AccountView[] }>({ path: '/api/users', ...options })).data
  }

  create(account: CreateAccount): Promise<AccountView> {
    return this.#http.json<AccountView>({ method: 'POST', path: '/api/users', body: account })
  }

  /** A link that signs the user in once, within a day: for the first visit, or for a forgotten password. */
  link(name: string): Promise<SignInLinkView> {
    return this.#http.json<SignInLinkView>({ method: 'POST', path: route`/api/users/${name}/link`, body: {} })
  }

  change(name: string, change: ChangeAccount): Promise<AccountView> {
    return this.#http.json<AccountView>({ method: 'PATCH', path: route`/api/users/${name}`, body: change })
  }
}

/** What signs somebody in once. */
export interface SignInLinkView {
  readonly account: string
  readonly expires_at: string
  /** The secret of the link; it goes behind `/sign-in?link=`. */
  readonly link: string
}

/** Tokens for programs. */
export class TokensApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<TokenView[]> {
    return (await this.#http.json<{ data: TokenView[] }>({ path: '/api/tokens', ...options })).data
  }

  /** The answer is the only place where the token itself is ever shown; a lost answer is not repeated. */
  create(token: CreateToken): Promise<CreatedToken> {
    return this.#http.json<CreatedToken>({ method: 'POST', path: '/api/tokens', body: token })
  }

  /** Ends the token and closes the live streams it opened. */
  revoke(id: string): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/tokens/${id}` })
  }
}

/** Which acts to list. */
export interface ListAudit extends ListOptions {
  readonly actor?: string | undefined
  /** Such as `job:<id>` or `printer:<name>`. */
  readonly target?: string | undefined
  /** A verb with its noun, such as `job.cancel`, or the beginning of one, such as `job.`. */
  readonly action?: string | undefined
  /** RFC 3339: the first moment, and the one after the last. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** Who did what, newest first. */
export class AuditApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  list(options: ListAudit = {}): Promise<Page<AuditView>> {
    const { signal, ...query } = options
    return this.#http.json<Page<AuditView>>({ path: '/api/audit', query, signal })
  }

  each(options: ListAudit = {}): AsyncGenerator<AuditView, void, undefined> {
    return eachRow((cursor) => this.list({ limit: 500, ...options, cursor }), options.cursor)
  }
}
