import { join, resolve } from 'node:path'
import { codeOf, isProblem, problem } from '@andon/core/base'
import { openStore, type Store } from '@andon/store'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '@andon/store/embedded'
import { UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'

/** Flags of every `db` command. */
export interface DatabaseFlags {
  readonly data?: string
}

/** The database that a `db` command is about, open. */
export interface Target extends AsyncDisposable {
  /** What it is, in words, without a password. */
  readonly name: string
  /** Whether it is the embedded one, run by another process. */
  readonly isInUse: boolean
  readonly store: Store
}

/** Folder of the embedded database in the data folder, as `andon up` lays it out. */
const EMBEDDED_FOLDER = 'postgres'

/**
 * Opens the database of DATABASE_URL, or the embedded one of the data folder: that of a running Andon through its
 * socket, otherwise it is started for as long as the command runs.
 */
export async function openTarget(session: Session, flags: DatabaseFlags): Promise<Target> {
  const { databaseUrl } = session.io.env
  if (databaseUrl !== undefined && flags.data === undefined) {
    return targetOf(await openAt(databaseUrl), { name: nameOf(databaseUrl), isInUse: false })
  }
  const folder = join(resolve(session.io.cwd, flags.data ?? session.io.env.dataDir ?? 'data'), EMBEDDED_FOLDER)
  const running = await findEmbeddedPostgres(folder)
  if (running !== null) {
    return targetOf(await openAt({ ...running }), { name: `the embedded database in ${folder}`, isInUse: true })
  }
  const embedded = await startEmbeddedPostgres({ dataDir: folder, log: (line) => session.detail(line) })
  try {
    const store = await openAt({ ...embedded.connection })
    return {
      name: `the embedded database in ${folder}`,
      isInUse: false,
      store,
      async [Symbol.asyncDispose]() {
        await store.close()
        await embedded.stop()
      },
    }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

/** Errors of the store that are no problems of the catalogue, as such: with their own words. */
export function asProblem(error: unknown): unknown {
  if (isProblem(error) || error instanceof UsageError || !(error instanceof Error)) return error
  const code = codeOf(error)
  if (code === 'database_newer') return problem('database_newer', { detail: error.message, cause: error })
  if (code === 'data_folder_in_use') return problem('embedded_in_use', { detail: error.message, cause: error })
  if (code === 'platform_unsupported' || code === 'binaries_missing') {
    return problem('embedded_unsupported', { detail: error.message, cause: error })
  }
  const hint = 'Look the database over with: andon db doctor'
  return problem('internal', { detail: error.message, hint, extra: code === '' ? {} : { code }, cause: error })
}

type Connection = Parameters<typeof openStore>[0]['connection']

/** A copy of all that there is may take long: the database ends no statement by itself here. */
function openAt(connection: Connection): Promise<Store> {
  return openStore({ connection, applicationName: 'andon db', maxConnections: 3, statementTimeoutMs: 0 })
}

function targetOf(store: Store, facts: Pick<Target, 'isInUse' | 'name'>): Target {
  return { ...facts, store, [Symbol.asyncDispose]: () => store.close() }
}

function nameOf(url: string): string {
  if (!URL.canParse(url)) return 'the database of DATABASE_URL'
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
