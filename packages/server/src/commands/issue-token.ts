import { type CreateToken, problem } from '@andon/core'
import { createToken, findAccount, type TokenRow } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { canGrantScopes, canManageTokensOf } from '../policies/people.ts'
import { auditActor } from '../sign-in/actors.ts'
import { hashSecret, newSecret, TOKEN_PREFIX } from '../sign-in/secrets.ts'
import type { Static } from 'typebox'

const DEFAULT_LIFETIME_MS = 90 * 86_400_000
/** Enough to know a token again, too little to guess it. */
const SHOWN_CHARACTERS = TOKEN_PREFIX.length + 6

/**
 * Makes a token for the own account or, as an administrator, for another one.
 *
 * @throws `user_not_found`, `forbidden` for scopes that the asking token has not itself
 */
export async function issueToken(
  { store }: ServerContext,
  actor: Actor,
  { body, requestId }: { readonly body: Static<typeof CreateToken>; readonly requestId: string },
): Promise<{ token: string; row: TokenRow }> {
  const account = await findAccount(store, body.account ?? actor.name)
  if (account === null || !canManageTokensOf(actor, account.id)) {
    throw problem('user_not_found', { field: '/account', detail: `There is no user "${body.account ?? actor.name}"` })
  }
  if (!canGrantScopes(actor, body.scopes)) {
    throw problem('forbidden', { field: '/scopes', detail: 'A token cannot give scopes that it has not itself' })
  }
  const token = newSecret(TOKEN_PREFIX)
  const row = await createToken(
    store,
    {
      id: store.newId(),
      accountId: account.id,
      name: body.name,
      hash: hashSecret(token),
      prefix: token.slice(0, SHOWN_CHARACTERS),
      scopes: [...new Set(body.scopes)],
      expiresAt: expiryOf(body.expires_at),
    },
    auditActor(actor, { id: requestId }),
  )
  return { token, row }
}

function expiryOf(given: string | null | undefined): Date | null {
  if (given === null) return null
  const expiresAt = given === undefined ? new Date(Date.now() + DEFAULT_LIFETIME_MS) : new Date(given)
  if (expiresAt.getTime() > Date.now()) return expiresAt
  throw problem('validation_failed', {
    field: '/expires_at',
    detail: 'The token would be over already',
    allowed: 'a time to come',
  })
}
