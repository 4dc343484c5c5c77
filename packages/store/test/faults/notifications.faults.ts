import type { WorkHint } from '@andon/core'
import { startTcpProxy, testDatabase } from '@andon/testing'
import { expect, test } from 'vitest'
import { EventFeed } from '../../src/feed.ts'
import { cancelJob, createJobs, internQueues, openStore, storeJobSource } from '../../src/index.ts'
import { serverAddress, throughAddress } from './address.ts'

const TYPE = 'test.work'

test('with notifications lost, polls find work, cancels and events; and the listener finds out by itself', async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const wire = stack.use(await startTcpProxy(serverAddress(database.url)))
  const listenConnection = throughAddress(database.url, wire)
  const store = stack.use(await openStore({ connection: database.url, listenConnection }))
  const other = stack.use(await openStore({ connection: database.url }))
  const source = storeJobSource(store)
  const lease = await source.register({
    name: 'w1',
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types: [TYPE],
    slots: 10,
    leaseMs: 30_000,
  })
  const lane = (await internQueues(store, ['default'])).get('default')?.id ?? 0
  const lanes = [{ laneId: lane, queueIds: [lane], limit: 10, slot: null }]
  const claim = () => source.claim(lease, { lanes, types: [TYPE], limit: 10 })
  const heard = hearing()
  stack.use(await source.subscribe(lease, heard.hint))
  const feed = stack.use(new EventFeed(store))
  feed.subscribe((events) => events.forEach((event) => event.jobIds.forEach(heard.job)))
  await feed.start()
  await heard.until(() => heard.count('sweep') === 1)

  wire.silence()
  const [made] = await createJobs(other, [{ type: TYPE, createdBy: 'anna' }])
  const id = made?.id ?? ''
  // Nobody told the feed: its own poll finds the event.
  await heard.until(() => heard.jobs.has(id))
  expect(heard.count('ready')).toBe(0)
  const [job] = await claim()
  expect(job?.jobId).toBe(id)
  await cancelJob(other, id, { actor: { name: 'anna' } })
  expect(await source.cancelled(lease)).toMatchObject([{ jobId: id, by: 'anna' }])
  const answer = await source.heartbeat(lease, { cpuPercent: 1, memoryMb: 1, running: 1 })
  expect(answer.cancels).toMatchObject([{ jobId: id }])
  expect(heard.count('cancel')).toBe(0)
  if (job !== undefined) await source.settle(lease, [{ jobId: id, fence: job.fence, outcome: 'cancelled' }])

  // The connection looks open to both sides. Asking whether it lives shows that it does not.
  await heard.until(() => store.isListening === false)
  wire.heal()
  await heard.until(() => heard.count('sweep') === 2)
  expect(store.isListening).toBe(true)
  await createJobs(other, [{ type: TYPE, createdBy: 'anna' }])
  await heard.until(() => heard.count('ready') > 0)
})

test('a listening connection that is cut again and again comes back each time with a sweep', async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const wire = stack.use(await startTcpProxy(serverAddress(database.url)))
  const listenConnection = throughAddress(database.url, wire)
  const store = stack.use(await openStore({ connection: database.url, listenConnection }))
  const heard = hearing()
  stack.use(store.listen(({ kind }) => heard.kind(kind)))
  for (let round = 1; round <= 5; round += 1) {
    await heard.until(() => heard.count('sweep') === round)
    wire.cut()
  }
  await heard.until(() => heard.count('sweep') === 6)
})

function hearing() {
  const kinds: string[] = []
  const jobs = new Set<string>()
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  return {
    jobs,
    count: (kind: string): number => kinds.filter((known) => known === kind).length,
    kind: (kind: string): void => {
      kinds.push(kind)
      wake()
    },
    hint: (hint: WorkHint): void => {
      kinds.push(hint.kind)
      wake()
    },
    job: (id: string): void => {
      jobs.add(id)
      wake()
    },
    /** Some of what is waited for tells nobody, so it is looked at now and then as well. */
    until: async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) {
        const timer = setTimeout(wake, 50)
        await new Promise<void>((resolve) => waiting.add(resolve))
        clearTimeout(timer)
      }
    },
  }
}
