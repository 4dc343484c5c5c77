import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DiskWatch } from '../src/embedded/disk-watch.ts'
import { takeOwnerLock } from '../src/embedded/owner-lock.ts'

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
