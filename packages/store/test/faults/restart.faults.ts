import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openStore, type Store } from '@andon/store'
import { type EmbeddedEvent, startEmbeddedPostgres } from '@andon/store/embedded'
import { expect, test } from 'vitest'
import { EventFeed } from '../../src/feed.ts'
import { Load, wrongAfter } from './load.ts'

const ROUNDS = Number(process.env['ANDON_FAULTS_ROUNDS'] ?? 4)

test('a database that is killed under load comes back, and nothing acknowledged is lost', async () => {
  await using stack = new AsyncDisposableStack()
  const restarts: EmbeddedEvent[] = []
  const server = stack.use(
    await startEmbeddedPostgres({ dataDir: await folder(stack), onEvent: (event) => restarts.push(event) }),
  )
  const store = stack.use(await openStore({ connection: server.connection, connectTimeoutMs: 2_000 }))
  await migrate(store.pool)
  const heard = await listeners(store, stack)
  const load = stack.use(new Load(store))
  await load.progress(200)
  for (let round = 0; round < ROUNDS; round += 1) {
    const sweeps = heard.sweeps
    await KILLS[round % KILLS.length]?.(server.pid, store)
    await load.progress(200)
    await heard.until(() => heard.sweeps > sweeps)
  }
  await load.finish()
  expect(await wrongAfter(store, load)).toEqual([])
  expect([...load.errors.keys()].filter((code) => !ALLOWED.has(code))).toEqual([])
  expect(server.state).toBe('running')
  expect(restarts.filter((event) => event.kind === 'restart_failed')).toEqual([])

  const { rows } = await store.pool.query('select seq from event union all select seq from event_batch')
  const written = new Set(rows.map((row) => Number(row.seq)))
  await heard.until(() => heard.events.size >= written.size)
  expect(heard.events.symmetricDifference(written)).toEqual(new Set())
})

/** What a caller may be told while the database is away. */
const ALLOWED = new Set(['database_unavailable', 'database_timeout'])

/** The whole server, the whole server without time to write, and one of its processes, which ends all others. */
const KILLS: readonly ((pid: number | null, store: Store) => Promise<void>)[] = [
  async (pid) => void process.kill(Number(pid), 'SIGKILL'),
  async (pid) => void process.kill(Number(pid), 'SIGQUIT'),
  async (_pid, store) => {
    const { rows } = await store.pool.query("select pid from pg_stat_activity where application_name = 'andon' limit 1")
    process.kill(Number(rows[0]?.pid), 'SIGKILL')
  },
]

async function listeners(store: Store, stack: AsyncDisposableStack) {
  const waiting = new Set<() => void>()
  const heard = {
    events: new Set<number>(),
    sweeps: 0,
    until: async (isSo: () => boolean) => {
      while (!isSo()) await new Promise<void>((resolve) => waiting.add(resolve))
    },
  }
  const tell = (): void => {
    for (const wake of waiting) wake()
    waiting.clear()
  }
  stack.use(
    store.listen(({ kind }) => {
      if (kind === 'sweep') heard.sweeps += 1
      tell()
    }),
  )
  const feed = stack.use(new EventFeed(store))
  feed.subscribe((events) => {
    for (const event of events) heard.events.add(event.seq)
    tell()
  })
  await feed.start(0)
  return heard
}

async function folder(stack: AsyncDisposableStack): Promise<string> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'andon-faults-')))
  stack.defer(() => rm(base, { force: true, recursive: true }))
  await chmod(base, 0o755)
  return join(base, 'data')
}
