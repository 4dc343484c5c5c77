import { hostname } from 'node:os'
import { findLane, type Store, storeJobSource } from '@andon/store'
import { type Handler, Worker, type WorkerLane } from '@andon/worker'
import type { Logger } from 'pino'
import { VERSION } from '../version.ts'

/** Jobs of one kind of Andon's own work: deliveries, bulk, cleanup. */
export interface OwnWork {
  /** Name of the queue in which they wait. */
  readonly queue: string
  /** How many of them run at once in this process. */
  readonly slots: number
  /** What does them, by type. */
  readonly handlers: Readonly<Record<string, Handler>>
}

/** Does Andon's own jobs in the server's process, each kind in a queue of its own. */
export async function startOwnWork(
  store: Store,
  { log, works }: { readonly works: readonly OwnWork[]; readonly log: Logger },
): Promise<AsyncDisposable> {
  const worker = new Worker({
    source: storeJobSource(store),
    name: `${hostname()}:${process.pid} own work`,
    kind: 'server',
    version: VERSION,
    handlers: new Map(works.flatMap(({ handlers }) => Object.entries(handlers))),
    lanes: () => lanesOf(store, works),
    slots: works.reduce((sum, { slots }) => sum + slots, 0),
    onError: (error, doing) => log.warn({ error, doing }, 'the database did not take it; it is tried again'),
  })
  await worker.start()
  return worker
}

/** A queue is there from its first job on. */
async function lanesOf(store: Store, works: readonly OwnWork[]): Promise<WorkerLane[]> {
  const lanes = await Promise.all(
    works.map(async ({ queue, slots }) => {
      const lane = await findLane(store, 'queue', queue)
      return lane === null ? [] : [{ laneId: lane.id, queueIds: [lane.id], slots, isExclusive: false }]
    }),
  )
  return lanes.flat()
}
