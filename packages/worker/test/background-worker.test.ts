import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { JobFolder, sweepFolders } from '../src/isolation/job-folder.ts'
import { Andon, type BackgroundWorker, type BackgroundWorkerOptions } from '../src/node.ts'
import { openShop, type Shop, TYPE, until } from './fixtures.ts'

let shop: Shop
const andon = new Andon({ url: 'http://127.0.0.1:9' })
beforeAll(async () => {
  shop = await openShop()
})
afterEach(() => shop.rest())
afterAll(async () => {
  andon.close()
  await shop[Symbol.asyncDispose]()
})

function workerOf(options: BackgroundWorkerOptions = {}): BackgroundWorker {
  return andon.worker({ databaseUrl: shop.url, cpuPercent: null, memoryPercent: null, ...options })
}

test('runs until its process is asked to end', async () => {
  const running = workerOf({ name: 'until asked', concurrency: 2, leaseMs: 20_000 })
    .handle(TYPE, () => 'done', { concurrency: 1, timeoutMs: 60_000, cleanup: () => undefined })
    .run()
  const id = await shop.createOne()
  expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 'done' })
  // As the signal does it: nobody else in this process listens to it.
  process.emit('SIGHUP', 'SIGHUP')
  await running
  const [row] = await shop.rows<{ slots: number; has_stopped: boolean }>(
    `select slots, stopped_at is not null as has_stopped from worker where name = 'until asked'`,
  )
  expect(row).toEqual({ slots: 2, has_stopped: true })
})

test('is started once, and may be stopped twice', async () => {
  const worker = workerOf({ name: 'once' }).handle(TYPE, () => 1)
  expect(worker.jobIds).toEqual([])
  await worker.start()
  await worker.start()
  const rows = await shop.rows(`select from worker where name = 'once' and stopped_at is null`)
  expect(rows).toHaveLength(1)
  await worker.stop()
  await worker[Symbol.asyncDispose]()
})

test('tells what went wrong on standard error when nobody else hears it', async () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await using worker = workerOf({ drainMs: 0 }).handle(TYPE, async () => {
    await shop.rows('update worker set fence = fence + 1')
  })
  await worker.start()
  await shop.createOne()
  await until(() => (told.mock.calls.some(([text]) => String(text).includes('andon worker: settle:')) ? true : null))
  told.mockRestore()
})

test('folders of workers that are gone are removed at the next start, those of the living stay', async () => {
  await using mine = await JobFolder.make()
  const left = join(tmpdir(), `andon-jobs-${process.getuid?.() ?? 0}`, '999999999-left')
  mkdirSync(left)
  await sweepFolders()
  expect(existsSync(left)).toBe(false)
  expect(existsSync(mine.path)).toBe(true)
})
