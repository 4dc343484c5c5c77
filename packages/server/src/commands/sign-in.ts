import { problem } from '@andon/core'
import { accountById, type AccountRow, createTicket, findAccount, setPassword, useTicket } from '@andon/store'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { auditActor } from '../sign-in/actors.ts'
import { hashSecret, looksLikeSecret, newSecret } from '../sign-in/secrets.ts'

/** Tickets of the live stream are good for so long. */
const TICKET_MS = 30_000

/**
 * The account of a name and password.
 *
 * @throws `sign_in_failed` for unknown names, wrong passwords and disabled accounts alike; `rate_limited`
 */
export async function signIn(
  { store, passwords, throttle }: ServerContext,
  credentials: { readonly name: string; readonly password: string },
  address: string,
): Promise<AccountRow> {
  await throttle.check(credentials.name, address)
  const account = await findAccount(store, credentials.name)
  const hash = account?.disabled_at === null ? account.password_hash : null
  const isRight = await passwords.verify(hash, credentials.password)
  if (!isRight || account === null) {
    await throttle.failed(credentials.name, address)
    throw problem('sign_in_failed')
  }
  await throttle.succeeded(credentials.name)
  return account
}

/**
 * The account of a one-time link, which is used up.
 *
 * @throws `link_invalid`
 */
export async function signInByLink({ store }: ServerContext, link: string): Promise<AccountRow> {
  const used = looksLikeSecret(link) ? await useTicket(store, hashSecret(link), 'sign_in') : null
  const account = used && (await accountById(store, used.account_id))
  if (!account || account.disabled_at !== null) throw problem('link_invalid')
  return account
}

/**
 * Sets the own password; the present one has to be given where there is one. Every session ends.
 *
 * @throws `sign_in_failed` when the present password is wrong
 */
export async function changePassword(
  context: ServerContext,
  actor: Actor,
  change: { readonly current?: string; readonly password: string; readonly requestId: string },
): Promise<AccountRow> {
  const { passwords, store, throttle } = context
  const account = await accountById(store, actor.accountId)
  if (account === null) throw problem('unauthenticated')
  if (account.password_hash !== null) {
    await throttle.check(account.name, actor.address)
    if (!(await passwords.verify(account.password_hash, change.current ?? ''))) {
      await throttle.failed(account.name, actor.address)
      throw problem('sign_in_failed', { field: '/current', detail: 'The present password is wrong' })
    }
  }
  const hash = await passwords.hash(change.password)
  await setPassword(store, account, hash, auditActor(actor, { id: change.requestId }))
  return account
}

/** A ticket that opens one live stream within 30 seconds. */
export async function issueStreamTicket({ store }: ServerContext, actor: Actor): Promise<string> {
  const ticket = newSecret()
  await createTicket(store, {
    hash: hashSecret(ticket),
    kind: 'stream',
    accountId: actor.accountId,
    sessionHash: actor.sessionHash,
    tokenId: actor.tokenId,
    expiresAt: new Date(Date.now() + TICKET_MS),
  })
  return ticket
}
