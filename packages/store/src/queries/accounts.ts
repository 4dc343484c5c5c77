import { type AccountView, type ChangeAccount, type CreateAccount, problem, type Role } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** A person or system that can sign in. */
export interface AccountRow {
  id: number
  name: string
  display_name: string
  email: string | null
  role: Role
  can_read_payloads: boolean
  /** argon2id; null until a password was chosen. Never leaves the server. */
  password_hash: string | null
  /** A provider of sign-ins knows who it is. */
  has_identity: boolean
  created_at: Date
  disabled_at: Date | null
}

/** What a credential tells of its account: all but what costs a look-up of its own. */
export type AccountFacts = Omit<AccountRow, 'has_identity'>

const LIST_ACCOUNTS = statement(
  'list_accounts',
  `select id, name, display_name, email, role, can_read_payloads, password_hash, created_at, disabled_at,
     exists (select from identity i where i.account_id = account.id) as has_identity
   from account order by name`,
)

const ACCOUNT_BY_NAME = statement(
  'account_by_name',
  `select id, name, display_name, email, role, can_read_payloads, password_hash, created_at, disabled_at,
     exists (select from identity i where i.account_id = account.id) as has_identity
   from account where name = $1`,
)

const ACCOUNT_BY_ID = statement(
  'account_by_id',
  `select id, name, display_name, email, role, can_read_payloads, password_hash, created_at, disabled_at,
     exists (select from identity i where i.account_id = account.id) as has_identity
   from account where id = $1`,
)

const CREATE_ACCOUNT = statement(
  'create_account',
  `insert into account (name, display_name, email, role, can_read_payloads) values ($1, $2, $3, $4, $5)
   on conflict (name) do nothing
   returning id, name, display_name, email, role, can_read_payloads, password_hash, created_at, disabled_at,
     exists (select from identity i where i.account_id = account.id) as has_identity`,
)

const LOCK_ACCOUNT = statement(
  'lock_account',
  `select id, name, display_name, email, role, can_read_payloads, password_hash, created_at, disabled_at,
     exists (select from identity i where i.account_id = account.id) as has_identity
   from account where name = $1 for update`,
)

const CHANGE_ACCOUNT = statement(
  'change_account',
  `update account set display_name = $2, email = $3, role = $4, can_read_payloads = $5,
     disabled_at = case when $6 then coalesce(disabled_at, now()) end
   where id = $1
   returning id, name, display_name, email, role, can_read_payloads, password_hash, created_at, disabled_at,
     exists (select from identity i where i.account_id = account.id) as has_identity`,
)

const SET_PASSWORD = statement('set_password', `update account set password_hash = $2 where id = $1`)

const END_SESSIONS_OF = statement('end_sessions_of', `delete from session where account_id = $1`)

const OTHER_ADMINS = statement(
  'other_admins',
  `select id from account where role = 'admin' and disabled_at is null and id <> $1 limit 1`,
)

/** Everybody, by name; disabled ones too. */
export function listAccounts(db: Queryable): Promise<AccountRow[]> {
  return db.query<AccountRow>(LIST_ACCOUNTS)
}

/** The account of a name; null when there is none. */
export async function findAccount(db: Queryable, name: string): Promise<AccountRow | null> {
  return firstRow(await db.query<AccountRow>(ACCOUNT_BY_NAME, [name]))
}

/** The account of an id; null when there is none. */
export async function accountById(db: Queryable, id: number): Promise<AccountRow | null> {
  return firstRow(await db.query<AccountRow>(ACCOUNT_BY_ID, [id]))
}

/** @throws name_taken */
export function createAccount(store: Store, account: CreateAccount, actor: Actor): Promise<AccountRow> {
  return store.transaction(async (tx) => {
    const row = await addAccount(tx, account, actor)
    if (row === null) throw problem('name_taken', { detail: `"${account.name}" exists already`, field: '/name' })
    return row
  })
}

/** Adds an account within a transaction; null when its name is taken. */
export async function addAccount(tx: Queryable, account: CreateAccount, actor: Actor): Promise<AccountRow | null> {
  const { name, display_name: displayName = name, email = null, role, can_read_payloads: canRead = false } = account
  const row = firstRow(await tx.query<AccountRow>(CREATE_ACCOUNT, [name, displayName, email, role, canRead]))
  if (row === null) return null
  await writeAudit(tx, actor, [{ action: 'account.create', target: `account:${name}`, after: auditOf(row) }])
  return row
}

/**
 * Changes an account; a disabled one is signed out everywhere, and every server ends its streams.
 *
 * @throws user_not_found; last_administrator when nobody would be left who is an administrator
 */
export async function changeAccount(
  store: Store,
  name: string,
  change: ChangeAccount,
  actor: Actor,
): Promise<AccountRow> {
  const changed = await store.transaction(async (tx) => {
    const [before] = await tx.query<AccountRow>(LOCK_ACCOUNT, [name])
    if (before === undefined) throw problem('user_not_found', { detail: `There is no user "${name}"` })
    const role = change.role ?? before.role
    const isDisabled = change.is_disabled ?? before.disabled_at !== null
    if (before.role === 'admin' && (role !== 'admin' || isDisabled)) await requireOtherAdmin(tx, before.id)
    return writeChange(tx, before, { change, actor })
  })
  store.notifier.rights()
  return changed
}

/** Writes a change within a transaction, whoever may then be left to be an administrator. */
export async function writeChange(
  tx: Queryable,
  before: AccountRow,
  { change, actor }: { readonly change: ChangeAccount; readonly actor: Actor },
): Promise<AccountRow> {
  const isDisabled = change.is_disabled ?? before.disabled_at !== null
  const changed = [
    before.id,
    change.display_name ?? before.display_name,
    change.email === undefined ? before.email : change.email,
    change.role ?? before.role,
    change.can_read_payloads ?? before.can_read_payloads,
    isDisabled,
  ]
  const after = onlyRow(await tx.query<AccountRow>(CHANGE_ACCOUNT, changed))
  if (isDisabled) await tx.query(END_SESSIONS_OF, [before.id])
  await writeAudit(tx, actor, [
    { action: 'account.change', target: `account:${before.name}`, before: auditOf(before), after: auditOf(after) },
  ])
  return after
}

/** Sets the hash of a new password and signs the account out everywhere; a new session is for the caller to make. */
export async function setPassword(
  store: Store,
  account: AccountRow,
  passwordHash: string,
  actor: Actor,
): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query(SET_PASSWORD, [account.id, passwordHash])
    await tx.query(END_SESSIONS_OF, [account.id])
    await writeAudit(tx, actor, [{ action: 'account.password', target: `account:${account.name}` }])
  })
  store.notifier.rights()
}

/** An account as it is shown: without its hash. */
export function toAccountView(row: AccountRow): AccountView {
  return {
    id: row.id,
    name: row.name,
    display_name: row.display_name,
    email: row.email,
    role: row.role,
    can_read_payloads: row.can_read_payloads,
    has_password: row.password_hash !== null,
    has_identity: row.has_identity,
    created_at: row.created_at.toISOString(),
    disabled_at: row.disabled_at?.toISOString() ?? null,
  }
}

async function requireOtherAdmin(tx: Queryable, id: number): Promise<void> {
  const others = await tx.query(OTHER_ADMINS, [id])
  if (others.length === 0) throw problem('last_administrator')
}

function auditOf(row: AccountRow) {
  const { display_name, email, role, can_read_payloads, disabled_at } = row
  return { display_name, email, role, can_read_payloads, is_disabled: disabled_at !== null }
}
