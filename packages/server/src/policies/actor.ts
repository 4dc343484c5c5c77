import { ROLES, type Role, type Scope } from '@andon/core'

/** Who makes a request: a person by a session, or a program by a token, which acts as its account. */
export interface Actor {
  readonly accountId: number
  /** Name of the account; what `created_by` and the audit show. */
  readonly name: string
  readonly role: Role
  /** May read input, result and contents of jobs. */
  readonly canReadPayloads: boolean
  /** What a token was made for; null for the session of a browser, which may do all that its role may. */
  readonly scopes: ReadonlySet<Scope> | null
  /** What the session is kept under; null for API tokens. An access token of a gateway goes by a session too. */
  readonly sessionHash: Buffer | null
  /** Null for sessions. */
  readonly tokenId: string | null
  /** The only station that a token may speak for; null for one that is tied to none, and for sessions. */
  readonly stationId: number | null
  /** Address that the request came from. */
  readonly address: string
}

/** Whether the actor's role has at least the rights of `role`. */
export function hasRole(actor: Actor, role: Role): boolean {
  return ROLES.indexOf(actor.role) >= ROLES.indexOf(role)
}

/** Whether a person asks by a session, from a page, and not a program by a token. */
export function isSession(actor: Actor): boolean {
  return actor.sessionHash !== null && actor.scopes === null
}

/** Whether input, result and contents of jobs may be shown to the actor. */
export function canReadPayloads(actor: Actor): boolean {
  return actor.canReadPayloads && (actor.scopes === null || actor.scopes.has('payloads'))
}
