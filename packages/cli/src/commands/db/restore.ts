import { resolve } from 'node:path'
import { migrate, restore, verifyBackup } from '@andon/store'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { confirm } from '../ask.ts'
import { rowsOf } from './backup.ts'
import { withTarget } from './run.ts'
import type { DatabaseFlags } from './target.ts'

/** `andon db restore`: all of the file or nothing. With `--yes` what the database holds is replaced. */
export function restoreDatabase(
  session: Session,
  file: string,
  flags: DatabaseFlags & { readonly yes?: boolean },
): Promise<ExitCode> {
  return withTarget(session, flags, async ({ isInUse, name, store }) => {
    if (isInUse) throw new UsageError(`${name} is in use.`, 'Stop Andon first, then restore.')
    const path = resolve(session.io.cwd, file)
    const rows = rowsOf(await verifyBackup(path))
    await migrate(store.pool)
    const isSure =
      flags.yes === true ||
      (await confirm(
        session,
        `Put ${rows} rows into ${name}, in place of what is there?`,
        'Say --yes if you are sure.',
      ))
    if (!isSure) return EXIT.error
    await restore(store.pool, path, { isReplacing: true })
    if (session.format === 'table') session.note(`Restored ${rows} rows into ${name}.`)
    else session.io.stdout.write(`${JSON.stringify({ file: path, rows })}\n`)
    return EXIT.ok
  })
}
