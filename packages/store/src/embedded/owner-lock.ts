import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EmbeddedPostgresError, notOurs } from './errors.ts'

/** Held by the one process that may start, adopt and stop the PostgreSQL of a data folder. */
export interface OwnerLock {
  /** Lets the next owner in. May be called twice. */
  release(): void
}

/**
 * Takes the data folder for this process, or refuses with `data_folder_in_use` naming the owner's pid.
 *
 * Node has no flock(2). SQLite's exclusive lock is a kernel lock on a file, so it ends with the process however
 * that dies, is seen from other containers on the same volume, and knows two owners inside one process apart. A file
 * with a pid in it has none of these, and two processes that both find it stale can both take it.
 */
export async function takeOwnerLock(dataDir: string): Promise<OwnerLock> {
  const database = lockExclusively(join(dataDir, 'owner.lock'))
  const factsPath = join(dataDir, 'owner.json')
  if (!database) throw await refusal(dataDir, factsPath)
  try {
    const facts = { pid: process.pid, startedAt: new Date().toISOString() }
    await writeFile(factsPath, JSON.stringify(facts), { mode: 0o600 })
  } catch (error) {
    database.close()
    throw notOurs(dataDir, error)
  }
  return {
    release() {
      if (database.isOpen) database.close()
    },
  }
}

function lockExclusively(path: string): DatabaseSync | undefined {
  const database = openFile(path)
  try {
    database.exec('begin exclusive')
    return database
  } catch (error) {
    database.close()
    if (error instanceof Error && /locked/.test(error.message)) return undefined
    throw notOurs(path, error)
  }
}

function openFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw notOurs(path, error)
  }
}

async function refusal(dataDir: string, factsPath: string): Promise<EmbeddedPostgresError> {
  const facts = await readFile(factsPath, 'utf8').catch(() => '')
  const pid = /"pid":(\d+)/.exec(facts)?.[1]
  const owner = pid ? `process ${pid}` : 'another process'
  return new EmbeddedPostgresError(
    'data_folder_in_use',
    `The data folder ${dataDir} is in use by ${owner}. One Andon owns a data folder: stop that one first, or start this one with another --data folder.`,
  )
}
