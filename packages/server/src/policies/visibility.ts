import type { Visibility } from '@andon/store'
import { type Actor, hasRole } from './actor.ts'

/** Which jobs the actor may see: all from supervisor up, otherwise the own ones and all prints. */
export function visibilityOf(actor: Actor): Visibility {
  return hasRole(actor, 'supervisor') ? { all: true } : { accountId: actor.accountId }
}
