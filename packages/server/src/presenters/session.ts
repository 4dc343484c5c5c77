import type { SessionView } from '@andon/core'
import { type AccountRow, toAccountView } from '@andon/store'
import type { Actor } from '../policies/actor.ts'
import { permissionsOf } from '../policies/permissions.ts'

/** Who is signed in, and what they may do. */
export function presentSession(
  account: AccountRow,
  actor: Actor,
  server: { readonly isDemo: boolean; readonly version: string },
): SessionView {
  return {
    account: toAccountView(account),
    permissions: permissionsOf(actor),
    must_set_password: account.password_hash === null && !account.has_identity && actor.tokenId === null,
    is_demo: server.isDemo,
    version: server.version,
  }
}
