import type { ClaimedJob, JobSource, WorkerLease } from '@andon/core'
import { testDatabase } from '@andon/testing'
import {
  createJobs,
  type Lane,
  internQueues,
  type NewJob,
  openStore,
  type Store,
  storeJobSource,
} from '../src/index.ts'
import type { StoreJobSource } from '../src/index.ts'

/** Everything that a test of the store needs, in a database of its own. */
export interface Bench extends AsyncDisposable {
  readonly store: Store
  readonly source: StoreJobSource
  readonly url: string
  /** Registers a worker for all types of these tests. */
  worker(options?: { readonly leaseMs?: number; readonly name?: string }): Promise<WorkerLease>
  queue(name?: string): Promise<Lane>
  create(jobs: number | readonly Partial<NewJob>[]): Promise<string[]>
  /** Claims from a queue. */
  claim(lease: WorkerLease, limit?: number, queue?: string): Promise<ClaimedJob[]>
  /** The first row of a statement of the test's own. */
  row<R>(text: string, values?: readonly unknown[]): Promise<R>
  rows<R>(text: string, values?: readonly unknown[]): Promise<R[]>
}

export const TYPES = ['test.work', 'print.label']

export async function bench({ maxConnections = 10 }: { readonly maxConnections?: number } = {}): Promise<Bench> {
  const database = await testDatabase()
  const store = await openStore({ connection: database.url, maxConnections })
  const source: StoreJobSource = storeJobSource(store)
  const queue = async (name = 'default'): Promise<Lane> => {
    const lane = (await internQueues(store, [name])).get(name)
    if (lane === undefined) throw new Error('no lane')
    return lane
  }
  const rows = async <R>(text: string, values: readonly unknown[] = []): Promise<R[]> => {
    const result = await store.pool.query(text, [...values])
    return result.rows as R[]
  }
  return {
    store,
    source,
    url: database.url,
    queue,
    rows,
    worker: ({ leaseMs = 30_000, name = 'w1' } = {}) => register(source, { leaseMs, name }),
    create: async (jobs) => {
      const given: readonly Partial<NewJob>[] =
        typeof jobs === 'number' ? Array.from({ length: jobs }, () => ({})) : jobs
      const created = await createJobs(
        store,
        given.map((job) => ({ type: 'test.work', createdBy: 'anna', ...job })),
      )
      return created.map((job) => job.id)
    },
    claim: async (lease, limit = 100, name = 'default') => {
      const lane = await queue(name)
      return source.claim(lease, {
        lanes: [{ laneId: lane.id, queueIds: [lane.id], limit, slot: null }],
        types: TYPES,
        limit,
      })
    },
    row: async <R>(text: string, values: readonly unknown[] = []): Promise<R> => {
      const [row] = await rows<R>(text, values)
      if (row === undefined) throw new Error('no row')
      return row
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

function register(source: JobSource, options: { leaseMs: number; name: string }): Promise<WorkerLease> {
  return source.register({
    name: options.name,
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    types: TYPES,
    slots: 10,
    leaseMs: options.leaseMs,
  })
}
