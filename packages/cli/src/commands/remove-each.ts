import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Session } from '../session.ts'
import { confirm } from './ask.ts'
import { eachOf } from './each.ts'

/** What is to go. */
export interface Removal {
  readonly names: readonly string[]
  readonly flags: {
    /** It was said beforehand that they may go. */
    readonly yes?: boolean
  }
  /** Said with each that is gone; default nothing more. */
  readonly stays?: string
}

/** Removes each of the named things, after asking whether they may go. */
export async function removeEach(
  session: Session,
  { flags, names, stays }: Removal,
  remove: (andon: Andon, name: string) => Promise<void>,
): Promise<ExitCode> {
  if (flags.yes !== true && !(await confirm(session, `Remove ${names.join(', ')}?`, 'Say --yes if you are sure.'))) {
    return EXIT.error
  }
  const andon = await session.andon()
  return eachOf(session, names, async (name) => {
    await remove(andon, name)
    session.note([`Removed ${name}.`, stays].filter(Boolean).join(' '))
  })
}
