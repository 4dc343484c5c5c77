import { createJobs, internQueues, migrate, openStore, storeJobSource } from '../../packages/store/src/index.ts'
import { Worker } from '../../packages/worker/src/index.ts'
import { inThousands, type Peer } from './peer.ts'

/** Andon's own store and worker, with its live stream's events written as always. */
export async function andon(connection: string): Promise<Peer> {
  const store = await openStore({ connection, maxConnections: 10 })
  await migrate(store.pool)
  const lane = (await internQueues(store, ['noop'])).get('noop')
  if (!lane) throw new Error('the queue was not made')
  const lanes = [{ laneId: lane.id, queueIds: [lane.id], slots: null, isExclusive: false }]
  return {
    name: 'andon',
    create: (count) =>
      inThousands(count, (size) =>
        createJobs(
          store,
          Array.from({ length: size }, (_, id) => ({ type: 'noop', queue: 'noop', input: { id }, createdBy: 'bench' })),
        ),
      ),
    work: async (count) => {
      let left = count
      const done = Promise.withResolvers<void>()
      const handler = (): void => {
        left -= 1
        if (left === 0) done.resolve()
      }
      const worker = new Worker({
        source: storeJobSource(store),
        version: 'bench',
        handlers: new Map([['noop', handler]]),
        lanes: async () => lanes,
        slots: 500,
        prefetch: 500,
        onError: (error, doing) => console.error(doing, error),
      })
      await worker.start()
      await done.promise
      // stop() resolves when the last outcome is durable.
      await worker.stop()
    },
    close: () => store.close(),
  }
}
