import { type CreateToken, problem } from '@andon/core'
import { createToken, findAccount, findStation, type TokenRow } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { canGrantScopes, canManageTokensOf } from '../policies/people.ts'
import { refuseOtherStation } from '../policies/stations.ts'
import { auditActor } from '../sign-in/actors.ts'
import { hashSecret, newSecret, TOKEN_PREFIX } from '../sign-in/secrets.ts'
import type { Static } from 'typebox'

const DEFAULT_LIFETIME_MS = 90 * 86_400_000
/** Enough to know a token again, too little to guess it. */
const SHOWN_CHARACTERS = TOKEN_PREFIX.length + 6

/**
 * Makes a token for the own account or, as an administrator, for another one.
 *
 * @throws `user_not_found`, `station_not_found`; `forbidden` for scopes or stations that the asking token has not itself
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
  const stationId = await stationOf(store, actor, body)
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
      stationId,
      expiresAt: expiryOf(body.expires_at),
    },
    auditActor(actor, { id: requestId }),
  )
  return { token, row }
}

/** The station that the token is tied to; what a tied token makes is tied as it is. */
async function stationOf(
  store: ServerContext['store'],
  actor: Actor,
  { scopes, station: name }: Static<typeof CreateToken>,
): Promise<number | null> {
  if (name === undefined) return actor.stationId
  if (!scopes.includes('station')) {
    const detail = 'A token of a station needs the scope station'
    throw problem('validation_failed', { field: '/scopes', detail, allowed: ['station'] })
  }
  const station = await findStation(store, name)
  if (station === null) {
    throw problem('station_not_found', { field: '/station', detail: `There is no station "${name}"` })
  }
  refuseOtherStation(actor, station)
  return station.id
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
