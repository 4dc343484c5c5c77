import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print'
import { Andon, type BackgroundWorker, completedWithErrors, failed, type NodeJobContext } from '@andon/worker/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { widthOf } from '../src/output/text.ts'
import { eventually, openShop, type Shop } from './shop.ts'
import { Terminal, terminalMissing, type TerminalOptions } from './tmux.ts'

const run = promisify(execFile)
const BIN = join(import.meta.dirname, '../bin/andon.mjs')
const QUEUE = 'terminal'
const ESCAPE = '\u001b['

const missing = terminalMissing(['tmux', 'zsh', 'fish'])
if (missing !== null) console.warn(`skipped: ${missing}`)

let shop: Shop
let worker: BackgroundWorker
let device: VirtualPrinter
let folder: string
let env: Record<string, string>

/** Jobs that go on for as long as the test likes, by their ids. */
const walks = new Map<string, NodeJobContext>()

// Each command is a process of its own, which on a busy machine takes seconds to start.
describe.skipIf(missing !== null && !process.env['ANDON_TEST_NO_SKIP'])('in a terminal', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    shop = await openShop()
    device = await startVirtualPrinter({ name: 'Label desk', speed: 1_000 })
    await shop.andon.printers.add({ name: 'Label desk', driver: 'ipp', uri: device.uri, kind: 'label' })
    worker = workerOf(shop)
    await worker.start()
    folder = await mkdtemp(join(tmpdir(), 'andon-terminal-'))
    env = await homeWith(folder, { ANDON_SERVER: shop.running.url ?? '', ANDON_TOKEN: shop.token })
  })

  afterAll(async () => {
    await worker.stop()
    await shop[Symbol.asyncDispose]()
    await device[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('a list has colours, and none where it is piped or asked not to', async () => {
    await using terminal = await open()
    await ended((await create('ends', { how: 'failed' })).id)
    expect(await terminal.runs('andon jobs list type:ends')).toMatchObject({ code: 0 })
    expect(await terminal.screen({ colours: true })).toContain(`${ESCAPE}31m✗ failed`)
    for (const plain of ['andon jobs list type:ends --no-color', 'NO_COLOR=1 andon jobs list type:ends']) {
      expect(await terminal.runs(plain)).toMatchObject({ code: 0 })
      expect(await terminal.screen({ colours: true })).toMatch(/✗ failed/)
      expect(await terminal.screen({ colours: true })).not.toContain(`${ESCAPE}31m`)
    }
    expect(await terminal.runs('andon jobs list type:ends > list; grep -c "$(printf "\\033")" list')).toMatchObject({
      lines: ['0'],
    })
  })

  test('a bar moves with step and time remaining; Ctrl-C leaves the job alone', async () => {
    await using terminal = await open()
    const { id } = await create('walk')
    const walk = await walkOf(id)
    walk.steps(4)
    walk.estimate({ seconds: 600 })
    await walk.step('fold the sheets')
    await terminal.start(`andon jobs watch ${id.slice(0, 13)}`)
    const first = await terminal.shows(/25 %.*fold the sheets \(1\/4\).*about \d+ min/s)
    walk.estimate({ seconds: 90 })
    await walk.step('cut them')
    const second = await terminal.shows(/50 %.*cut them \(2\/4\).*about 1 min/s)
    expect(barOf(second).length).toBeGreaterThan(barOf(first).length)
    expect(second).not.toContain('fold the sheets')
    // The time that is left grows less while nothing is said.
    const left = /about (.*) left/.exec(second)?.[1]
    await expect.poll(async () => /about (.*) left/.exec(await terminal.screen())?.[1]).not.toBe(left)
    await terminal.press('C-c')
    const { code, lines } = await terminal.ended()
    expect(code).toBe(130)
    expect(lines.join('\n')).toContain('Stopped watching; the job goes on.')
    expect(await shop.andon.jobs.get(id)).toMatchObject({ state: 'running', is_cancelling: false })
    await shop.andon.jobs.cancel(id)
  })

  test('a watched list is drawn in place, however small the window, until Ctrl-C', async () => {
    await using terminal = await open({ columns: 40, rows: 10 })
    const jobs = await Promise.all(Array.from({ length: 12 }, (_, index) => create('held', { index }, true)))
    await terminal.start('andon jobs list type:held -w')
    const full = await terminal.shows(/12 jobs, 12 of them not/)
    expect(full.match(/pending/g)?.length).toBeLessThanOrEqual(8)
    await shop.andon.jobs.cancel(jobs.at(-1)?.id ?? '')
    const after = await terminal.shows(/12 jobs, 11 of them not/)
    expect(after.match(/12 jobs/g)).toHaveLength(1)
    for (const line of after.split('\n').filter((text) => !text.startsWith('$'))) {
      expect(widthOf(line), line).toBeLessThanOrEqual(40)
    }
    await terminal.press('C-c')
    expect((await terminal.ended()).code).toBe(130)
    for (const command of ['andon jobs list', 'andon printers list', 'andon queues list', 'andon workers list']) {
      const { code, lines } = await terminal.runs(command)
      expect(code).toBe(0)
      for (const line of lines.slice(0, -1)) expect(widthOf(line), line).toBeLessThanOrEqual(40)
    }
  })

  test('cancel waits for the end, by a prefix of the id', async () => {
    await using terminal = await open()
    const { id } = await create('walk')
    await walkOf(id)
    const { code, lines } = await terminal.runs(`andon jobs cancel ${id.slice(0, 14)} --reason "wrong file" --wait 30s`)
    expect(code).toBe(0)
    expect(lines.join('\n')).toContain('⊘ cancelled')
    expect(await shop.andon.jobs.get(id)).toMatchObject({ state: 'cancelled', cancel: { reason: 'wrong file' } })
  })

  test('asks before it does something to many, and takes a key for the answer', async () => {
    await using terminal = await open()
    const { id } = await create('held', { asked: true }, true)
    const command = `andon jobs cancel --query "id:${id}"`
    await terminal.start(command)
    await terminal.shows(/1 job would be cancelled\.\s+Go on\? \[y\/N\]/)
    await terminal.type('n')
    expect((await terminal.ended()).code).toBe(1)
    expect(await shop.andon.jobs.get(id)).toMatchObject({ state: 'pending' })
    await terminal.start(command)
    await terminal.shows(/Go on\?/)
    await terminal.press('C-c')
    expect((await terminal.ended()).code).toBe(130)
    await terminal.start(command)
    await terminal.shows(/Go on\?/)
    await terminal.type('y')
    const { code, lines } = await terminal.ended()
    expect(code).toBe(0)
    expect(lines.join('\n')).toContain('1 cancelled')
    expect(await shop.andon.jobs.get(id)).toMatchObject({ state: 'cancelled' })
    const piped = await terminal.runs(`${command} < /dev/null`)
    expect(piped.code).toBe(0)
    expect((await terminal.runs('andon printers remove "Label desk" < /dev/null')).code).toBe(2)
  })

  test('the exit code says what happened', async () => {
    await using terminal = await open({ columns: 140 })
    const [failure, errors, walk] = await Promise.all([
      create('ends', { how: 'failed' }),
      create('ends', { how: 'errors' }),
      create('walk'),
    ])
    await walkOf(walk.id)
    await ended(errors.id)
    for (const [command, expected] of [
      ['andon jobs list --status running', 0],
      ['andon jobs list --colour', 2],
      ['andon jobs status ffffffff', 3],
      ['ANDON_TOKEN=andon_nobody andon jobs list', 4],
      [`andon jobs watch ${failure.id}`, 5],
      [`andon jobs wait ${walk.id} --timeout 10ms`, 9],
      [`andon jobs cancel ${walk.id} --wait 30s`, 0],
      [`andon jobs wait ${walk.id}`, 6],
      [`andon jobs status ${errors.id} --exit-status`, 7],
      [`andon jobs cancel ${walk.id}`, 8],
      ['andon jobs list --server http://127.0.0.1:9', 10],
    ] as const) {
      const { code, lines } = await terminal.runs(command)
      expect(code, `${command}\n${lines.join('\n')}`).toBe(expected)
    }
  })

  test('an ambiguous prefix is refused with those that it could be', async () => {
    await using terminal = await open({ columns: 140 })
    const { id } = await create('held', {}, true)
    const { code, lines } = await terminal.runs(`andon jobs status ${id.slice(0, 4)}`)
    expect(code, lines.join('\n')).toBe(8)
    expect(lines.filter((line) => line.trim().startsWith(id.slice(0, 4))).length).toBeGreaterThan(1)
  })

  test('bash completes commands, flags and printers', async () => {
    await using terminal = await open()
    await terminal.type('source <(andon completion bash)')
    await terminal.shows(/\n\$ $/)
    await terminal.type('andon jobs ca', { enter: false })
    await terminal.press('Tab')
    await terminal.shows(/andon jobs cancel $/)
    await terminal.type('--rea', { enter: false })
    await terminal.press('Tab')
    await terminal.shows(/andon jobs cancel --reason $/)
    await terminal.press('C-u')
    await terminal.type('andon printers status Lab', { enter: false })
    await terminal.press('Tab')
    await terminal.shows(/andon printers status Label\\ desk $/)
  })

  // What zsh itself has for completing stands in: it takes its time to load.
  const ZSH = `compdef() { : }; _describe() { print -rl -- $found }; source ./script
    words=(andon jobs ca) CURRENT=3; _andon`

  test.each([
    ['zsh', ['-f', '-c', ZSH], 'cancel:stop jobs'],
    ['fish', ['--no-config', '-c', 'source ./script && complete -C "andon jobs ca"'], 'cancel\tstop jobs'],
  ])('%s takes its completion', async (shell, argv, said) => {
    const { stdout } = await run(process.execPath, [BIN, 'completion', shell], { env: { ...process.env, ...env } })
    await writeFile(join(folder, 'script'), stdout)
    const taken = await run(shell, argv, { cwd: folder, env: { ...process.env, ...env } })
    expect(taken.stderr).toBe('')
    expect(taken.stdout.split('\n')).toContain(said)
  })
})

function open(options: Partial<TerminalOptions> = {}): Promise<Terminal> {
  return Terminal.open({ cwd: folder, env, ...options })
}

/** A home in which the shell finds `andon`. */
async function homeWith(home: string, variables: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const bin = join(home, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'andon'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  await chmod(join(bin, 'andon'), 0o755)
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
  return { ...variables, HOME: home, LANG: 'C.UTF-8', PATH: path }
}

function workerOf({ running, token }: Shop): BackgroundWorker {
  return new Andon({ url: running.url ?? '', token })
    .worker({ queues: [QUEUE], drainMs: 0, cpuPercent: null, memoryPercent: null, onError: () => undefined })
    .handle('walk', (job) => {
      walks.set(job.id, job)
      return new Promise((_resolve, reject) => {
        job.signal.addEventListener('abort', () => reject(job.signal.reason))
      })
    })
    .handle('ends', (job) => {
      const error = { code: 'out_of_ink', message: 'There is no ink', hint: 'Fill it up.', retryable: false }
      return Promise.resolve(
        (job.input as { how: string }).how === 'failed' ? failed(error) : completedWithErrors(error),
      )
    })
}

function create(type: string, input: object = {}, isHeld = false): Promise<{ id: string }> {
  return shop.andon.jobs.create({ type, queue: QUEUE, input, is_held: isHeld, max_attempts: 1 })
}

/** The job once its handler has it. */
async function walkOf(id: string): Promise<NodeJobContext> {
  const walk = await eventually(
    () => Promise.resolve(walks.get(id)),
    (found) => found !== undefined,
  )
  if (walk === undefined) throw new Error('the handler has no such job')
  return walk
}

function ended(id: string) {
  return eventually(
    () => shop.andon.jobs.get(id),
    (job) => job.finished_at !== null,
  )
}

/** The filled part of the bar on the screen. */
function barOf(screen: string): string {
  return /█+/.exec(screen)?.[0] ?? ''
}
