import { execFile } from 'node:child_process'
import { chmod, chown, cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '@andon/core'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { Launcher, RightsWay } from './launcher.ts'
import { runProgram } from './launcher.ts'
import { linkLibraries } from './libraries.ts'
import { moveCluster } from './layout.ts'
import type { Layout } from './layout.ts'

const run = promisify(execFile)

/** What the choice of rights depends on. */
export interface RightsRequest {
  binaries: Binaries
  /** Where binaries and data go when nothing else works for root. */
  copyRoot: string
  layout: Layout
  /** The ways that root may try, in this order. */
  rootWays: readonly RightsWay[]
}

/** A way to run the server, and where its cluster lies with it: copying moves the cluster. */
export interface Rights {
  launcher: Launcher
  layout: Layout
}

/**
 * Finds rights with which PostgreSQL runs: it refuses root. As root: an unprivileged user that can reach binaries and
 * data; else root in a user namespace without a mapping, which PostgreSQL sees as nobody while files stay reachable
 * (a clone under a 0700 home); else a copy of binaries and data where the unprivileged user can reach them.
 */
export async function chooseRights(request: RightsRequest): Promise<Rights> {
  const libraryPath = await linkLibraries(request.binaries, join(request.layout.dataDir, 'lib'))
  const base = { binDir: request.binaries.binDir, libraryPath }
  if (process.getuid?.() !== 0) {
    const rights = { launcher: { ...base, owner: null, way: 'self' as const }, layout: request.layout }
    await runProgram(rights.launcher, 'postgres', ['--version']).catch(refuseUnusable)
    return rights
  }
  const tried: string[] = []
  for (const way of request.rootWays) {
    const found = await tryRootWay(way, request, base).catch((error: unknown) => {
      tried.push(`${way}: ${messageOf(error)}`)
    })
    if (found) return found
  }
  throw new EmbeddedPostgresError(
    'root_refused',
    `PostgreSQL does not run as root, and no other way worked here (${tried.join('; ')}). Start Andon as another user, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
  )
}

function tryRootWay(
  way: RightsWay,
  request: RightsRequest,
  base: Pick<Launcher, 'binDir' | 'libraryPath'>,
): Promise<Rights> {
  if (way === 'setuid') return asUnprivilegedUser(request, base)
  if (way === 'unshare') return inUserNamespace(request, base)
  return asUserOfACopy(request)
}

async function asUnprivilegedUser(
  request: RightsRequest,
  base: Pick<Launcher, 'binDir' | 'libraryPath'>,
  way: 'setuid' | 'copy' = 'setuid',
): Promise<Rights> {
  const owner = await unprivilegedUser()
  const launcher: Launcher = { ...base, owner, way }
  const parent = dirname(request.layout.clusterDir)
  if (parent === request.layout.dataDir) await letPassThrough(parent)
  await runProgram(launcher, 'postgres', ['--version'])
  const share =
    request.binaries.nativeDir && way === 'setuid' ? join(base.binDir, '../share/postgresql/postgres.bki') : '/'
  await run('/bin/sh', ['-c', 'test -x "$0" && test -r "$1"', parent, share], { ...owner, cwd: '/' }).catch(() => {
    throw new Error(`the user cannot reach ${parent} or ${share}`)
  })
  return { launcher, layout: request.layout }
}

/** Nobody can read or list the data folder for this: the password in it stays root's. */
async function letPassThrough(directory: string): Promise<void> {
  const { mode } = await lstat(directory)
  await chmod(directory, (mode & 0o7777) | 0o011)
}

async function inUserNamespace(
  request: RightsRequest,
  base: Pick<Launcher, 'binDir' | 'libraryPath'>,
): Promise<Rights> {
  const launcher: Launcher = { ...base, owner: { gid: 0, uid: 0 }, way: 'unshare' }
  await runProgram(launcher, 'postgres', ['--version'])
  return { launcher, layout: request.layout }
}

async function asUserOfACopy(request: RightsRequest): Promise<Rights> {
  await mkdir(request.copyRoot, { mode: 0o755, recursive: true })
  await chmod(request.copyRoot, 0o755)
  const binaries = await copyBinaries(request.binaries, request.copyRoot)
  const libraryPath = await linkLibraries(binaries, join(request.copyRoot, `lib-${binaries.version}`))
  const layout = await moveCluster(request.layout, request.copyRoot)
  return asUnprivilegedUser({ ...request, binaries, layout }, { binDir: binaries.binDir, libraryPath }, 'copy')
}

async function copyBinaries(binaries: Binaries, copyRoot: string): Promise<Binaries> {
  if (!binaries.nativeDir) return binaries
  const packageDir = join(copyRoot, `postgresql-${binaries.version}`)
  const nativeDir = join(packageDir, 'native')
  const isThere = await lstat(nativeDir).catch(() => null)
  if (!isThere) {
    // Renamed into place when complete, so that a copy cut short is never taken for one.
    const partial = `${packageDir}.${process.pid}`
    await rm(partial, { force: true, recursive: true })
    await cp(binaries.nativeDir, join(partial, 'native'), { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'go+rX', partial])
    await rename(partial, packageDir)
  }
  return { ...binaries, binDir: join(nativeDir, 'bin'), nativeDir }
}

async function unprivilegedUser(): Promise<{ gid: number; uid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const entry = lines.find((fields) => fields[0] === name)
    const [uid, gid] = [Number(entry?.[2]), Number(entry?.[3])]
    if (uid > 0 && gid > 0) return { gid, uid }
  }
  throw new Error('there is no user postgres or nobody')
}

/** Gives a folder and all in it to the user the server runs as. Only root can, and only root needs to. */
export async function giveTo(launcher: Launcher, directory: string): Promise<void> {
  if (!launcher.owner) return
  const { gid, uid } = launcher.owner
  const facts = await lstat(directory)
  if (facts.uid === uid) return
  await run('chown', ['-R', '-h', `${uid}:${gid}`, directory])
  await chown(directory, uid, gid)
}

function refuseUnusable(cause: unknown): never {
  const said = messageOf(cause)
  throw new EmbeddedPostgresError(
    'binaries_unusable',
    `The PostgreSQL programs do not run here. ${said} Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    { cause },
  )
}
