import { problem } from '@andon/core'
import {
  type Actor as AuditActor,
  createAccount,
  createTicket,
  findAccount,
  listAccounts,
  type Store,
  writeAudit,
} from '@andon/store'
import { hashSecret, newSecret } from './secrets.ts'

/** A link works once, and for so long. */
export const LINK_LIFETIME_MS = 24 * 3_600_000

/** Somebody with access to the machine itself. */
const SYSTEM: AuditActor = { name: 'system' }

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

/**
 * A link that signs an account in once, audited as the act of whoever asked for it.
 *
 * @throws `user_not_found` for unknown and disabled accounts
 */
export async function createSignInLink(
  store: Store,
  accountName: string,
  actor: AuditActor = SYSTEM,
): Promise<SignInLink> {
  const account = await findAccount(store, accountName)
  if (account === null || account.disabled_at !== null) {
    throw problem('user_not_found', { detail: `There is no active user "${accountName}"` })
  }
  const link = newSecret()
  const expiresAt = new Date(Date.now() + LINK_LIFETIME_MS)
  await store.transaction(async (tx) => {
    await createTicket(tx, { hash: hashSecret(link), kind: 'sign_in', accountId: account.id, expiresAt })
    await writeAudit(tx, actor, [{ action: 'account.link', target: `account:${account.name}`, after: { expiresAt } }])
  })
  return { link, account: account.name, expiresAt }
}

function createAdmin(store: Store): Promise<{ name: string }> {
  const account = { name: 'admin', display_name: 'Administrator', role: 'admin', can_read_payloads: true } as const
  return createAccount(store, account, SYSTEM)
}
