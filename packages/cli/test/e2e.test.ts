import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print'
import { startPrintServer } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ran, World } from './world.ts'

const BIN = join(import.meta.dirname, '../bin/andon.mjs')

let folder = ''
let up: ChildProcess | undefined
let device: VirtualPrinter | undefined
const printer = 'Label desk'

interface Ended {
  readonly code: number | null
  readonly err: string
  readonly out: string
}

/** Starts a command as a shell does; nothing of this run's own environment reaches it. */
function start(...argv: readonly string[]): ChildProcess {
  const env = { HOME: join(folder, 'home'), PATH: process.env['PATH'] ?? '' }
  return spawn(process.execPath, [BIN, ...argv], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, err, out }
}

/** In this process, which is quicker than a new one. */
const andon = (...argv: readonly string[]): Promise<Ran> => new World(folder).andon(argv)

/** Resolves once the child has written the text; rejects when it ends without. */
function says(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(text)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('close', () => reject(new Error(`ended before it said "${text}": ${said}`)))
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'andon-e2e-'))
  device = await startVirtualPrinter({ name: 'Label desk', speed: 20 })
  up = start('up', '--port', '0')
  await says(up, 'Andon is up')
  await writeFile(join(folder, 'box.zpl'), '^XA^FO50,50^A0N,40,40^FDBox {{n}}^FS^XZ')
  const added = await andon('printers', 'add', printer, device.uri, '--kind', 'label')
  expect(added.code, added.err).toBe(0)
})

afterAll(async () => {
  if (up?.exitCode === null) {
    const closed = once(up, 'close')
    up.kill('SIGINT')
    await closed
  }
  await device?.[Symbol.asyncDispose]()
  await rm(folder, { force: true, recursive: true })
})

describe('the command against a server that runs here', () => {
  test('is let in without signing in', async () => {
    const { code, out } = await andon('whoami')
    expect(code).toBe(0)
    expect(out).toContain('token    ')
    expect((await stat(join(folder, 'data/cli-token'))).mode & 0o077).toBe(0)
  })

  test('prints labels, follows them, and finds them again', async () => {
    const { code, err, out } = await andon(
      'print',
      'box.zpl',
      '-n',
      '3',
      '-p',
      printer,
      '--tag',
      'e2e=1',
      '--watch',
      '-o',
      'json',
    )
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject([{ state: 'completed', items: { total: 3, done: 3 } }])
    const [{ id }] = JSON.parse(out)
    const found = await andon('jobs', 'list', `id:${id}`, '-o', 'name')
    expect(found.out).toBe(`${id}\n`)
    expect(JSON.parse((await andon('jobs', 'status', id, '-o', 'json')).out)).toMatchObject({ tags: { e2e: '1' } })
    const csv = await andon('jobs', 'export', `id:${id}`)
    expect(csv.out.split('\r\n')[1]).toContain('box.zpl')
  })

  test('says what to do while the printer is out of paper, and goes on when it is mended', async () => {
    const watching = start('print', 'box.zpl', '-n', '40', '-p', printer, '--watch')
    const result = ended(watching)
    await says(watching, 'printing')
    device?.setFault('media-empty')
    await says(watching, '    1. ')
    device?.clearFault('media-empty')
    const { code, err, out } = await result
    expect(code, err).toBe(0)
    expect(err).toContain(`▲ ${printer}: `)
    expect(out).toContain('✓ completed')
  })

  test('leaves a job alone when watching is interrupted, and stops it when asked to', async () => {
    const id = (await andon('print', 'box.zpl', '-n', '400', '-p', printer, '-q')).out.trim()
    const watching = start('jobs', 'watch', id)
    await says(watching, id)
    watching.kill('SIGINT')
    expect((await ended(watching)).code).toBe(130)
    const cancelled = await andon('jobs', 'cancel', id, '--reason', 'enough', '--wait', '10s', '--json', 'state')
    expect(cancelled.code, cancelled.err).toBe(0)
    expect(JSON.parse(cancelled.out)).toEqual([{ state: 'cancelled' }])
    const atDevice = [...(device?.jobs.values() ?? [])].map(({ state }) => state)
    // Nothing of it is left at the device, where each label is a job.
    expect(atDevice.length).toBeLessThan(400)
    expect(atDevice.filter((state) => !['aborted', 'canceled', 'completed'].includes(state))).toEqual([])
    expect((await andon('jobs', 'wait', id)).code).toBe(6)
    expect((await andon('jobs', 'cancel', id)).code).toBe(8)
    const again = await andon('jobs', 'retry', id, '--from', '400', '--watch', '-o', 'json')
    expect(JSON.parse(again.out)).toMatchObject([{ state: 'completed', items: { total: 1 } }])
    expect((await andon('jobs', 'retry', id)).code).toBe(8)
  })

  test('stops what a print server of the shop prints', async () => {
    await using printServer = await startPrintServer({ printers: ['Zebra 1'], msPerLabel: 50 })
    expect((await andon('printers', 'add', 'Zebra 1', printServer.uri, '--kind', 'label')).code).toBe(0)
    const id = (await andon('print', 'box.zpl', '-n', '400', '-p', 'Zebra 1', '-q')).out.trim()
    await printServer.until((server) => server.printed.length > 2)
    const cancelled = await andon('jobs', 'cancel', id, '--wait', '30s', '--json', 'state,items.done')
    expect(cancelled.code, cancelled.err).toBe(0)
    const [job] = JSON.parse(cancelled.out)
    expect(job).toMatchObject({ state: 'cancelled' })
    const orders = [...printServer.jobs.values()].map(({ status }) => status)
    expect(orders).toContain('cancelled')
    expect(orders.filter((status) => status === 'queued' || status === 'printing')).toEqual([])
    // What came out before is told, and nothing comes out any more.
    expect(job['items.done']).toBe(printServer.printed.length)
    expect((await andon('printers', 'remove', 'Zebra 1', '-y')).code).toBe(0)
  })

  test.each([
    [['print', 'box.zpl', '-n', '501', '-p', printer], 2, 'items_out_of_range'],
    [['print', 'box.zpl', '-n', '0', '-p', printer], 2, 'items_out_of_range'],
    [['print', 'box.zpl', '-p', 'Nowhere'], 3, 'printer_not_found'],
    [['jobs', 'list', 'stat:failed'], 2, '    ^^^^'],
    [['jobs', 'status', 'ffffffff'], 3, 'job_not_found'],
    [['printers', 'add', 'X', 'ipp://127.0.0.1:9/ipp/print'], 1, '--unchecked'],
  ] as const)('%j exits with %i', async (argv, code, words) => {
    const ran = await andon(...argv)
    expect(ran.code, ran.err).toBe(code)
    expect(ran.err).toContain(words)
    expect(ran.out).toBe('')
  })

  test('backs the running database up', async () => {
    const doctor = await andon('db', 'doctor')
    expect(doctor.code, doctor.out + doctor.err).toBe(0)
    expect((await andon('db', 'backup', 'andon.backup')).code).toBe(0)
    expect((await readFile(join(folder, 'andon.backup'))).byteLength).toBeGreaterThan(1000)
  })
})
