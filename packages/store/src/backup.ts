import { open, rename, rm } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Pool, PoolClient } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { BackupHeader, BackupManifest, BackupTable, TableSum } from './backup-file.ts'
import { BACKUP_FORMAT_VERSION, encodeFrame, TableCounter } from './backup-file.ts'
import { withConnection } from './connection.ts'
import { onlyRow } from './rows.ts'
import { quoted, quotedColumns, readMigrationSums, readSequences, readTables } from './backup-tables.ts'

/**
 * Writes the whole database as it is at one moment into one compressed file, while work goes on. The file appears
 * under its name only when it is complete and on the disk; it is readable by its owner alone, since it holds what
 * the database holds. Needs as much memory as a few rows.
 */
export async function backup(pool: Pool, path: string): Promise<BackupManifest> {
  const partial = `${path}.partial-${process.pid}`
  try {
    const manifest = await withConnection(pool, (client) => write(client, partial))
    await rename(partial, path)
    await syncDirectory(dirname(path))
    return manifest
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw error
  }
}

async function write(client: PoolClient, path: string): Promise<BackupManifest> {
  await client.query('begin isolation level repeatable read, read only')
  await client.query(COPY_FORM)
  const writer = new BackupWriter(client)
  await pipeline(
    Readable.from(writer.frames(), { objectMode: false }),
    createGzip({ level: 4 }),
    createWriteStream(path, { flags: 'w', flush: true, mode: 0o600 }),
  )
  await client.query('commit')
  return writer.manifest()
}

/**
 * How values are written, the same for backup and restore whatever the servers' settings are. A slow disk may keep
 * the transaction waiting, so its time limits are off.
 */
export const COPY_FORM = `
  set local client_encoding = 'UTF8';
  set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres';
  set local extra_float_digits = 1;
  set local bytea_output = 'hex';
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0`

class BackupWriter {
  readonly #client: PoolClient
  #manifest: BackupManifest | undefined

  constructor(client: PoolClient) {
    this.#client = client
  }

  manifest(): BackupManifest {
    if (!this.#manifest) throw new Error('the backup is not written')
    return this.#manifest
  }

  async *frames(): AsyncGenerator<Buffer> {
    const header = await this.#header()
    const sums: TableSum[] = []
    yield encodeFrame({ header, kind: 'header' })
    for (const table of header.tables) {
      yield encodeFrame({ kind: 'table', table: { name: table.name, schema: table.schema } })
      const counter = new TableCounter()
      for await (const data of this.#rowsOf(table)) {
        counter.add(data)
        yield encodeFrame({ data, kind: 'data' })
      }
      const sum = counter.sum()
      sums.push(sum)
      yield encodeFrame({ kind: 'table-end', sum })
    }
    const sequences = await readSequences(this.#client)
    yield encodeFrame({ kind: 'end', sequences })
    this.#manifest = { header, sequences, tables: sums }
  }

  async #header(): Promise<BackupHeader> {
    const { rows } = await this.#client.query<{ version: string }>(
      `select current_setting('server_version') as version`,
    )
    return {
      createdAt: new Date().toISOString(),
      format: 'andon-backup',
      formatVersion: BACKUP_FORMAT_VERSION,
      migrations: await readMigrationSums(this.#client),
      postgresVersion: onlyRow(rows).version.replace(/ .*$/, ''),
      tables: await readTables(this.#client),
    }
  }

  #rowsOf(table: BackupTable): AsyncIterable<Buffer> {
    const columns = quotedColumns(this.#client, table.columns)
    // A select, because COPY by name reads nothing from a partitioned table.
    return this.#client.query(copyTo(`copy (select ${columns} from ${quoted(this.#client, table)}) to stdout`))
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
