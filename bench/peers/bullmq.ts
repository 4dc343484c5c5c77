import { Queue, Worker } from 'bullmq'
import { inThousands, type Peer } from './peer.ts'

/** BullMQ on a Redis whose append-only file is synced each second, its usual durability. */
export async function bullmq(port: number): Promise<Peer> {
  const connection = { host: '127.0.0.1', port }
  const queue = new Queue('noop', { connection })
  await queue.waitUntilReady()
  return {
    name: 'bullmq',
    create: (count) =>
      inThousands(count, (size) =>
        queue.addBulk(Array.from({ length: size }, (_, id) => ({ name: 'noop', data: { id } }))),
      ),
    work: async (count) => {
      let left = count
      const done = Promise.withResolvers<void>()
      const worker = new Worker('noop', async () => undefined, { connection, concurrency: 200 })
      worker.on('completed', () => {
        left -= 1
        if (left === 0) done.resolve()
      })
      await done.promise
      await worker.close()
    },
    close: () => queue.close(),
  }
}
