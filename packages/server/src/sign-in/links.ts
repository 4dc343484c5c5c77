import { problem } from '@andon/core'
import { createAccount, createTicket, findAccount, listAccounts, type Store } from '@andon/store'
import { hashSecret, newSecret } from './secrets.ts'

/** A link works once, and for so long. */
export const LINK_LIFETIME_MS = 24 * 3_600_000

/** A secret that signs in once, for the address `/sign-in?link=…`. */
export interface SignInLink {
  readonly link: string
  readonly account: string
  readonly expiresAt: Date
}

/**
 * The link for the first visit of a new installation: makes the administrator where there is nobody yet. Null once
 * somebody has chosen a password.
 */
export async function createFirstLink(store: Store): Promise<SignInLink | null> {
  const accounts = await listAccounts(store)
  if (accounts.some((account) => account.role === 'admin' && account.password_hash !== null)) return null
  const admin = accounts.find((account) => account.role === 'admin' && account.disabled_at === null)
  const { name } = admin ?? (await createAdmin(store))
  return createSignInLink(store, name)
}

/** @throws `user_not_found` for unknown and disabled accounts */
export async function createSignInLink(store: Store, accountName: string): Promise<SignInLink> {
  const account = await findAccount(store, accountName)
  if (account === null || account.disabled_at !== null) {
    throw problem('user_not_found', { detail: `There is no active user "${accountName}"` })
  }
  const link = newSecret()
  const expiresAt = new Date(Date.now() + LINK_LIFETIME_MS)
  await createTicket(store, { hash: hashSecret(link), kind: 'sign_in', accountId: account.id, expiresAt })
  return { link, account: account.name, expiresAt }
}

function createAdmin(store: Store): Promise<{ name: string }> {
  const account = { name: 'admin', display_name: 'Administrator', role: 'admin', can_read_payloads: true } as const
  return createAccount(store, account, { name: 'system:first-start' })
}
