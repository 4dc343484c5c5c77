import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, messageOf } from '@andon/core'
import { EmbeddedPostgresError, notOurs } from './errors.ts'
import type { Launcher } from './launcher.ts'

const run = promisify(execFile)

/** Where everything of one embedded PostgreSQL lies. */
export interface Layout {
  /** PostgreSQL's own folder (PGDATA): in the data folder, or where root's copy went. */
  clusterDir: string
  /** The folder that Andon was given. */
  dataDir: string
  /** What the server says; bounded. */
  logPath: string
  /** 0600, one line, made once. */
  passwordPath: string
}

/** Below the limit of 104 to 108 bytes that systems set for the path of a socket, with the socket's own name. */
const MAX_SOCKET_DIR_BYTES = 84

/** Makes the data folder when it is not there, and finds the cluster in it. */
export async function prepareLayout(dataDir: string): Promise<Layout> {
  await makeFolders(dataDir, 0o700)
  return describeLayout(await realpath(dataDir))
}

/** Finds the parts of an existing data folder, given by its real path. */
export async function describeLayout(dataDir: string): Promise<Layout> {
  const moved = (await readFile(locationPath(dataDir), 'utf8').catch(() => '')).trim()
  return {
    clusterDir: moved || join(dataDir, 'pgdata'),
    dataDir,
    logPath: join(dataDir, 'postgres.log'),
    passwordPath: join(dataDir, 'password'),
  }
}

/** The cluster's major version as its PG_VERSION says, or null when there is no cluster yet. */
export async function clusterMajor(layout: Layout): Promise<string | null> {
  const text = await readFile(join(layout.clusterDir, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw codeOf(error) === 'EACCES' ? notOurs(layout.clusterDir, error) : error
  })
  return text === null ? null : text.trim()
}

/** Reads the password, or makes one for a new cluster. A cluster whose password is gone is refused. */
export async function ensurePassword(layout: Layout, isNewCluster: boolean): Promise<string> {
  const found = (await readFile(layout.passwordPath, 'utf8').catch(() => '')).trim()
  if (found) return found
  if (!isNewCluster) {
    throw new EmbeddedPostgresError(
      'password_missing',
      `The file ${layout.passwordPath} is missing or empty; without it the database in ${layout.clusterDir} cannot be opened. Put it back from a copy of the folder.`,
    )
  }
  const password = randomBytes(24).toString('base64url')
  await writeFile(layout.passwordPath, `${password}\n`, { flush: true, mode: 0o600 })
  return password
}

/**
 * Makes the folder for the socket: short, 0700, the server's own. The name follows from the cluster, so that a later
 * start finds it again; a folder of that name that belongs to somebody else is left alone and another one is made.
 */
export async function prepareSocketDir(layout: Layout, launcher: Launcher): Promise<string> {
  const name = `andon-${createHash('sha256').update(layout.clusterDir).digest('hex').slice(0, 12)}`
  const isOtherUser = launcher.way === 'setuid' || launcher.way === 'copy'
  const bases = [isOtherUser ? undefined : process.env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp']
  for (const base of bases) {
    if (!base || Buffer.byteLength(join(base, name)) > MAX_SOCKET_DIR_BYTES) continue
    const directory = await privateDirectory(base, name, launcher).catch(() => undefined)
    if (directory) return directory
  }
  throw new EmbeddedPostgresError(
    'start_failed',
    `There is no folder for the database's socket: none of ${bases.filter(Boolean).join(', ')} is writable and short enough. Set TMPDIR to a short, writable folder.`,
  )
}

async function privateDirectory(base: string, name: string, launcher: Launcher): Promise<string> {
  let directory = join(base, name)
  await makeWhereMissing(directory, 0o700)
  const facts = await lstat(directory)
  const trusted = [process.getuid?.(), launcher.owner?.uid]
  if (!facts.isDirectory() || !trusted.includes(facts.uid)) directory = await mkdtemp(join(base, 'andon-'))
  await restoreSocketDir(directory, launcher)
  return directory
}

/** Makes a socket folder again that a cleaner of temporary files took away while the server was down. */
export async function restoreSocketDir(directory: string, launcher: Launcher): Promise<void> {
  await mkdir(directory, { mode: 0o700, recursive: true })
  await chmod(directory, 0o700)
  if (launcher.owner) await chown(directory, launcher.owner.uid, launcher.owner.gid)
}

/** Moves the cluster below another folder and leaves a note of where it went. The old one is kept beside it. */
export async function moveCluster(layout: Layout, copyRoot: string): Promise<Layout> {
  const name = createHash('sha256').update(layout.dataDir).digest('hex').slice(0, 12)
  const base = join(copyRoot, `data-${name}`)
  const clusterDir = join(base, 'pgdata')
  if (layout.clusterDir === clusterDir) return layout
  await mkdir(base, { mode: 0o711, recursive: true })
  const isMade = await lstat(layout.clusterDir).catch(() => null)
  if (isMade) {
    const partial = join(base, 'pgdata.partial')
    await rm(partial, { force: true, recursive: true })
    await cp(layout.clusterDir, partial, { preserveTimestamps: true, recursive: true, verbatimSymlinks: true })
    // A move cut short before its note was written left a copy that nobody used.
    await rm(clusterDir, { force: true, recursive: true })
    await rename(partial, clusterDir)
    // The copy must be on the disk before the note makes it the cluster.
    await run('sync')
  }
  await writeFile(locationPath(layout.dataDir), `${clusterDir}\n`, { flush: true, mode: 0o600 })
  if (isMade) await rename(layout.clusterDir, `${layout.clusterDir}.moved`)
  return { ...layout, clusterDir }
}

function locationPath(dataDir: string): string {
  return join(dataDir, 'location')
}

/**
 * Makes a folder, with the given mode where it is new, and those above it. Node's own recursive mkdir never ends where
 * a folder cannot be made though the one above it is there, as in /proc.
 *
 * @throws EmbeddedPostgresError `start_failed` naming the folder
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  try {
    await makeFolder(path, mode)
  } catch (error) {
    const said = messageOf(error)
    const words = `The folder ${path} cannot be made (${said}). Choose another one with --data.`
    throw new EmbeddedPostgresError('start_failed', words, { cause: error })
  }
}

async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await makeWhereMissing(path, mode)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await makeFolder(dirname(path), 0o777)
    await makeWhereMissing(path, mode)
  }
}

/** Somebody else may make it at the same time. */
async function makeWhereMissing(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
