import { problem, type Role, type Scope } from '@andon/core'
import { type Actor, hasRole } from './actor.ts'

/** Who may use a route. Every route has one; what may be done to a single thing is decided beside it. */
export interface Policy {
  /** `noun.verb`, as in the permissions of a session. */
  readonly name: string
  /** The least role; null: anybody, signed in or not. */
  readonly role: Role | null
  /** A token needs one of these scopes. */
  readonly scopes: readonly Scope[]
  /** Lets anybody in, but wants to know who it is. */
  readonly readsActor?: boolean
  /** Used by machines at the pace of their work: a higher limit of requests, counted apart. */
  readonly isForWorkers?: boolean
}

/** For those whose role is at least `role`; tokens need one of the scopes. */
export function permit(name: string, role: Role, scopes: readonly Scope[]): Policy {
  return { name, role, scopes }
}

/** For anybody, signed in or not. */
export function permitAnyone(name: string): Policy {
  return { name, role: null, scopes: [] }
}

/** Whether the actor may use what the policy guards. */
export function isPermitted(policy: Policy, actor: Actor | null): boolean {
  if (policy.role === null) return true
  if (actor === null || !hasRole(actor, policy.role)) return false
  return actor.scopes === null || policy.scopes.some((scope) => actor.scopes?.has(scope))
}

/**
 * Refuses whoever the policy does not let in.
 *
 * @throws `unauthenticated` when nobody is signed in, `forbidden` with the permission that is missing
 */
export function authorize(policy: Policy, actor: Actor | null): void {
  if (isPermitted(policy, actor)) return
  if (actor === null) throw problem('unauthenticated')
  const lacksRole = policy.role !== null && !hasRole(actor, policy.role)
  throw problem('forbidden', {
    detail: lacksRole
      ? `${policy.name} needs the role ${policy.role}; ${actor.name} is ${actor.role}`
      : `${policy.name} needs a token with one of the scopes ${policy.scopes.join(', ')}`,
    extra: { permission: policy.name },
  })
}
