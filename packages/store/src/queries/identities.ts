import { problem, type Role } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { accountById, type AccountRow, addAccount, writeChange } from './accounts.ts'

/** Who a provider of sign-ins says that somebody is. */
export interface Identity {
  /** Of the provider, as it calls itself. */
  readonly issuer: string
  /** What the provider calls the person, for good. */
  readonly subject: string
}

/** Somebody whom a provider has just vouched for. */
export interface ProvidedPerson extends Identity {
  /** What a new account is called, as far as that is free; otherwise with a number behind it. */
  readonly name: string
  readonly displayName: string
  /** Only one that the provider has checked. */
  readonly email: string | null
  /** Null: the provider gives them none, and they get no account. */
  readonly role: Role | null
  /** Whether they get an account when they come for the first time. */
  readonly mayMakeAccount: boolean
  /** The role of an account that was made for an identity becomes `role` at each sign-in. */
  readonly isRoleProvided: boolean
}

interface IdentityRow {
  account_id: number
  made_account: boolean
}

/** Two first sign-ins of one person at once make one account. */
const LOCK_IDENTITY = statement('lock_identity', `select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 9))`)

const USE_IDENTITY = statement(
  'use_identity',
  `update identity set last_used_at = now() where issuer = $1 and subject = $2 returning account_id, made_account`,
)

const ADD_IDENTITY = statement(
  'add_identity',
  `insert into identity (issuer, subject, account_id, made_account) values ($1, $2, $3, $4)`,
)

const REMOVE_IDENTITIES = statement(
  'remove_identities',
  `delete from identity where account_id = $1 returning issuer, subject`,
)

/**
 * The account of somebody whom a provider vouches for. Who comes for the first time may get one; null when they do not,
 * or when the provider gives them no role any longer.
 *
 * @throws account_disabled
 */
export async function accountOfIdentity(
  store: Store,
  person: ProvidedPerson,
  actor: Actor,
): Promise<AccountRow | null> {
  const found = await store.transaction(async (tx) => {
    const known = await lockIdentity(tx, person)
    if (known === null) return makeAccount(tx, person, actor)
    const account = await accountById(tx, known.account_id)
    if (account === null || account.disabled_at !== null) throw problem('account_disabled')
    if (!known.made_account || !person.isRoleProvided) return account
    if (person.role === null) return null
    if (person.role === account.role) return account
    return writeChange(tx, account, { change: { role: person.role }, actor })
  })
  store.notifier.rights()
  return found
}

/**
 * Lets an account be signed in to by an identity from then on; its role stays its own.
 *
 * @throws identity_taken when the identity is another account's
 */
export function connectIdentity(
  store: Store,
  { identity, account }: { readonly identity: Identity; readonly account: AccountRow },
  actor: Actor,
): Promise<void> {
  return store.transaction(async (tx) => {
    const known = await lockIdentity(tx, identity)
    if (known?.account_id === account.id) return
    if (known !== null) throw problem('identity_taken')
    await tx.query(ADD_IDENTITY, [identity.issuer, identity.subject, account.id, false])
    const after = { issuer: identity.issuer, subject: identity.subject }
    await writeAudit(tx, actor, [{ action: 'account.connect', target: `account:${account.name}`, after }])
  })
}

/** Takes all its identities from an account: none signs in to it any longer. */
export function disconnectIdentities(store: Store, account: AccountRow, actor: Actor): Promise<void> {
  return store.transaction(async (tx) => {
    const removed = await tx.query<Identity>(REMOVE_IDENTITIES, [account.id])
    const target = `account:${account.name}`
    await writeAudit(
      tx,
      actor,
      removed.map((before) => ({ action: 'account.disconnect', target, before })),
    )
  })
}

async function lockIdentity(tx: Queryable, { issuer, subject }: Identity): Promise<IdentityRow | null> {
  await tx.query(LOCK_IDENTITY, [issuer, subject])
  return firstRow(await tx.query<IdentityRow>(USE_IDENTITY, [issuer, subject]))
}

async function makeAccount(tx: Queryable, person: ProvidedPerson, actor: Actor): Promise<AccountRow | null> {
  const { issuer, subject, displayName, email, role } = person
  if (role === null || !person.mayMakeAccount) return null
  const parts = { display_name: displayName, role, ...(email === null ? {} : { email }) }
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? person.name : `${person.name}-${number}`
    const account = await addAccount(tx, { name, ...parts }, actor)
    if (account === null) continue
    await tx.query(ADD_IDENTITY, [issuer, subject, account.id, true])
    return { ...account, has_identity: true }
  }
}
