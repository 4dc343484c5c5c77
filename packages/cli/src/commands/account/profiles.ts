import { readUserFile, type UserFile, writeUserFile } from '../../config/files.ts'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'

/** A profile as it is listed: without its token. */
interface ProfileRow {
  readonly is_current: boolean
  readonly is_signed_in: boolean
  readonly name: string
  readonly server: string
  readonly user: string | null
}

const ROWS: RowsSpec<ProfileRow> = {
  fields: ['is_current', 'is_signed_in', 'name', 'server', 'user'],
  columns: [
    { name: 'is_current', title: '', value: (row) => row.is_current, cell: (row) => (row.is_current ? '*' : ' ') },
    { name: 'name', title: 'PROFILE', value: (row) => row.name },
    { name: 'server', title: 'SERVER', value: (row) => row.server },
    {
      name: 'user',
      title: 'SIGNED IN AS',
      value: (row) => row.user,
      cell: (row) => (row.is_signed_in ? (row.user ?? '?') : ''),
    },
  ],
  empty: 'You are not signed in anywhere. Sign in with: andon login --server URL',
  name: (row) => row.name,
}

/** `andon profile list` */
export async function listProfiles(session: Session): Promise<ExitCode> {
  const file = await readUserFile(session.io)
  const rows = Object.entries(file.profiles).map(([name, { server, token, user }]) => ({
    is_current: name === file.profile,
    is_signed_in: token !== undefined,
    name,
    server,
    user: user ?? null,
  }))
  printRows(session, rows, ROWS)
  return EXIT.ok
}

/** `andon profile use` */
export async function chooseProfile(session: Session, name: string): Promise<ExitCode> {
  const file = await knownFile(session, name)
  await writeUserFile(session.io, { ...file, profile: name })
  session.note(`Commands go to ${file.profiles[name]?.server ?? ''} from now on.`)
  return EXIT.ok
}

/** `andon profile remove` */
export async function removeProfile(session: Session, name: string): Promise<ExitCode> {
  const file = await knownFile(session, name)
  const profiles = Object.fromEntries(Object.entries(file.profiles).filter(([known]) => known !== name))
  const isCurrent = file.profile === name
  await writeUserFile(session.io, {
    profiles,
    ...(file.profile === undefined || isCurrent ? {} : { profile: file.profile }),
  })
  session.note(`Forgot ${name}. Its token stays valid at the server until it expires; andon logout ends it.`)
  return EXIT.ok
}

async function knownFile(session: Session, name: string): Promise<UserFile> {
  const file = await readUserFile(session.io)
  if (name in file.profiles) return file
  throw new UsageError(`There is no profile "${name}".`, 'See them with: andon profile list')
}
