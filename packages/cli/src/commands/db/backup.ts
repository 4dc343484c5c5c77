import { resolve } from 'node:path'
import { backup, type BackupManifest } from '@andon/store'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { withTarget } from './run.ts'
import type { DatabaseFlags } from './target.ts'

/** `andon db backup`: everything as it is at one moment, while work goes on. */
export function backUpDatabase(session: Session, file: string, flags: DatabaseFlags): Promise<ExitCode> {
  return withTarget(session, flags, async ({ name, store }) => {
    const path = resolve(session.io.cwd, file)
    const manifest = await backup(store.pool, path)
    const rows = rowsOf(manifest)
    if (session.format === 'table') session.note(`Backed up ${name}: ${rows} rows into ${path}`)
    else session.io.stdout.write(`${JSON.stringify({ file: path, rows })}\n`)
    return EXIT.ok
  })
}

/** Rows of all tables of a backup. */
export function rowsOf(manifest: BackupManifest): number {
  return manifest.tables.reduce((sum, table) => sum + table.rows, 0)
}
