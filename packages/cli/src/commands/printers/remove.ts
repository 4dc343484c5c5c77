import { EXIT, type ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { confirm } from '../ask.ts'
import { eachOf } from '../each.ts'

/** `andon printers remove` */
export async function removePrinters(
  session: Session,
  names: readonly string[],
  flags: { readonly yes?: boolean },
): Promise<ExitCode> {
  if (flags.yes !== true && !(await confirm(session, `Remove ${names.join(', ')}?`, 'Say --yes if you are sure.'))) {
    return EXIT.error
  }
  const andon = await session.andon()
  return eachOf(session, names, async (name) => {
    await andon.printers.remove(name)
    session.note(`Removed ${name}.`)
  })
}
