import type { ClaimedJob, JobError, ProgressUpdate, WorkerLease, WorkHint } from '@andon/core'
import { rescueWorkers } from '@andon/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { HttpJobSource, HttpSourceOptions } from '../../sdk/src/index.ts'
import { expireLease, openRemoteShop, type RemoteShop, TYPE } from './remote-shop.ts'

let shop: RemoteShop
beforeAll(async () => {
  shop = await openRemoteShop()
})
afterEach(() => shop.rest())
afterAll(() => shop[Symbol.asyncDispose]())

const REGISTRATION = {
  name: 'remote',
  kind: 'worker',
  host: 'h',
  pid: 1,
  version: 'test',
  types: [TYPE],
  slots: 100,
  leaseMs: 60_000,
} as const
const NOBODYS = '0190a000-0000-7000-8000-000000000000'
const SAMPLE = { cpuPercent: 1, memoryMb: 1, running: 0 }

interface Holder {
  readonly source: HttpJobSource
  readonly lease: WorkerLease
  /** In the order in which they were made. */
  readonly jobs: readonly ClaimedJob[]
}

/** A source whose worker holds so many jobs. */
async function holder(count: number, options: Partial<HttpSourceOptions> = {}): Promise<Holder> {
  const source = shop.source(options)
  const lease = await source.register(REGISTRATION)
  for (let n = 0; n < count; n += 1) await shop.create({ items: [{ ref: 'A' }] })
  const jobs = await source.claim(lease, await everything(source))
  expect(jobs).toHaveLength(count)
  return { source, lease, jobs }
}

async function everything(source: HttpJobSource) {
  const lanes = await source.queueLanes(['default'])
  const limit = 100
  return { lanes: lanes.map(({ laneId, queueIds }) => ({ laneId, queueIds, limit, slot: null })), types: [TYPE], limit }
}

async function jobOf({ jobId }: { readonly jobId: string }): Promise<Record<string, unknown>> {
  return (await shop.andon.call('GET', `/api/jobs/${jobId}`)).body
}

const tokenOf = ({ fence, jobId }: ClaimedJob) => ({ fence, jobId })
const lineOf = ({ attempt, jobId }: ClaimedJob, message: string) =>
  ({ jobId, attempt, at: new Date(), level: 'info', step: null, message }) as const

function errorWith(text: string): JobError {
  return { code: text, message: text, hint: text, detail: text, traceback: text.repeat(6), retryable: true }
}

describe('one entry that the server can never take', () => {
  test('of progress is left out, and that of all other jobs arrives', async () => {
    const { jobs, lease, source } = await holder(5)
    const none = { step: null, stepsDone: null, stepsTotal: null, estimateSeconds: null }
    const updates = jobs.map((job, place): ProgressUpdate => {
      const message = place === 2 ? 'x'.repeat(501) : `at ${place}`
      return { ...tokenOf(job), progress: { ...none, percent: null, message } }
    })
    expect(await source.progress(lease, updates)).toEqual([])
    const shown = await Promise.all(jobs.map(async (job) => (await jobOf(job))['progress']))
    expect(shown).toMatchObject(['at 0', 'at 1', null, 'at 3', 'at 4'].map((message) => ({ message })))
  })

  test('of a log is left out, and all other lines are kept in order', async () => {
    const { jobs, source } = await holder(1)
    const [job] = jobs
    if (job === undefined) throw new Error('no job')
    await source.log(['one', 'x'.repeat(10_001), 'two', 'three'].map((message) => lineOf(job, message)))
    const { body } = await shop.andon.call('GET', `/api/jobs/${job.jobId}/logs`)
    expect(body.data.map(({ message }: { message: string }) => message)).toEqual(['one', 'two', 'three'])
  })

  test('of results fails its job and says why, and the others are completed', async () => {
    const { jobs, lease, source } = await holder(4)
    const results = ['a', 'b', 'x'.repeat(17 * 1024 * 1024), 'd']
    const reports = jobs.map((job, place) => ({
      ...tokenOf(job),
      outcome: 'completed' as const,
      result: results[place],
    }))
    expect(await source.settle(lease, reports)).toEqual([])
    const states = await Promise.all(jobs.map(async (job) => (await jobOf(job))['state']))
    expect(states).toEqual(['completed', 'completed', 'failed', 'completed'])
    const [, , tooLarge] = jobs
    expect(await jobOf(tooLarge ?? { jobId: '' })).toMatchObject({
      error: { code: 'handler_failed', message: expect.stringContaining('did not take the report') },
    })
  })
})

describe('texts and delays that the server has no room for', () => {
  test('are cut, and the errors that they belong to are kept', async () => {
    const { jobs, lease, source } = await holder(2)
    const [long, short] = jobs
    if (long === undefined || short === undefined) throw new Error('no jobs')
    // Cut after 10,000 this would end with half a character.
    const text = `${'e'.repeat(9_999)}😀 and on it goes${'e'.repeat(20_000)}`
    const bare = { code: 'c', message: 'm', hint: null, retryable: false }
    expect(
      await source.settle(lease, [
        { ...tokenOf(long), outcome: 'failed', error: errorWith(text) },
        { ...tokenOf(short), outcome: 'failed', error: bare },
      ]),
    ).toEqual([])
    const { error } = (await jobOf(long)) as { error: JobError }
    expect(error.message).toBe(`${'e'.repeat(9_999)}\uFFFD`)
    expect(error.code).toBe('e'.repeat(100))
    expect(await jobOf(short)).toMatchObject({ state: 'failed', error: { code: 'c', message: 'm' } })
  })

  test('hold up no job that is to run later', async () => {
    const { jobs, lease, source } = await holder(3)
    const [late, early, again] = jobs
    if (late === undefined || early === undefined || again === undefined) throw new Error('no jobs')
    expect(
      await source.settle(lease, [
        { ...tokenOf(late), outcome: 'snooze', delayMs: 1e15, reason: 'r'.repeat(10_001) },
        { ...tokenOf(early), outcome: 'snooze', delayMs: -1, reason: null },
        { ...tokenOf(again), outcome: 'retry', delayMs: 1e15, error: errorWith('busy') },
      ]),
    ).toEqual([])
    expect(await jobOf(late)).toMatchObject({ state: 'pending', attempt: 0 })
    expect(await jobOf(early)).toMatchObject({ attempt: 0 })
    expect(await jobOf(again)).toMatchObject({ state: 'pending', wait_reason: 'retry' })
  })

  test('end no worker that cannot measure what it costs', async () => {
    const { lease, source } = await holder(0)
    const told = { cpuPercent: Number.NaN, memoryMb: -3, running: 0 }
    expect(await source.heartbeat(lease, told)).toMatchObject({ alive: true })
    expect(await source.heartbeat(lease, { ...told, memoryMb: null })).toMatchObject({ alive: true })
  })
})

describe('a lease that is lost', () => {
  const lost = async (): Promise<Holder> => {
    const held = await holder(1)
    await expireLease(shop.andon.store, held.lease.workerId)
    await rescueWorkers(shop.andon.store)
    return held
  }

  test('is an answer to whatever is reported, and no error', async () => {
    const { jobs, lease, source } = await lost()
    const [job] = jobs
    if (job === undefined) throw new Error('no job')
    const stale = [{ ...tokenOf(job), state: 'unknown' }]
    expect(await source.heartbeat(lease, SAMPLE)).toEqual({ alive: false, drain: false, cancels: [] })
    expect(await source.progress(lease, [{ ...tokenOf(job), substate: 'running' }])).toEqual(stale)
    expect(await source.settle(lease, [{ ...tokenOf(job), outcome: 'completed' }])).toEqual(stale)
    expect(await source.cancelled(lease)).toEqual([])
    expect(await source.missed(lease, [])).toEqual([])
    expect(await source.claim(lease, { lanes: [], types: [TYPE], limit: 1 })).toEqual([])
    await source.log([lineOf(job, 'too late')])
    await source.unregister(lease)
    await source.abandon(lease)
  })

  test('reads and changes no item, and says so', async () => {
    const { jobs, lease, source } = await lost()
    const [job] = jobs
    if (job === undefined) throw new Error('no job')
    const change = { ...tokenOf(job), from: 0, to: 0, state: 'done', attempt: 1 } as const
    const refused = { code: 'lease_lost' }
    await expect(source.items(job.jobId, 0, 1)).rejects.toMatchObject(refused)
    await expect(source.document(job.jobId)).rejects.toMatchObject(refused)
    await expect(source.change(lease, [change])).rejects.toMatchObject(refused)
    await expect(source.send('printers', {})).rejects.toMatchObject(refused)
  })

  test('ends its hints, and nobody has to stop them', async () => {
    const { lease, source } = await lost()
    const hints: WorkHint[] = []
    const subscription = await source.subscribe(lease, (hint) => hints.push(hint))
    await source.heartbeat(lease, SAMPLE)
    expect(hints).toEqual([])
    await subscription[Symbol.asyncDispose]()
  })
})

test('whoever has not registered holds nothing, and asks the server for nothing', async () => {
  let requests = 0
  const source = shop.source({
    fetch: (input, init) => {
      requests += 1
      return fetch(input, init)
    },
  })
  expect(source.lease).toBeNull()
  expect(await source.lanes()).toEqual([])
  expect(await source.queueLanes()).toEqual([])
  await source.log([{ jobId: NOBODYS, attempt: 1, at: new Date(), level: 'info', step: null, message: 'lost' }])
  await expect(source.items(NOBODYS, 0, 1)).rejects.toMatchObject({ code: 'lease_lost' })
  await expect(source.document(NOBODYS)).rejects.toMatchObject({ code: 'lease_lost' })
  await expect(source.send('printers', {})).rejects.toMatchObject({ code: 'lease_lost' })
  expect(requests).toBe(0)
})

const isHints = (input: Parameters<typeof fetch>[0]): boolean => typeof input === 'string' && input.endsWith('/hints')

describe('hints', () => {
  test('come for all that the worker is told of before it claimed, and are repeated as a sweep after they were lost', async () => {
    let isAway = true
    const source = shop.source({
      fetch: (input, init) => (isAway && isHints(input) ? Promise.reject(new TypeError('cut')) : fetch(input, init)),
    })
    const lease = await source.register(REGISTRATION)
    const hints: WorkHint[] = []
    const subscription = await source.subscribe(lease, (hint) => hints.push(hint))
    await shop.create()
    isAway = false
    await expect.poll(() => hints).toContainEqual({ kind: 'sweep' })
    const [job] = await source.claim(lease, await everything(source))
    expect(job).toBeDefined()
    await shop.andon.call('POST', `/api/jobs/${job?.jobId}/cancel`)
    await expect.poll(() => hints).toContainEqual({ kind: 'cancel', jobIds: [job?.jobId] })
    await subscription[Symbol.asyncDispose]()
  })

  test('that come after the subscription ended are told to nobody', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<Response>()
    // A fetch that does not heed its signal, as some that stand in for it do not.
    const source = shop.source({
      fetch: (input, init) => {
        if (!isHints(input)) return fetch(input, init)
        asked.resolve()
        return answer.promise
      },
    })
    const lease = await source.register(REGISTRATION)
    const hints: WorkHint[] = []
    const subscription = await source.subscribe(lease, (hint) => hints.push(hint))
    await asked.promise
    const ending = subscription[Symbol.asyncDispose]()
    answer.resolve(Response.json({ ready: [1], cancels: [], sweep: true }))
    await ending
    expect(hints).toEqual([])
  })
})
