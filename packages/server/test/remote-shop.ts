import { messageOf } from '@andon/core'
import type { Store } from '@andon/store'
import { type HttpJobSource, httpJobSource, type HttpSourceOptions } from '../../sdk/src/index.ts'
import { type Handler, Worker, type WorkerOptions } from '../../worker/src/index.ts'
import { startTestServer, type TestServer } from './harness.ts'

export const TYPE = 'test.work'

/** A server with workers that know no more of it than its address. */
export interface RemoteShop extends AsyncDisposable {
  readonly andon: TestServer
  /** Names of the workers' doings that failed, in order. */
  readonly errors: string[]
  source(options?: Partial<HttpSourceOptions>): HttpJobSource
  /** Starts a worker of the queue `default` that hears of nothing but by hints, unless the options say otherwise. */
  worker(handler: Handler, options?: RemoteWorkerOptions): Promise<Worker>
  /** Creates a job of the type {@link TYPE}; its id. */
  create(job?: object): Promise<string>
  /** Resolves with the job once it is in the state. */
  reaches(id: string, state: string): Promise<Record<string, unknown>>
  /** Stops all workers and forgets what failed, for the next test. */
  rest(): Promise<void>
}

export interface RemoteWorkerOptions extends Partial<WorkerOptions> {
  readonly http?: Partial<HttpSourceOptions>
}

/** So long that nothing of a test can be the poll's or the heartbeat's doing. */
export const NEVER_MS = 600_000

export async function openRemoteShop(): Promise<RemoteShop> {
  const andon = await startTestServer()
  const workers: Worker[] = []
  const errors: string[] = []
  const token = await andon.token('operator', ['worker'])
  const source = (options: Partial<HttpSourceOptions> = {}) => httpJobSource({ url: andon.url, token, ...options })
  return {
    andon,
    errors,
    source,
    worker: async (handler, { http, ...options } = {}) => {
      const own = source(http)
      const worker = new Worker({
        source: own,
        version: 'test',
        leaseMs: NEVER_MS,
        pollMs: NEVER_MS,
        handlers: new Map([[TYPE, handler]]),
        lanes: () => own.queueLanes(['default']),
        onError: (error, doing) => errors.push(`${doing}: ${messageOf(error)}`),
        ...options,
      })
      workers.push(worker)
      await worker.start()
      return worker
    },
    create: async (job = {}) => {
      const made = await andon.call('POST', '/api/jobs', { body: { type: TYPE, ...job } })
      if (made.status !== 201) throw new Error(JSON.stringify(made.body))
      return made.body.id as string
    },
    reaches: (id, state) =>
      until(async () => {
        const { body } = await andon.call('GET', `/api/jobs/${id}`)
        return body.state === state ? body : null
      }),
    rest: async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.stop()))
      await andon.store.pool.query('delete from job')
      errors.length = 0
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()))
      await andon[Symbol.asyncDispose]()
    },
  }
}

/** Resolves with the first answer that is not null; the test's own time limit ends a vain wait. */
export async function until<T>(look: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    // The condition lies in the database or in another worker, which tell nobody: look again soon.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Lets the lease of a worker run out, as if it had not been heard of for long. */
export async function expireLease(store: Store, workerId: number | null): Promise<void> {
  await store.pool.query(`update worker set lease_until = now() - interval '1 second' where id = $1`, [workerId])
}

/** A signal that resolves with its reason once it is aborted. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason)
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
}
