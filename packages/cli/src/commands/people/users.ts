import { type AccountView, ROLES, type Role } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printDetails, printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'

/** Flags of `users add`. */
export interface UserFlags {
  readonly displayName?: string
  readonly email?: string
  readonly payloads?: boolean
  readonly role: string
}

const ROWS: RowsSpec<AccountView> = {
  fields: FIELDS.AccountView,
  columns: [
    { name: 'name', title: 'NAME', value: (account) => account.name },
    { name: 'display_name', title: 'FULL NAME', shrink: 8, value: (account) => account.display_name },
    { name: 'role', title: 'ROLE', value: (account) => account.role },
    {
      name: 'status',
      title: 'STATUS',
      value: statusWord,
      paint: (text, account, look) => look.paint(account.disabled_at === null ? 'green' : 'gray', text),
    },
    { name: 'email', title: 'EMAIL', drop: 1, value: (account) => account.email },
    {
      name: 'created_at',
      title: 'CREATED',
      drop: 2,
      value: (account) => account.created_at,
      cell: (account, look) => look.time(account.created_at),
    },
  ],
  empty: 'Nobody can sign in.',
  name: (account) => account.name,
}

/** `andon users list` */
export async function listUsers(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.users.list(), ROWS)
  return EXIT.ok
}

/** `andon users add`: the link for the first visit is what goes to stdout. */
export async function addUser(session: Session, name: string, flags: UserFlags): Promise<ExitCode> {
  const role = roleOf(flags.role)
  const andon = await session.andon()
  await andon.users.create({
    name,
    role,
    ...(flags.displayName === undefined ? {} : { display_name: flags.displayName }),
    ...(flags.email === undefined ? {} : { email: flags.email }),
    ...(flags.payloads === true ? { can_read_payloads: true } : {}),
  })
  session.note(`Added ${name}.`)
  return linkUser(session, name)
}

/** `andon users link` */
export async function linkUser(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  const { expires_at: expiresAt, link } = await andon.users.link(name)
  const address = `${andon.url}/sign-in?link=${link}`
  printDetails(session, [{ account: name, expires_at: expiresAt, link: address }], {
    columns: [
      { name: 'account', title: 'NAME', value: (made) => made.account },
      { name: 'link', title: 'LINK', value: (made) => made.link },
      { name: 'expires_at', title: 'EXPIRES', value: (made) => made.expires_at },
    ],
    empty: '',
    name: (made) => made.link,
    lines: (made) => [made.link],
  })
  session.note(`It signs ${name} in once, until ${expiresAt}. Give it to nobody else.`)
  return EXIT.ok
}

/** `andon users role` */
export async function setRole(session: Session, name: string, written: string): Promise<ExitCode> {
  const role = roleOf(written)
  const andon = await session.andon()
  printRows(session, [await andon.users.change(name, { role })], ROWS)
  return EXIT.ok
}

/** `andon users disable` and `enable` */
export async function setDisabled(
  session: Session,
  names: readonly string[],
  { isDisabled }: { readonly isDisabled: boolean },
): Promise<ExitCode> {
  const andon = await session.andon()
  const accounts: AccountView[] = []
  const failure = await eachOf(
    session,
    names,
    async (name) => void accounts.push(await andon.users.change(name, { is_disabled: isDisabled })),
  )
  printRows(session, accounts, { ...ROWS, empty: '' })
  return failure
}

function statusWord(account: AccountView): string {
  if (account.disabled_at !== null) return 'disabled'
  return account.has_password || account.has_identity ? 'active' : 'not yet signed in'
}

function roleOf(written: string): Role {
  const role = ROLES.find((known) => known === written)
  if (role === undefined) throw new UsageError(`There is no role "${written}".`, `Choose from: ${ROLES.join(', ')}`)
  return role
}
