import { EXIT, type ExitCode } from '../../exit.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'

/** `andon whoami` */
export async function whoami(session: Session): Promise<ExitCode> {
  const connection = await session.connection()
  const andon = await session.andon()
  const { account, permissions, version } = await andon.session.current()
  if (session.format === 'name') session.io.stdout.write(`${account.name}\n`)
  else if (session.format === 'table') {
    const lines = [
      `${plain(account.name)}${account.display_name === account.name ? '' : ` (${plain(account.display_name)})`}, ${account.role}`,
      `server   ${connection.url}, version ${version}, from ${connection.source}`,
      `token    ${connection.tokenSource ?? 'none'}`,
    ]
    session.io.stdout.write(`${lines.join('\n')}\n`)
  } else {
    const { source, url } = connection
    const facts = { name: account.name, role: account.role, permissions, server: url, source, version }
    session.io.stdout.write(`${JSON.stringify(facts, null, session.format === 'json' ? 2 : undefined)}\n`)
  }
  return EXIT.ok
}
