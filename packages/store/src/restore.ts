import { pipeline } from 'node:stream/promises'
import { codeOf, messageOf } from '@andon/core'
import type { Pool, PoolClient } from 'pg'
import type { CopyStreamQuery } from 'pg-copy-streams'
import { from as copyFrom } from 'pg-copy-streams'
import type { BackupFrame, BackupManifest, BackupTable } from './backup-file.ts'
import { BackupError, readFrames, verifyBackup } from './backup-file.ts'
import { COPY_FORM } from './backup.ts'
import { withConnection } from './connection.ts'
import { quoted, quotedColumns, readMigrationSums, readTables } from './backup-tables.ts'
import { onlyRow } from './rows.ts'

/** How a restore treats what it finds. */
export interface RestoreOptions {
  /** Delete all that the database holds. Without it a database that was used is refused. */
  isReplacing?: boolean
}

/**
 * Puts a backup into a migrated database, in one transaction: all of it or nothing. The file is read through and
 * checked first. Throws BackupError: `backup_corrupt`, `backup_version` when the database has not exactly the
 * backup's migrations, `database_not_empty`, `restore_failed`. Nobody else should use the database meanwhile.
 */
export async function restore(pool: Pool, path: string, options: RestoreOptions = {}): Promise<BackupManifest> {
  const manifest = await verifyBackup(path)
  try {
    await withConnection(pool, (client) => restoreAll(client, { isReplacing: false, ...options, manifest, path }))
    return manifest
  } catch (cause) {
    if (cause instanceof BackupError) throw cause
    const said = messageOf(cause)
    throw new BackupError('restore_failed', `The backup ${path} was not restored, nothing was changed: ${said}`, {
      cause,
    })
  }
}

interface RestoreWork extends Required<RestoreOptions> {
  manifest: BackupManifest
  path: string
}

async function restoreAll(client: PoolClient, { isReplacing, manifest, path }: RestoreWork): Promise<void> {
  await client.query('begin')
  await client.query(COPY_FORM)
  await refuseOtherVersion(client, manifest)
  const present = await readTables(client)
  if (!isReplacing) await refuseUsed(client, present)
  const undoing = await silenceTriggers(client, present)
  await emptyTables(client, present)
  await makeMissingTables(client, manifest, present)
  await copyRows(client, path, manifest)
  await setSequences(client, manifest)
  for (const statement of undoing) await client.query(statement)
  await client.query('commit')
}

async function refuseOtherVersion(client: PoolClient, manifest: BackupManifest): Promise<void> {
  const [theirs, ours] = [manifest.header.migrations, await readMigrationSums(client)]
  const isSame =
    theirs.length === ours.length && theirs.every((migration, index) => migration.checksum === ours[index]?.checksum)
  if (isSame) return
  throw new BackupError(
    'backup_version',
    `The backup is of a database at version ${versionOf(theirs)}, and this one is at version ${versionOf(ours)} or has other migrations. Restore it with the Andon release that wrote it, then upgrade.`,
  )
}

/** Rows that migrations put in carry their transaction's number; any other row was written by use. */
async function refuseUsed(client: PoolClient, tables: readonly BackupTable[]): Promise<void> {
  for (const table of tables) {
    const { rowCount } = await client.query(
      `select from ${quoted(client, table)}
       where xmin::text not in (select m.xmin::text from public.schema_migration m) limit 1`,
    )
    if (rowCount) {
      throw new BackupError(
        'database_not_empty',
        `The database is in use: ${table.schema}.${table.name} has rows. Restore into a new database, or say that all of this one shall be replaced.`,
      )
    }
  }
}

/**
 * Keeps triggers from acting on rows that already went through them, and foreign keys from being checked row by row.
 * A role that may not set this switches its tables' own triggers off; returns the statements that undo it.
 */
async function silenceTriggers(client: PoolClient, tables: readonly BackupTable[]): Promise<string[]> {
  await client.query('savepoint triggers')
  try {
    await client.query('set local session_replication_role = replica')
    return []
  } catch (error) {
    if (codeOf(error) !== '42501') throw error
    await client.query('rollback to savepoint triggers')
  }
  for (const table of tables) await client.query(`alter table ${quoted(client, table)} disable trigger user`)
  return tables.map((table) => `alter table ${quoted(client, table)} enable trigger user`)
}

async function emptyTables(client: PoolClient, tables: readonly BackupTable[]): Promise<void> {
  await client.query(`truncate ${tables.map((table) => quoted(client, table)).join(', ')} cascade`)
}

/** Of a database without migrations 0. */
function versionOf(migrations: readonly { readonly version: number }[]): number {
  return Math.max(0, ...migrations.map(({ version }) => version))
}

/** Partitions and taken-out partitions come and go with time, so a fresh database has others than the backup. */
async function makeMissingTables(
  client: PoolClient,
  manifest: BackupManifest,
  present: readonly BackupTable[],
): Promise<void> {
  const known = new Set(
    present.flatMap((table) => [table, ...table.partitions]).map((table) => `${table.schema}.${table.name}`),
  )
  for (const table of manifest.header.tables) {
    const isKnown = known.has(`${table.schema}.${table.name}`)
    if (!isKnown && table.like) {
      await client.query(`create table ${quoted(client, table)} (like ${quoted(client, table.like)} including all)`)
    }
    for (const partition of table.partitions) {
      if (known.has(`${partition.schema}.${partition.name}`)) continue
      await makePartition(client, `${quoted(client, partition)} partition of ${quoted(client, table)}`, partition.bound)
    }
  }
}

async function makePartition(client: PoolClient, what: string, bound: string): Promise<void> {
  if (!isPartitionBound(bound)) throw new BackupError('backup_corrupt', `No bound of a partition: ${bound}`)
  await client.query('savepoint partition')
  try {
    await client.query(`create table ${what} ${bound}`)
  } catch (error) {
    // It overlaps a partition of the database, which then takes the rows.
    if (codeOf(error) !== '42P17') throw error
    await client.query('rollback to savepoint partition')
  }
}

const LITERAL = String.raw`(?:'(?:[^'\\]|'')*'|-?\d+(?:\.\d+)?|true|false|MINVALUE|MAXVALUE|NULL)`
const LITERALS = String.raw`\(${LITERAL}(?:, ${LITERAL})*\)`
const BOUND = new RegExp(
  String.raw`^(?:DEFAULT|FOR VALUES (?:FROM ${LITERALS} TO ${LITERALS}|IN ${LITERALS}|WITH \(modulus \d+, remainder \d+\)))$`,
)

/** Whether a text from a backup is a partition's bound and nothing else: it becomes part of a statement. */
export function isPartitionBound(text: string): boolean {
  return BOUND.test(text)
}

async function copyRows(client: PoolClient, path: string, manifest: BackupManifest): Promise<void> {
  const frames = readFrames(path)
  let index = 0
  for await (const frame of frames) {
    if (frame.kind !== 'table') continue
    const copy = openCopy(client, onlyRow(manifest.header.tables.slice(index)))
    await pipeline(dataUpToTableEnd(frames), copy)
    const wanted = manifest.tables[index]?.rows
    if (copy.rowCount !== wanted) {
      throw new BackupError('restore_failed', `${copy.rowCount} rows of ${wanted} arrived.`)
    }
    index++
  }
}

async function* dataUpToTableEnd(frames: AsyncGenerator<BackupFrame>): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await frames.next()
    if (next.done || next.value.kind !== 'data') return
    yield next.value.data
  }
}

function openCopy(client: PoolClient, table: BackupTable): CopyStreamQuery {
  const columns = quotedColumns(client, table.columns)
  return client.query(copyFrom(`copy ${quoted(client, table)} (${columns}) from stdin`))
}

async function setSequences(client: PoolClient, manifest: BackupManifest): Promise<void> {
  for (const sequence of manifest.sequences) {
    const { isCalled, lastValue } = sequence
    await client.query('select setval($1::text::regclass, $2::bigint, $3)', [
      quoted(client, sequence),
      lastValue,
      isCalled,
    ])
  }
}
