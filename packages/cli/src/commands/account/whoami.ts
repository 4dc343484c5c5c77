import { EXIT, type ExitCode } from '../../exit.ts'
import { printDetails } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'

/** `andon whoami` */
export async function whoami(session: Session): Promise<ExitCode> {
  const connection = await session.connection()
  const andon = await session.andon()
  const { account, permissions, version } = await andon.session.current()
  const { name, role } = account
  const { source, url } = connection
  const facts = { name, role, permissions, server: url, source, version }
  const fullName = account.display_name === name ? '' : ` (${plain(account.display_name)})`
  printDetails(session, [facts], {
    columns: (['name', 'role', 'server', 'source', 'version'] as const).map((field) => ({
      name: field,
      title: field.toUpperCase(),
      value: (one) => one[field],
    })),
    empty: '',
    name: (one) => one.name,
    lines: () => [
      `${plain(name)}${fullName}, ${role}`,
      `server   ${url}, version ${version}, from ${source}`,
      `token    ${connection.tokenSource ?? 'none'}`,
    ],
  })
  return EXIT.ok
}
