import type { Command } from 'commander'
import type { DatabaseFlags } from '../commands/db/target.ts'
import type { Runner } from '../runner.ts'

const DATA = ['--data <folder>', 'folder of the embedded database; ANDON_DATA or ./data otherwise'] as const

/** `andon db …`: straight at the database of DATABASE_URL, or the embedded one of the data folder. */
export function addDatabase(program: Command, run: Runner): void {
  const db = program.command('db').description('bring the database up to date, look it over, back it up')
  db.command('migrate')
    .description('bring the schema up to date')
    .option(...DATA)
    .option('--dry-run', 'only say what would be applied')
    .action(
      run(async (session, flags: DatabaseFlags & { readonly dryRun?: boolean }) =>
        (await import('../commands/db/migrate.ts')).migrateDatabase(session, flags),
      ),
    )
  db.command('doctor')
    .description('look for what could be wrong, and say what to do')
    .option(...DATA)
    .action(
      run(async (session, flags: DatabaseFlags) =>
        (await import('../commands/db/doctor.ts')).examineDatabase(session, flags),
      ),
    )
  db.command('backup')
    .description('write everything into one file, while the server runs or not')
    .argument('<file>', 'such as andon.backup')
    .option(...DATA)
    .action(
      run(async (session, file: string, flags: DatabaseFlags) =>
        (await import('../commands/db/backup.ts')).backUpDatabase(session, file, flags),
      ),
    )
  db.command('restore')
    .description('read a backup into an empty database')
    .argument('<file>')
    .option(...DATA)
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (session, file: string, flags: DatabaseFlags & { readonly yes?: boolean }) =>
        (await import('../commands/db/restore.ts')).restoreDatabase(session, file, flags),
      ),
    )
}
