import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cancelJob } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BackgroundWorker, type HandlerOptions } from '../src/node.ts'
import { openShop, type Shop, TYPE } from './fixtures.ts'

const FOLDERS = join(tmpdir(), `andon-jobs-${process.getuid?.() ?? 0}`)

let shop: Shop
let folder: string
let worker: BackgroundWorker | null = null

beforeAll(async () => {
  shop = await openShop()
  folder = mkdtempSync(join(tmpdir(), 'andon-isolated-'))
})
afterAll(async () => {
  await shop[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async () => {
  await worker?.stop()
  worker = null
  await shop.rest()
  expect(foldersOfMine()).toEqual([])
})

describe('a handler in a process of its own', () => {
  test('sees and says what any other does, and what it prints is its log', async () => {
    await start('report')
    const id = await shop.createOne({ input: { page: 1 } })
    const { result, summary, progress } = await shop.reaches(id, 'completed')
    expect(summary).toBe('two steps')
    expect(result).toMatchObject({ input: { page: 1 } })
    expect((result as { pid: number }).pid).not.toBe(process.pid)
    expect(progress).toMatchObject({ step: 'write', steps_done: 2, steps_total: 2, message: 'nearly there' })
    const lines = await linesOf(id)
    expect(lines).toContainEqual({ level: 1, message: 'collected', step: 'collect', data: { attempt: 1 } })
    expect(lines).toContainEqual(expect.objectContaining({ level: 1, message: 'a line that was printed' }))
    expect(existsSync((result as { folder: string }).folder)).toBe(false)
  })

  test('has its use measured, shown against its limits, and kept', async () => {
    await start('report', { memoryMb: 512, timeoutMs: 60_000 })
    const id = await shop.createOne()
    await shop.reaches(id, 'completed')
    const use = await useOf(id)
    expect(use).toMatchObject({ memory_limit_mb: 512, wall_limit_ms: 60_000, cpu_limit_ms: null })
    expect(use).toMatchObject({ processes_ended: 0, files_removed: 2 })
    expect(use?.['peak_memory_mb']).toBeGreaterThan(20)
    expect(use?.['cpu_ms']).toBeGreaterThan(0)
    expect(use).not.toHaveProperty('memory_mb')
  })

  test('says and asks everything', async () => {
    await start('says')
    const id = await shop.createOne({ items: [{ ref: 'a' }] })
    const { result } = await shop.reaches(id, 'completed')
    expect(result).toMatchObject({ items: 1 })
    const children = await shop.rows('select id from job_any where parent_id = $1', [id])
    expect(children).toEqual([{ id: (result as { child: string }).child }])
  })

  test('reads and changes items', async () => {
    await start('items')
    const id = await shop.createOne({ items: [{ ref: 'a' }, { ref: 'b' }] })
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: 2, items_done: 2 })
  })
})

describe('the end of it', () => {
  test.each([
    ['exit', 'handler_exited', /ended with code 7/],
    ['signal', 'handler_exited', /ended by SIGSEGV/],
    ['problem', 'invalid_input', /no such page/],
    ['own', 'site_shut', /the site is shut/],
    ['circle', 'handler_failed', /cannot be written as JSON/],
  ])('%s is told as %s', async (how, code, message) => {
    await start('ends')
    const id = await shop.createOne({ input: { how }, maxAttempts: 1 })
    const { error } = await shop.reaches(id, 'failed')
    expect(error?.code).toBe(code)
    expect(error?.message).toMatch(message)
  })

  test('without a result is a result', async () => {
    await start('ends')
    const id = await shop.createOne({ input: { how: 'quietly' } })
    expect(await shop.reaches(id, 'completed')).toMatchObject({ result: null })
  })

  test.each([
    ['nothing', /exports no function/],
    ['missing', /cannot be loaded/],
  ])('a module that is %s is told', async (module, message) => {
    await start(module)
    const id = await shop.createOne({ maxAttempts: 1 })
    const { error } = await shop.reaches(id, 'failed')
    expect(error).toMatchObject({ code: 'handler_missing', message: expect.stringMatching(message) })
  })

  test('leaves no process, however far it went', async () => {
    await start('leaves')
    const id = await shop.createOne()
    const { result } = await shop.reaches(id, 'completed')
    for (const pid of result as number[]) expect(isAlive(pid)).toBe(false)
    const lines = (await linesOf(id)).filter(({ level }) => level === 2)
    expect(lines).toEqual([expect.objectContaining({ message: expect.stringMatching(/left \d process\(es\).*sleep/) })])
    // The deaf one had a child of its own.
    expect(await useOf(id)).toMatchObject({ processes_ended: expect.any(Number), files_removed: 2 })
    expect((await useOf(id))?.['processes_ended']).toBeGreaterThanOrEqual(3)
  })
})

describe('limits', () => {
  test.each([false, true])('memory ends it with the figures (in the heap: %s)', async (inHeap) => {
    await start('hungry', { memoryMb: 200 })
    const id = await shop.createOne({ input: { inHeap, mb: 4_096 } })
    const { error, attempt } = await shop.reaches(id, 'failed')
    expect(error).toMatchObject({ code: 'memory_limit_exceeded', message: expect.stringMatching(/200 MB/) })
    expect(attempt).toBe(1)
  })

  test('CPU time ends it', async () => {
    await start('burns', { cpuMs: 500 })
    const id = await shop.createOne()
    const { error } = await shop.reaches(id, 'failed')
    expect(error).toMatchObject({ code: 'cpu_limit_exceeded', message: expect.stringMatching(/of at most 0.5 s/) })
  })

  test('time ends it, and it is tried again', async () => {
    await start('listens', { timeoutMs: 300 })
    const id = await shop.createOne()
    const { error } = await shop.reaches(id, 'pending')
    expect(error).toMatchObject({ code: 'time_limit_exceeded' })
  })
})

describe('cancel', () => {
  test('is heard by one that listens', async () => {
    await start('listens')
    const id = await shop.createOne()
    await said(id, /waits/)
    await cancel(id)
    expect(await shop.reaches(id, 'cancelled')).toMatchObject({ summary: 'wrong file' })
    expect(await linesOf(id)).toContainEqual(expect.objectContaining({ message: 'was told: wrong file' }))
  })

  test('ends one that does not, after its grace, and its cleanup rolls back', async () => {
    await start('stubborn', { graceMs: 100, memoryMb: 300 })
    const rolledBack = join(folder, 'rolled-back')
    const id = await shop.createOne({ input: { rolledBack } })
    const pid = await pidOf(id)
    await cancel(id)
    await shop.reaches(id, 'cancelled')
    expect(isAlive(pid)).toBe(false)
    expect(readFileSync(rolledBack, 'utf8')).toBe('1')
    // One file of the handler and one of its cleanup; what is measured is the handler.
    expect(await useOf(id)).toMatchObject({ processes_ended: 0, files_removed: 2, memory_limit_mb: 300 })
  })

  test('a kill does not wait for the grace', async () => {
    await start('stubborn', { graceMs: 3_600_000 })
    const id = await shop.createOne({ input: { rolledBack: join(folder, 'killed') } })
    const pid = await pidOf(id)
    await cancel(id)
    await cancel(id, true)
    await shop.reaches(id, 'cancelled')
    expect(isAlive(pid)).toBe(false)
  })
})

async function start(module: string, options: HandlerOptions = {}): Promise<void> {
  worker = new BackgroundWorker(
    { url: 'http://127.0.0.1:9' },
    { databaseUrl: shop.url, cpuPercent: null, memoryPercent: null, drainMs: 0, onError: () => undefined },
  ).handle(TYPE, new URL(`./handlers/${module}.ts`, import.meta.url), options)
  await worker.start()
}

async function cancel(id: string, kill = false): Promise<void> {
  await cancelJob(shop.store, id, { actor: { name: 'anna' }, reason: 'wrong file', kill })
}

async function useOf(id: string): Promise<Record<string, number | null> | undefined> {
  const rows = await shop.rows<{ resources: Record<string, number | null> }>(
    'select resources from job_any where id = $1',
    [id],
  )
  return rows[0]?.resources
}

interface Line {
  level: number
  message: string
  step: string | null
  data: unknown
}

function linesOf(id: string): Promise<Line[]> {
  return shop.rows<Line>('select level, message, step, data from job_log where job_id = $1 order by n', [id])
}

async function said(id: string, what: RegExp): Promise<string> {
  let found: string | undefined
  await expect
    .poll(async () => {
      found = (await linesOf(id)).find(({ message }) => what.test(message))?.message
      return found !== undefined
    })
    .toBe(true)
  return found ?? ''
}

async function pidOf(id: string): Promise<number> {
  return Number((await said(id, /^pid /)).slice(4))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function foldersOfMine(): string[] {
  return existsSync(FOLDERS) ? readdirSync(FOLDERS).filter((name) => name.startsWith(`${process.pid}-`)) : []
}
