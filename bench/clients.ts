// Many clients of the live stream on one server, each on the page of a job of its own, while jobs change a thousand times
// a second: how old a message is when it comes, what a client takes of the server's memory, and how long the server's
// event loop is held up; beside the bare library `ws` that sends as many messages to as many clients.
// usage: npm run bench -- clients
//   ANDON_BENCH_CLIENTS=10000   ANDON_BENCH_UPDATES_PER_SECOND=1000   ANDON_BENCH_CLIENT_SECONDS=20
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openStore } from '../packages/store/src/index.ts'
import { type Bench, figure, percentile, size } from './figure.ts'
import { ClientProcesses, type Heard } from './live/audience.ts'
import { HeldJobs } from './live/held-jobs.ts'
import type { LoopDelay } from './live/loop-delay.ts'
import { newDatabase } from './new-database.ts'
import { startServerProcess } from './product/server-process.ts'
import { memoryOf } from './product/use-of-memory.ts'

/** A message that has not come when all were quiet for so long does not come. */
const QUIET_SECONDS = 5
const LOOP_DELAY = join(import.meta.dirname, 'live/loop-delay.ts')

interface Load {
  readonly clients: number
  readonly perSecond: number
  readonly seconds: number
}

/** A server with clients, whatever it is. */
interface Served {
  readonly peer: 'andon' | 'ws bare'
  readonly process: ChildProcess
  readonly open: () => Promise<ClientProcesses>
  /** Makes the load, and resolves when all of it is on its way; how many messages it makes. */
  readonly make: () => Promise<number>
}

export const run: Bench = async ({ databaseUrl }) => {
  const load = {
    clients: size('CLIENTS', 10_000),
    perSecond: size('UPDATES_PER_SECOND', 1_000),
    seconds: size('CLIENT_SECONDS', 20),
  }
  await measureBare(load)
  await measureAndon(await newDatabase(databaseUrl, 'andon_bench_clients'), load)
}

async function measureBare(load: Load): Promise<void> {
  const server = fork(join(import.meta.dirname, 'live/bare-server.ts'), { execArgv: ['--import', LOOP_DELAY] })
  const [port] = (await once(server, 'message')) as [number]
  await measure(load, {
    peer: 'ws bare',
    process: server,
    open: () =>
      ClientProcesses.open(
        `ws://127.0.0.1:${port}`,
        '',
        Array.from({ length: load.clients }, () => ({})),
      ),
    make: async () => {
      const sent = once(server, 'message')
      server.send({ perSecond: load.perSecond, seconds: load.seconds })
      await sent
      return load.perSecond * load.seconds
    },
  })
  const exited = once(server, 'exit')
  server.disconnect()
  await exited
}

async function measureAndon(url: string, load: Load): Promise<void> {
  const server = await startServerProcess({ command: 'server', databaseUrl: url, preload: LOOP_DELAY })
  await using store = await openStore({ connection: url })
  try {
    const jobs = await HeldJobs.hold(store, load.clients, ['live'])
    const pages = jobs.ids.map((id) => ({ type: 'subscribe', id: 'job', topic: 'job', job_id: id }))
    await measure(load, {
      peer: 'andon',
      process: server.process,
      open: () => ClientProcesses.open(`${server.url.replace('http', 'ws')}/ws`, server.token, pages),
      make: () => jobs.update(load),
    })
  } finally {
    await server.stop()
  }
}

async function measure({ clients, perSecond, seconds }: Load, served: Served): Promise<void> {
  const before = await settledMemory(served.process)
  const startedMs = performance.now()
  await using audience = await served.open()
  const openedInMs = performance.now() - startedMs
  const after = await settledMemory(served.process)
  await audience.heard()
  await loopDelayOf(served.process)
  const made = await served.make()
  const heard = await heardAll(audience, made)
  const { longestMs, p99Ms } = await loopDelayOf(served.process)
  const facts = { peer: served.peer, clients, updates_per_second: Math.round(made / seconds) }
  figure('clients opened', (clients * 1_000) / openedInMs, 'clients/s', facts)
  figure('age of a message, p50', percentile(heard.ages, 50), 'ms', { ...facts, messages: heard.ages.length })
  figure('age of a message, p99', percentile(heard.ages, 99), 'ms', { ...facts, asked: '≤ 250 ms' })
  figure('messages a second asked for that were made', (100 * made) / perSecond / seconds, '%', facts)
  figure('messages that did not come', made - heard.ages.length, 'messages', { ...facts, asked: '0' })
  figure('clients cut off', heard.closed, 'clients', { ...facts, asked: '0' })
  figure('memory of a client', (after - before) / 1_024 / clients, 'KB', { ...facts, asked: '≤ 20 KB' })
  figure('event loop held up, p99', p99Ms, 'ms', facts)
  figure('event loop held up, longest', longestMs, 'ms', { ...facts, asked: '≤ 50 ms' })
}

/** What came until all of it is there or nothing more comes for some seconds. */
async function heardAll(audience: ClientProcesses, made: number): Promise<Heard> {
  const ages: number[] = []
  for (let quietSeconds = 0; ; quietSeconds += 1) {
    await pause(1_000)
    const heard = await audience.heard()
    for (const age of heard.ages) ages.push(age)
    if (heard.ages.length > 0) quietSeconds = 0
    if (ages.length >= made || quietSeconds >= QUIET_SECONDS) return { ages, closed: heard.closed }
  }
}

/** Resident bytes, once they do not grow any more. */
async function settledMemory({ pid = 0 }: ChildProcess): Promise<number> {
  for (let last = 0; ; ) {
    await pause(1_000)
    const { residentBytes } = await memoryOf(pid)
    if (Math.abs(residentBytes - last) < 1_048_576) return residentBytes
    last = residentBytes
  }
}

async function loopDelayOf(server: ChildProcess): Promise<LoopDelay> {
  const answer = once(server, 'message')
  server.send('loop-delay')
  const [delay] = (await answer) as [LoopDelay]
  return delay
}
