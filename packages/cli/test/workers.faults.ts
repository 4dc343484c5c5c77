import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '@andon/engine'
import { createJobs, type NewJob, openStore, type Store } from '@andon/store'
import { testDatabase, type TestDatabase } from '@andon/testing'
import { Andon } from '@andon/worker/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './shop.ts'

const WORKER = join(import.meta.dirname, 'ledger-worker.ts')
const HUNGRY = new URL('../../worker/test/handlers/hungry.ts', import.meta.url)
const KILLS = Number(process.env['ANDON_FAULTS_ROUNDS'] ?? 5)
/** Jobs under which workers are killed: as many as all kills find some of. */
const JOBS = Math.max(600, Math.min(10_000, 300 * KILLS))
/** Does not run by the machine's clock, but one that stands an hour ahead. */
const FAKE_TIME = { LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', DONT_FAKE_MONOTONIC: '1' }

let database: TestDatabase
let store: Store
let engine: ReturnType<typeof createEngine>
let folder: string
let ledger: string
const workers = new Set<ChildProcess>()

beforeAll(async () => {
  database = await testDatabase()
  store = await openStore({ connection: database.url })
  engine = createEngine({ store })
  engine.start()
  folder = await mkdtemp(join(tmpdir(), 'andon-workers-'))
})
beforeEach(async () => {
  ledger = join(folder, `ledger-${crypto.randomUUID()}`)
  await writeFile(ledger, '')
})
// A worker that was killed counts as alive until its lease is over, and may be handed a job until then.
afterEach(async () => {
  await Promise.all([...workers].map(kill))
  await eventually(
    () => rows('select from worker where stopped_at is null and lease_until > now()'),
    (alive) => alive.length === 0,
  )
})
afterAll(async () => {
  await engine.stop()
  await store.close()
  await database[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test(`workers killed ${KILLS} times under ${JOBS} jobs: each ends once, with the effects that its attempts say`, async () => {
  const ids = await create(Array.from({ length: JOBS }, () => ({ type: 'faults.work', maxAttempts: 100 })))
  let round = start()
  start()
  for (let kills = 0; kills < KILLS && (await liveOf(ids)) > 0; kills += 1) {
    const before = (await entries()).length
    // Killed in the middle of something, not before it began.
    await eventually(entries, (now) => now.length > before + 20 || now.length >= 2 * JOBS)
    await kill(round)
    round = start()
  }
  await eventually(
    () => liveOf(ids),
    (live) => live === 0,
  )
  const done = await rows<{ id: string; state: number; attempt: number }>(
    'select id, state, attempt from job_done where id = any($1::uuid[])',
    [ids],
  )
  expect(done).toHaveLength(JOBS)
  expect(done.filter(({ state }) => state !== 4)).toEqual([])
  const told = Map.groupBy(await entries(), ({ id }) => id)
  for (const { id, attempt } of done) {
    const of = told.get(id) ?? []
    const began = of.filter(({ what }) => what === 'began').map((entry) => entry.attempt)
    expect(new Set(began).size, `${id}: no attempt begins twice`).toBe(began.length)
    expect(Math.max(...began), id).toBe(attempt)
    expect(of, id).toContainEqual({ id, attempt, what: 'ended' })
  }
  const held = await rows('select from job where phase = 2')
  expect(held).toEqual([])
})

test('a job that ends its worker each time is parked, and others go on', async () => {
  const [poison = ''] = await create([{ type: 'faults.poison', maxAttempts: 3 }])
  const keepAlive = new AbortController()
  const respawning = respawn(keepAlive.signal)
  const ended = await eventually(
    () => rows<{ state: number; error: { code: string } }>('select state, error from job_done where id = $1', [poison]),
    (found) => found.length > 0,
  )
  expect(ended).toMatchObject([{ state: 6, error: { code: 'poison_job' } }])
  expect((await entries()).filter(({ what }) => what === 'began')).toHaveLength(3)
  const others = await create([{ type: 'faults.work' }])
  await eventually(
    () => liveOf(others),
    (live) => live === 0,
  )
  keepAlive.abort()
  await respawning
})

test('a worker that is frozen past its lease and wakes up is refused, and what it says is kept', async () => {
  const frozen = start()
  const [id = ''] = await create([{ type: 'faults.wait', maxAttempts: 5 }])
  await eventually(entries, (found) => found.length > 0)
  frozen.kill('SIGSTOP')
  const second = start()
  await eventually(
    () => liveOf([id]),
    (live) => live === 0,
  )
  frozen.kill('SIGCONT')
  const lines = await eventually(
    () =>
      rows<{ message: string; data: { result: number } }>('select message, data from job_log where job_id = $1', [id]),
    (found) => found.length > 0,
  )
  expect(lines).toMatchObject([{ data: { outcome: 'completed', result: frozen.pid } }])
  const done = await rows('select state, attempt, result from job_done where id = $1', [id])
  expect(done).toEqual([{ state: 4, attempt: 2, result: second.pid }])
})

test('a worker whose clock stands an hour ahead works like any other', async () => {
  start({ ...FAKE_TIME, FAKETIME: '+1h' })
  const ids = await create(Array.from({ length: 50 }, () => ({ type: 'faults.work' })))
  await eventually(
    () => liveOf(ids),
    (live) => live === 0,
  )
  const done = await rows<{ attempt: number; is_near: boolean }>(
    `select attempt, abs(extract(epoch from finished_at - now())) < 1800 as is_near from job_done where id = any($1::uuid[])`,
    [ids],
  )
  expect(done.filter(({ attempt, is_near: isNear }) => attempt !== 1 || !isNear)).toEqual([])
})

describe('a machine', () => {
  test('whose CPU is burned starts nothing and says why, and goes on when it is free', async () => {
    using andon = new Andon({ url: 'http://127.0.0.1:9' })
    await using worker = andon
      .worker({ databaseUrl: database.url, queues: ['faults'], name: 'careful', memoryPercent: null, cpuPercent: 80 })
      .handle('faults.careful', () => 1)
    await worker.start()
    using burners = new DisposableStack()
    for (let core = 0; core < cpus().length; core += 1) burners.adopt(burn(), (burner) => burner.kill('SIGKILL'))
    await eventually(waitsFor, (reason) => reason === 'cpu')
    const [id = ''] = await create([{ type: 'faults.careful' }])
    // Somebody who does not look at the machine gets done what comes after it.
    start()
    const others = await create([{ type: 'faults.work' }])
    await eventually(
      () => liveOf(others),
      (live) => live === 0,
    )
    expect(await rows('select phase, attempt from job where id = $1', [id])).toEqual([{ phase: 1, attempt: 0 }])
    burners.dispose()
    await eventually(
      () => liveOf([id]),
      (live) => live === 0,
    )
    expect(await waitsFor()).toBeNull()
  })

  test('is well after a handler that wants 4 GB: it ends at its limit', async () => {
    using andon = new Andon({ url: 'http://127.0.0.1:9' })
    await using worker = andon
      .worker({ databaseUrl: database.url, queues: ['faults'], cpuPercent: null, memoryPercent: null })
      .handle('faults.hungry', HUNGRY)
    await worker.start()
    const [id] = await create([{ type: 'faults.hungry', input: { inHeap: false, mb: 4_096 } }])
    const done = await eventually(
      () =>
        rows<{ error: { code: string }; resources: { peak_memory_mb: number } }>(
          'select error, resources from job_done where id = $1',
          [id],
        ),
      (found) => found.length > 0,
    )
    expect(done).toMatchObject([{ error: { code: 'memory_limit_exceeded' } }])
    expect(done[0]?.resources.peak_memory_mb).toBeLessThan(4_096)
  })
})

function start(more: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [WORKER, database.url, ledger], {
    env: { ...process.env, ...more },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  workers.add(child)
  child.once('exit', () => workers.delete(child))
  return child
}

/** Keeps one core busy until it is killed. */
function burn(): ChildProcess {
  return spawn(process.execPath, ['-e', 'for (;;) Math.sqrt(2)'])
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** A worker is started again whenever it has died, until the signal says stop. */
async function respawn(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const child = start()
    await Promise.race([once(child, 'exit'), new Promise((resolve) => signal.addEventListener('abort', resolve))])
  }
}

async function create(jobs: readonly Pick<NewJob, 'type' | 'maxAttempts' | 'input'>[]): Promise<string[]> {
  const made = await createJobs(
    store,
    jobs.map((job) => ({ queue: 'faults', createdBy: 'anna', ...job })),
  )
  return made.map(({ id }) => id)
}

async function liveOf(ids: readonly string[]): Promise<number> {
  const [row] = await rows<{ n: number }>('select count(*)::int as n from job where id = any($1::uuid[])', [ids])
  return row?.n ?? 0
}

async function waitsFor(): Promise<string | null> {
  const [row] = await rows<{ reason: string | null }>(
    `select sample->>'waits_for' as reason from worker where name = 'careful' and stopped_at is null`,
  )
  return row?.reason ?? null
}

interface Entry {
  readonly id: string
  readonly attempt: number
  readonly what: string
}

async function entries(): Promise<Entry[]> {
  return (await readFile(ledger, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', attempt = '', what = ''] = line.split(' ')
      return { id, attempt: Number(attempt), what }
    })
}

async function rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
  return (await store.pool.query(text, [...values])).rows as R[]
}
