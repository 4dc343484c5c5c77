import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { startEmbeddedPostgres } from '../src/embedded/index.ts'
import { DiskWatch } from '../src/embedded/disk-watch.ts'
import type { Launcher } from '../src/embedded/launcher.ts'
import { clusterMajor, prepareLayout, prepareSocketDir } from '../src/embedded/layout.ts'
import { takeOwnerLock } from '../src/embedded/owner-lock.ts'
import { findPostmaster } from '../src/embedded/postmaster.ts'
import { giveTo } from '../src/embedded/rights.ts'

/** A launcher for this process's own user. */
const SELF: Launcher = { binDir: '/nowhere', libraryPath: null, owner: null, way: 'self' }

async function folderOf(name: string) {
  const path = await realpath(await mkdtemp(join(tmpdir(), `andon-${name}-`)))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('a disk that runs short is told once, and so is space again, with some slack between the two', async () => {
  const free = [1_000, 900, 499, 400, 550, 599, 601, 800, 499]
  const watch = new DiskWatch('/shop', 500, async () => free.shift() ?? 0)
  const told: unknown[] = []
  while (free.length > 0) told.push(await watch.runOnce())
  expect(told.filter((event) => event !== null)).toEqual([
    { kind: 'disk_low', freeBytes: 499 },
    { kind: 'disk_ok', freeBytes: 601 },
    { kind: 'disk_low', freeBytes: 499 },
  ])
})

test('a folder has one owner, who is named where that is known', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'andon-owner-'))
  const refusal = (owner: string) => ({ code: 'data_folder_in_use', message: expect.stringContaining(owner) })
  const lock = await takeOwnerLock(folder)
  await expect(takeOwnerLock(folder)).rejects.toMatchObject(refusal(`process ${process.pid}`))
  await rm(join(folder, 'owner.json'))
  await expect(takeOwnerLock(folder)).rejects.toMatchObject(refusal('another process'))
  lock.release()
  lock.release()
  const next = await takeOwnerLock(folder)
  next.release()
  await rm(folder, { recursive: true })
})

test('a data folder is made with those above it, and closed to others', async () => {
  await using folder = await folderOf('made')
  const dataDir = join(folder.path, 'a', 'b', 'data')
  const layouts = await Promise.all([prepareLayout(dataDir), prepareLayout(dataDir)])
  expect(layouts[0]).toEqual(layouts[1])
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder.path, 'a', 'b'))).mode & 0o077).not.toBe(0)
})

test('a data folder that cannot be made is refused with its name and with what to do', async () => {
  await using folder = await folderOf('unmade')
  await writeFile(join(folder.path, 'file'), '')
  for (const dataDir of [
    join(folder.path, 'file', 'data'),
    join(folder.path, 'file', 'x', 'data'),
    '/proc/nowhere/data',
  ]) {
    const refused = startEmbeddedPostgres({ dataDir })
    await expect(refused).rejects.toMatchObject({ code: 'start_failed' })
    await expect(refused).rejects.toThrow(`${dataDir} cannot be made`)
    await expect(refused).rejects.toThrow('--data')
  }
})

test('what lies in place of a cluster is not taken for an empty place', async () => {
  await using folder = await folderOf('odd')
  const layout = await prepareLayout(folder.path)
  expect(await clusterMajor(layout)).toBeNull()
  await writeFile(layout.clusterDir, 'a file')
  await expect(clusterMajor(layout)).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test('a server is found by its own folder only', async () => {
  await using folder = await folderOf('found')
  const layout = await prepareLayout(folder.path)
  expect(await findPostmaster(layout)).toBeNull()
  await mkdir(layout.clusterDir)
  const lines = (pid: string, directory: string) => [pid, directory, '1', '5432', '/tmp', '', '', 'ready'].join('\n')
  for (const text of [
    'nonsense',
    lines('-1', layout.clusterDir),
    lines(String(process.pid), folder.path),
    lines(String(process.pid), join(folder.path, 'gone')),
    lines(String(process.pid), layout.clusterDir),
  ]) {
    await writeFile(join(layout.clusterDir, 'postmaster.pid'), text)
    expect(await findPostmaster(layout), text).toBeNull()
  }
})

test('the socket goes to the first place that is there and short enough, and belongs to who runs the server', async () => {
  await using folder = await folderOf('socket')
  const layout = await prepareLayout(folder.path)
  const owner = (await stat(folder.path)).uid
  try {
    for (const runtimeDir of ['/proc/nowhere', join(folder.path, 'long'.repeat(30)), '']) {
      vi.stubEnv('XDG_RUNTIME_DIR', runtimeDir)
      const directory = await prepareSocketDir(layout, SELF)
      await giveTo(SELF, directory)
      expect(directory.startsWith(tmpdir())).toBe(true)
      expect(await stat(directory)).toMatchObject({ uid: owner })
      await rm(directory, { recursive: true })
    }
    vi.stubEnv('XDG_RUNTIME_DIR', folder.path)
    expect(await prepareSocketDir(layout, SELF)).toContain(folder.path)
  } finally {
    vi.unstubAllEnvs()
  }
})
