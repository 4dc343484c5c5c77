import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print/virtual'
import { Andon } from '@andon/sdk'
import { emptyDatabase, type TestDatabase } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, labels } from './shop.ts'

const BIN = join(import.meta.dirname, '../bin/andon.mjs')
const ROUNDS = Number(process.env['ANDON_FAULTS_ROUNDS'] ?? 3)
/** PostgreSQL's own process is a child of the killed one in the embedded cases; in the first it is left to be adopted. */
const WHERE = ['the embedded database', 'the embedded database, which is killed too', 'a database of a server'] as const

describe.concurrent.each(WHERE)('a process that is killed in the middle of a batch, over %s', (where) => {
  let folder: string
  let printer: VirtualPrinter
  let database: TestDatabase | null = null
  let up: ChildProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'andon-restart-'))
    printer = await startVirtualPrinter({ name: 'Label 01', speed: 15 })
    database = where === 'a database of a server' ? await emptyDatabase() : null
    up = await start()
    await (await client()).printers.add({ name: 'Label 01', driver: 'virtual', uri: printer.uri })
  })

  afterAll(async () => {
    up.kill('SIGTERM')
    if (up.exitCode === null) await once(up, 'exit')
    await printer.close()
    await database?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  async function start(): Promise<ChildProcess> {
    const { DATABASE_URL: _other, ...rest } = process.env
    const env = database ? { ...rest, DATABASE_URL: database.url } : rest
    const child = spawn(process.execPath, [BIN, 'up', '--data', join(folder, 'data'), '--port', '0'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      if (String(chunk).includes('Andon is up')) break
    }
    child.stdout.resume()
    return child
  }

  /** Ends the process at any moment, as a power cut does. */
  async function kill(): Promise<void> {
    const exited = once(up, 'exit')
    up.kill('SIGKILL')
    if (where === 'the embedded database, which is killed too') {
      const [pid] = (await readFile(join(folder, 'data/postgres/pgdata/postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGKILL')
    }
    await exited
  }

  async function client(): Promise<Andon> {
    const { url } = JSON.parse(await readFile(join(folder, 'data/server.json'), 'utf8')) as { url: string }
    const token = (await readFile(join(folder, 'data/cli-token'), 'utf8')).trim()
    return new Andon({ url, token })
  }

  test(`goes on at the right label, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const job = await (await client()).print({ printer: 'Label 01', items: labels(40) })
      const name = (sheet: { jobName: string }): boolean => sheet.jobName.includes(job.id)
      const killAfter = 1 + ((round * 13) % 35)
      await printer.until(({ printed }) => printed.filter(name).length >= killAfter)
      await kill()

      up = await start()
      const andon = await client()
      const ended = await eventually(
        () => andon.jobs.get(job.id),
        (view) => view.state === 'completed' || view.wait_reason === 'unconfirmed',
      )
      // The device was never gone, so it can always be asked: nothing stays in doubt.
      expect(ended).toMatchObject({ state: 'completed', items: { total: 40, done: 40, failed: 0 } })
      const sheets = printer.printed.filter(name).map(({ jobName }) => jobName)
      expect(sheets).toHaveLength(40)
      expect(new Set(sheets).size).toBe(40)
    }
  })
})
