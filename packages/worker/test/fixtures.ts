import { JOB_STATES, messageOf, type WorkerLease } from '@andon/core'
import { createJobs, internQueues, type NewJob, openStore, type Store, storeJobSource } from '@andon/store'
import { testDatabase } from '@andon/testing'
import type { StoreJobSource } from '@andon/store'
import { type Handler, Worker, type WorkerLane, type WorkerOptions } from '../src/index.ts'

/** A database with workers in it; disposing stops them all. */
export interface Shop extends AsyncDisposable {
  readonly store: Store
  readonly source: StoreJobSource
  /** Of its database. */
  readonly url: string
  /** Names of the worker's doings that failed, in order. */
  readonly errors: string[]
  /** Starts a worker of the queue `default`. */
  worker(handler: Handler, options?: Partial<WorkerOptions>): Promise<Worker>
  /** The lease of a worker that is somewhere else and does nothing. */
  otherWorker(): Promise<WorkerLease>
  lane(name?: string): Promise<WorkerLane>
  create(jobs: number | readonly Partial<NewJob>[]): Promise<string[]>
  createOne(job?: Partial<NewJob>): Promise<string>
  rows<R>(text: string, values?: readonly unknown[]): Promise<R[]>
  job(id: string): Promise<JobNow>
  /** Resolves when the job is in the state. */
  reaches(id: string, state: string): Promise<JobNow>
  /** Stops the workers and forgets live jobs and errors, for the next test. */
  rest(): Promise<void>
  /** Resolves when none of these jobs is live. */
  allEnd(ids: readonly string[]): Promise<void>
}

export interface JobNow {
  state: string
  hold: number | null
  attempt: number
  result: unknown
  summary: string | null
  error: { code: string; message: string; traceback?: string } | null
  progress: Record<string, unknown> | null
  items_done: number | null
  items_failed: number | null
  worker_id: number | null
  wait_ms: number
}

export const TYPE = 'test.work'

export async function openShop(): Promise<Shop> {
  const database = await testDatabase()
  const store = await openStore({ connection: database.url, maxConnections: 10 })
  const source = storeJobSource(store)
  const workers: Worker[] = []
  const errors: string[] = []

  const rows = async <R>(text: string, values: readonly unknown[] = []): Promise<R[]> => {
    for (;;) {
      try {
        const result = await store.pool.query(text, [...values])
        return result.rows as R[]
      } catch (error) {
        // A test that cuts connections cuts the pool's as well: each is found dead once.
        if (!/terminat|not queryable/i.test(String(error))) throw error
      }
    }
  }
  const lane = async (name = 'default'): Promise<WorkerLane> => {
    const id = (await internQueues(store, [name])).get(name)?.id
    if (id === undefined) throw new Error('no lane')
    return { laneId: id, queueIds: [id], slots: null, isExclusive: false }
  }
  const create = async (jobs: number | readonly Partial<NewJob>[]): Promise<string[]> => {
    const given: readonly Partial<NewJob>[] = typeof jobs === 'number' ? Array.from({ length: jobs }, () => ({})) : jobs
    const created = await createJobs(
      store,
      given.map((job) => ({ type: TYPE, createdBy: 'anna', ...job })),
    )
    return created.map(({ id }) => id)
  }
  const job = async (id: string): Promise<JobNow> => {
    const [row] = await rows<Omit<JobNow, 'state'> & { state: number }>(
      `select state, hold, attempt, result, summary, error, progress, items_done, items_failed, worker_id,
         (extract(epoch from run_at - now()) * 1000)::float8 as wait_ms
       from job_any where id = $1`,
      [id],
    )
    if (!row) throw new Error('no such job')
    return { ...row, state: JOB_STATES[row.state] ?? 'unknown' }
  }
  return {
    store,
    source,
    url: database.url,
    errors,
    rows,
    otherWorker: () =>
      source.register({
        name: 'other',
        kind: 'worker',
        host: 'elsewhere',
        pid: 1,
        version: 'test',
        types: [TYPE],
        slots: 1,
        leaseMs: 3_600_000,
      }),
    lane,
    create,
    job,
    createOne: async (given = {}) => {
      const [id] = await create([given])
      if (id === undefined) throw new Error('nothing was made')
      return id
    },
    worker: async (handler, options = {}) => {
      const mine = await lane()
      const worker = new Worker({
        source,
        version: 'test',
        handlers: new Map([[TYPE, handler]]),
        lanes: async () => [mine],
        onError: (error, doing) => errors.push(`${doing}: ${messageOf(error)}`),
        ...options,
      })
      workers.push(worker)
      await worker.start()
      return worker
    },
    reaches: (id, state) =>
      until(async () => {
        const now = await job(id)
        return now.state === state ? now : null
      }),
    allEnd: async (ids) => {
      await until(async () => {
        const live = await rows('select from job where id = any($1::uuid[]) limit 1', [ids])
        return live.length === 0 ? true : null
      })
    },
    rest: async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.stop()))
      await rows('delete from job')
      errors.length = 0
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()))
      await store.close()
      await database[Symbol.asyncDispose]()
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

/** The source with some of its methods replaced, to lose what they do or say. */
export function over(source: StoreJobSource, methods: Partial<StoreJobSource>): StoreJobSource {
  return new Proxy(source, {
    get: (target, name) => {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A door at which handlers wait until the test opens it. */
export class Gate {
  readonly #open = Promise.withResolvers<void>()
  readonly #reached = Promise.withResolvers<void>()
  arrivals = 0

  /** Resolves when the first has arrived. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  /** Waits at the door, or rejects with the signal's reason. */
  async pass(signal?: AbortSignal): Promise<void> {
    this.arrivals += 1
    this.#reached.resolve()
    await Promise.race([this.#open.promise, ...(signal ? [aborted(signal)] : [])])
  }

  open(): void {
    this.#open.resolve()
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
