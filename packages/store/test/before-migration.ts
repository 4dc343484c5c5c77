import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyDatabase } from '@andon/testing'
import { migrate } from '../src/index.ts'

const MIGRATIONS = join(import.meta.dirname, '../migrations')

/**
 * A database as it was before a migration.
 *
 * @param suffix of the migration's file; its number may change until it is released
 */
export async function databaseBefore(suffix: string): ReturnType<typeof emptyDatabase> {
  const database = await emptyDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'andon-before-'))
  const names = (await readdir(MIGRATIONS)).toSorted()
  const before = names.slice(
    0,
    names.findIndex((name) => name.endsWith(suffix)),
  )
  for (const name of before) await copyFile(join(MIGRATIONS, name), join(dir, name))
  await migrate(database.pool, { dir })
  await rm(dir, { recursive: true, force: true })
  return database
}
