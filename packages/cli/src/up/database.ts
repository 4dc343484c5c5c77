import { join } from 'node:path'
import { migrate, openStore, type Store } from '@andon/store'
import { type EmbeddedEvent, type EmbeddedPostgres, startEmbeddedPostgres } from '@andon/store/embedded'
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

/** Starts or reaches the database, brings its schema up to date and opens the store. */
export async function openDatabase(settings: UpSettings, log: Logger): Promise<Database> {
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
