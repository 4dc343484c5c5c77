import type { ItemSource, JobSource } from '@andon/core'
import { type HttpOptions, httpJobSource } from '@andon/sdk'
import type { WorkerLane } from '../lane-book.ts'

/** Where a worker's jobs come from. */
export interface OpenSource extends AsyncDisposable {
  readonly source: JobSource & ItemSource
  readonly lanes: () => Promise<readonly WorkerLane[]>
}

/** The queues' lanes are looked up this often: before each claim would be as often as the claims. */
const LANES_MS = 5_000

/**
 * Over HTTP, or beside the database when its address is given.
 *
 * @throws what the database says when it cannot be reached
 */
export async function openSource(
  server: HttpOptions,
  { databaseUrl, queues }: { readonly databaseUrl?: string; readonly queues?: readonly string[] },
): Promise<OpenSource> {
  if (databaseUrl !== undefined) return openDatabase(databaseUrl, queues)
  const source = httpJobSource(server)
  return { source, lanes: () => source.queueLanes(queues), [Symbol.asyncDispose]: async () => undefined }
}

/** What only a worker beside the database needs is not loaded by the others. */
async function openDatabase(connection: string, queues: readonly string[] | undefined): Promise<OpenSource> {
  const { internQueues, openStore, queueLanes, storeJobSource } = await import('@andon/store')
  const store = await openStore({ connection })
  const read = async (): Promise<WorkerLane[]> => {
    const lanes = queues === undefined ? await queueLanes(store) : [...(await internQueues(store, queues)).values()]
    return lanes.map(({ id, slots }) => ({ laneId: id, queueIds: [id], slots, isExclusive: false }))
  }
  let known: { readonly at: number; readonly lanes: readonly WorkerLane[] } | null = null
  return {
    source: storeJobSource(store),
    lanes: async () => {
      if (known === null || performance.now() - known.at > LANES_MS)
        known = { at: performance.now(), lanes: await read() }
      return known.lanes
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}
