import type { Scope } from '@andon/core'
import { type Actor, hasRole } from './actor.ts'
import { permit, permitAnyone } from './policy.ts'

/** Accounts and the audit are an administrator's. */
export const PEOPLE = {
  manage: permit('users.manage', 'admin', ['admin']),
  audit: permit('audit.read', 'admin', ['admin']),
} as const

/** Everybody has tokens of their own; those of others are an administrator's. */
export const TOKENS = {
  own: permit('tokens.own', 'viewer', ['admin']),
} as const

/** Signing in, and what a signed-in person may do with the own account. */
export const SIGN_IN = {
  signIn: permitAnyone('session.create'),
  /** Back from the provider, to sign in or to connect an account that is signed in. */
  arrive: { ...permitAnyone('session.arrive'), readsActor: true },
  ways: permitAnyone('session.ways'),
  read: permit('session.read', 'viewer', [
    'read',
    'jobs',
    'printers',
    'payloads',
    'admin',
    'worker',
    'station',
    'gateway',
  ]),
  /** Sessions only: a token neither signs out nor sets passwords. */
  own: permit('session.own', 'viewer', []),
} as const

/** Whether the actor may see or change tokens of that account. */
export function canManageTokensOf(actor: Actor, accountId: number): boolean {
  return actor.accountId === accountId || hasRole(actor, 'admin')
}

/** Scopes that the actor may give to a token: never more than it has itself. */
export function canGrantScopes(actor: Actor, scopes: readonly Scope[]): boolean {
  return actor.scopes === null || scopes.every((scope) => actor.scopes?.has(scope))
}
