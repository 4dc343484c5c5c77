import { migrate, migrationStatus } from '@andon/store'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { withTarget } from './run.ts'
import type { DatabaseFlags } from './target.ts'

/** `andon db migrate` */
export function migrateDatabase(
  session: Session,
  flags: DatabaseFlags & { readonly dryRun?: boolean },
): Promise<ExitCode> {
  return withTarget(session, flags, async ({ name, store }) => {
    const before = await migrationStatus(store.pool)
    const isDry = flags.dryRun === true
    const applied = isDry ? before.pending.map((migration) => migration.version) : await migrate(store.pool)
    if (session.format === 'table') {
      for (const version of applied) {
        const migration = before.pending.find((one) => one.version === version)
        session.io.stdout.write(`${isDry ? 'would apply' : 'applied'} ${version} ${migration?.name ?? ''}\n`)
      }
      session.note(
        applied.length === 0
          ? `${name} is up to date: version ${before.databaseVersion}.`
          : `${name}: version ${before.databaseVersion} → ${isDry ? before.codeVersion : Math.max(...applied)}.`,
      )
    } else {
      session.io.stdout.write(`${JSON.stringify({ applied, is_dry_run: isDry, from: before.databaseVersion })}\n`)
    }
    return EXIT.ok
  })
}
