import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf, messageOf } from '@andon/core'
import type { Pool, PoolClient } from 'pg'
import { withConnection } from './connection.ts'

/** One migration as its file says. */
interface Migration {
  /** SHA-256 of the file's text, hexadecimal; an applied migration never changes. */
  checksum: string
  name: string
  sql: string
  version: number
}

/** How far a database is. */
export interface MigrationStatus {
  /** The newest version in the database; 0 when it is empty. */
  databaseVersion: number
  /** Known to the code, not yet in the database, in order. */
  pending: readonly { name: string; version: number }[]
  /** The newest version the code knows; 0 when there are no migrations. */
  codeVersion: number
}

export type MigrationErrorCode = 'database_newer' | 'migration_changed' | 'migration_failed' | 'migrations_invalid'

/** A database that this code must not touch, or a migration that failed. Nothing of a failed one stays. */
export class MigrationError extends Error {
  readonly code: MigrationErrorCode

  constructor(code: MigrationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MigrationError'
    this.code = code
  }
}

/** Where migrations are looked for; the store's own by default. */
export interface MigrateOptions {
  dir?: string
}

const OWN_DIR = fileURLToPath(new URL('../migrations/', import.meta.url))
const UNIQUE_VIOLATION = '23505'
const DUPLICATE_OBJECT = '42710'
const DUPLICATE_TABLE = '42P07'
const UNDEFINED_TABLE = '42P01'

/**
 * Brings a database to the newest version, each migration in a transaction of its own, and returns the versions that
 * this call applied. Several processes may do it at once: each version is applied once.
 */
export async function migrate(pool: Pool, options: MigrateOptions = {}): Promise<number[]> {
  const migrations = await readMigrations(options.dir ?? OWN_DIR)
  return withConnection(pool, async (client) => {
    await ensureVersionTable(client)
    const applied: number[] = []
    for (const migration of await pendingOf(client, migrations)) {
      if (await applyOnce(client, migration)) applied.push(migration.version)
    }
    // What a faster process applied is looked at as well: it may come from other files.
    await pendingOf(client, migrations)
    return applied
  })
}

/** Compares a database with the code and changes nothing; a database without versions counts as empty. */
export async function migrationStatus(pool: Pool, options: MigrateOptions = {}): Promise<MigrationStatus> {
  const migrations = await readMigrations(options.dir ?? OWN_DIR)
  const applied = await readApplied(pool).catch((error: unknown) => {
    if (codeOf(error) === UNDEFINED_TABLE) return []
    throw error
  })
  const databaseVersion = Math.max(0, ...applied.map((row) => row.version))
  const known = new Set(applied.map((row) => row.version))
  return {
    codeVersion: Math.max(0, ...migrations.map((migration) => migration.version)),
    databaseVersion,
    pending: migrations
      .filter((migration) => !known.has(migration.version))
      .map(({ name, version }) => ({ name, version })),
  }
}

/** The migrations of a folder, `NNNN_name.sql`, by version. Other files that end in `.sql` are refused. */
async function readMigrations(dir: string): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).toSorted()
  const migrations: Migration[] = []
  for (const [index, file] of names.entries()) {
    const match = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)
    if (!match) throw new MigrationError('migrations_invalid', `${file} is not named NNNN_name.sql.`)
    const version = Number(match[1])
    if (version !== index + 1) {
      throw new MigrationError(
        'migrations_invalid',
        `${file} should have the number ${index + 1}: none may be missing or twice.`,
      )
    }
    const sql = await readFile(join(dir, file), 'utf8')
    const checksum = createHash('sha256').update(sql).digest('hex')
    migrations.push({ checksum, name: file.slice('0000_'.length, -'.sql'.length), sql, version })
  }
  return migrations
}

async function ensureVersionTable(client: PoolClient): Promise<void> {
  try {
    await client.query(`
      create table if not exists public.schema_migration (
        version integer primary key check (version > 0),
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default clock_timestamp()
      )`)
  } catch (error) {
    // "if not exists" looks before it locks: of several at once one makes it and the others end here. Which of the
    // three they see (the table, its row type or a key of the catalogue) depends on how far the faster one was.
    if (![UNIQUE_VIOLATION, DUPLICATE_OBJECT, DUPLICATE_TABLE].includes(codeOf(error))) throw error
  }
}

async function pendingOf(client: PoolClient, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await readApplied(client)
  const newest = Math.max(0, ...migrations.map(({ version }) => version))
  for (const row of applied) {
    const migration = migrations.find((candidate) => candidate.version === row.version)
    if (!migration) {
      throw new MigrationError(
        'database_newer',
        `The database is at version ${row.version}, and this Andon knows versions up to ${newest}: it was used by a newer Andon. Start that one, or restore a backup into a new database.`,
      )
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        'migration_changed',
        `Migration ${row.version} (${row.name}) was applied with another content than the file has now. A migration never changes: add a new one.`,
      )
    }
  }
  const known = new Set(applied.map((row) => row.version))
  return migrations.filter((migration) => !known.has(migration.version))
}

async function readApplied(client: Pool | PoolClient): Promise<{ checksum: string; name: string; version: number }[]> {
  const { rows } = await client.query<{ checksum: string; name: string; version: number }>(
    'select version, name, checksum from public.schema_migration order by version',
  )
  return rows
}

/** Applies one migration unless another process does; false when that one was faster. */
async function applyOnce(client: PoolClient, migration: Migration): Promise<boolean> {
  await client.query('begin')
  // A migration, and waiting for another process's, may take longer than a statement of a running shop.
  await client.query('set local statement_timeout = 0')
  try {
    // The row comes first: a second process waits here for the first one's transaction and then sees the key taken.
    await client.query('insert into public.schema_migration (version, name, checksum) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ])
  } catch (error) {
    await client.query('rollback')
    if (codeOf(error) === UNIQUE_VIOLATION) return false
    throw error
  }
  try {
    await client.query(migration.sql)
    await client.query('commit')
    return true
  } catch (cause) {
    await client.query('rollback').catch(() => {})
    const said = messageOf(cause)
    throw new MigrationError('migration_failed', `Migration ${migration.version} (${migration.name}) failed: ${said}`, {
      cause,
    })
  }
}
