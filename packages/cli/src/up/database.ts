import { join } from 'node:path'
import { type ErrorCode, problem } from '@andon/core'
import { migrate, MigrationError, openStore, type Store } from '@andon/store'
import {
  type EmbeddedErrorCode,
  type EmbeddedEvent,
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '@andon/store/embedded'
import type { Logger } from 'pino'
import type { UpSettings } from './settings.ts'

/** The open database of this process, migrated. */
export interface Database extends AsyncDisposable {
  readonly store: Store
  /** Null when `DATABASE_URL` names a server. */
  readonly embedded: EmbeddedPostgres | null
  /** Space on the disk of the embedded database is running out. */
  readonly isDiskLow: () => boolean
}

/**
 * Starts or reaches the database, brings its schema up to date and opens the store.
 *
 * @throws embedded_in_use, embedded_unsupported, embedded_failed, database_newer, migration_failed,
 *   database_unavailable
 */
export async function openDatabase(settings: UpSettings, log: Logger): Promise<Database> {
  try {
    return await open(settings, log)
  } catch (error) {
    throw inCatalogue(error)
  }
}

async function open(settings: UpSettings, log: Logger): Promise<Database> {
  let isDiskLow = false
  const onEvent = (event: EmbeddedEvent): void => {
    if (event.kind === 'disk_low') isDiskLow = true
    if (event.kind === 'disk_ok') isDiskLow = false
    log.warn({ event }, `the embedded PostgreSQL: ${event.kind}`)
  }
  const embedded = settings.databaseUrl ? null : await startEmbedded(settings, log, onEvent)
  const connection = settings.databaseUrl ?? embedded?.connectionString ?? ''
  try {
    const store = await openStore({ connection, log, maxConnections: 12 })
    await migrate(store.pool)
    return { store, embedded, isDiskLow: () => isDiskLow, [Symbol.asyncDispose]: () => close(store, embedded) }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

function startEmbedded(
  settings: UpSettings,
  log: Logger,
  onEvent: (event: EmbeddedEvent) => void,
): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(settings.dataDir, 'postgres'),
    log: (message) => log.info(message),
    onEvent,
    systemBinaries: settings.usesSystemPostgres,
  })
}

async function close(store: Store, embedded: EmbeddedPostgres | null): Promise<void> {
  await store.close()
  await embedded?.stop()
}

const EMBEDDED_CODES: Partial<Record<EmbeddedErrorCode, ErrorCode>> = {
  binaries_missing: 'embedded_unsupported',
  binaries_unusable: 'embedded_unsupported',
  data_folder_in_use: 'embedded_in_use',
  platform_unsupported: 'embedded_unsupported',
  root_refused: 'embedded_unsupported',
}

/** The store's own errors at start, as errors that a person at the terminal reads like all others. */
function inCatalogue(error: unknown): unknown {
  const facts = (cause: Error): { detail: string; cause: Error } => ({ detail: cause.message, cause })
  if (error instanceof EmbeddedPostgresError)
    return problem(EMBEDDED_CODES[error.code] ?? 'embedded_failed', facts(error))
  if (error instanceof MigrationError) {
    return problem(error.code === 'database_newer' ? 'database_newer' : 'migration_failed', facts(error))
  }
  return error
}
