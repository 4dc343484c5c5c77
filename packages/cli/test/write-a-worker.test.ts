import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { Andon } from '@andon/worker/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, openShop, type Shop } from './shop.ts'

const ROOT = join(import.meta.dirname, '../../..')
const GUIDE = join(ROOT, 'docs/guides/write-a-worker.md')
const CIDX_GUIDE = join(ROOT, 'docs/guides/connect-a-cidx-client.md')
const PYTHON = join(ROOT, 'docs/examples/worker.py')

let shop: Shop
/** The home of somebody who reads the guide. */
let home: string
let env: NodeJS.ProcessEnv
const children: ChildProcess[] = []

beforeAll(async () => {
  shop = await openShop()
  home = await mkdtemp(join(tmpdir(), 'andon-guide-'))
  const bin = join(home, 'bin')
  await mkdir(bin)
  // What the shell finds as `andon`.
  await writeFile(
    join(bin, 'andon'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'packages/cli/bin/andon.mjs')}" "$@"\n`,
  )
  await chmod(join(bin, 'andon'), 0o755)
  env = {
    ...process.env,
    HOME: home,
    PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
    ANDON_SERVER: shop.running.url ?? '',
    ANDON_TOKEN: shop.token,
  }
})

afterAll(async () => {
  for (const child of children) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  await shop[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

test('the guide leads from an empty folder to a job that is done', async () => {
  const guide = await readFile(GUIDE, 'utf8')
  const [install = '', startWorker = '', create = ''] = blocksOf(guide, 'sh')
  const [program = ''] = blocksOf(guide, 'ts')
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(11)
  await shell(install.replaceAll('~/andon', `"${ROOT}"`), home)
  const folder = join(home, 'reports')
  await writeFile(join(folder, 'worker.ts'), program)
  const worker = start('sh', ['-ec', startWorker.replace('node worker.ts', 'exec node worker.ts')], folder)
  const output = await shell(create, folder)
  expect(output).toMatch(/completed/i)
  const { data } = await shop.andon.jobs.list({ q: 'type:report.pdf' })
  expect(data).toMatchObject([{ state: 'completed', queue: 'reports', progress: { steps_done: 3, steps_total: 3 } }])
  const exited = once(worker, 'exit')
  worker.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  const workers = await shop.andon.workers.list()
  expect(workers.filter(({ is_alive: isAlive, types }) => isAlive && types.includes('report.pdf'))).toEqual([])
})

test('the example in Python does a job, tells what failed, and stops when it is asked', async () => {
  start('python3', [PYTHON], home)
  const done = await shop.andon.jobs.create({ type: 'report.python', input: { pages: 2 } })
  expect(await ends(done.id)).toMatchObject({ state: 'completed', result: { pages: 2 } })
  const wrong = await shop.andon.jobs.create({ type: 'report.python', input: { pages: 'two' }, max_attempts: 1 })
  expect(await ends(wrong.id)).toMatchObject({ state: 'failed', error: { code: 'handler_failed' } })
  const long = await shop.andon.jobs.create({ type: 'report.python', input: { pages: 10_000 } })
  await eventually(
    () => shop.andon.jobs.get(long.id),
    (job) => (job.progress?.steps_done ?? 0) > 1,
  )
  await shop.andon.jobs.cancel(long.id, { reason: 'wrong file' })
  expect(await ends(long.id)).toMatchObject({ state: 'cancelled' })
})

test('the program in the guide for cidx clients lists, shows and cancels jobs, and knows the errors', async () => {
  const [program = ''] = blocksOf(await readFile(CIDX_GUIDE, 'utf8'), 'ts')
  const folder = join(home, 'cidx')
  await mkdir(folder)
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'jobs.ts'), program)
  const { id } = await shop.andon.jobs.create({ type: 'repo.sync' })
  const unknown = '0190a000-0000-7000-8000-000000000000'
  const said = await shell(`node jobs.ts ${id} ${id} ${unknown}`, folder)
  expect(said.trim().split('\n')).toEqual([
    expect.stringContaining(`${id} queued 0 `),
    'repo.sync was queued: cancelled',
    'it has ended already',
    'there is no such job',
  ])
})

test('a job that is cancelled in a terminal leaves nothing behind, and says so', { timeout: 180_000 }, async () => {
  const worker = new Andon({ url: shop.running.url ?? '', token: shop.token })
    .worker({ queues: ['isolated'], cpuPercent: null, memoryPercent: null })
    .handle('stays', new URL('./handlers/stays.ts', import.meta.url), { graceMs: 100 })
  await using parts = new AsyncDisposableStack()
  parts.defer(() => worker.stop())
  await worker.start()
  const undone = join(home, 'undone')
  const { id } = await shop.andon.jobs.create({ type: 'stays', queue: 'isolated', input: { undone } })
  const { folder, pids } = await waitsOf(id)
  expect(pids.map(isAlive)).toEqual([true, true])

  const cancelled = await shell(`andon jobs cancel ${id.slice(0, 13)} --reason "wrong file" --wait 60s`, home)
  expect(cancelled).toContain('cancelled')
  expect(pids.map(isAlive)).toEqual([false, false])
  expect(existsSync(folder)).toBe(false)
  expect(await readFile(undone, 'utf8')).toBe('rolled back\n')
  expect(await shell(`andon jobs status ${id}`, home)).toMatch(/left behind +no process; 1 file, removed/)
  // Ended with its handler, the child was not left behind.
  const [attempt] = await shop.andon.jobs.attempts(id)
  expect(attempt).toMatchObject({ outcome: 'cancelled', resources: { processes_ended: 0, files_removed: 1 } })
})

/** What the handler of `stays` has of its machine. */
async function waitsOf(id: string): Promise<{ folder: string; pids: number[] }> {
  const said = await eventually(
    async () => (await shop.andon.jobs.logs(id)).data.find(({ message }) => message === 'waits'),
    (line) => line !== undefined,
  )
  if (said === undefined) throw new Error('it never waited')
  return said.data as { folder: string; pids: number[] }
}

/** A process that has ended and was not yet asked how is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function ends(id: string) {
  return eventually(
    () => shop.andon.jobs.get(id),
    (job) => job.finished_at !== null,
  )
}

function start(command: string, args: readonly string[], cwd: string): ChildProcess {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
  children.push(child)
  return child
}

/** Runs what somebody types; what it says. */
async function shell(script: string, cwd: string): Promise<string> {
  const child = spawn('sh', ['-ec', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  const [code] = await once(child, 'close')
  expect(code, said).toBe(0)
  return said
}

/** The code blocks of a language, in their order. */
function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  )
}
