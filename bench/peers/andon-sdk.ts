import { Andon } from '../../packages/worker/src/node.ts'
import type { SdkConnection } from '../product/worker-process.ts'
import { inThousands, type Peer } from './peer.ts'

/** Andon as a program has it: jobs made by the SDK and done by its worker, over HTTP or beside the database. */
export function andonSdk(name: string, connection: SdkConnection): Peer {
  const andon = new Andon(connection)
  return {
    name,
    create: (count) =>
      inThousands(count, (size) =>
        andon.jobs.createMany(Array.from({ length: size }, (_, id) => ({ type: 'noop', queue: name, input: { id } }))),
      ),
    work: async (count) => {
      let left = count
      const done = Promise.withResolvers<void>()
      const worker = andon
        .worker({
          queues: [name],
          // The bench itself keeps the machine busy.
          cpuPercent: null,
          memoryPercent: null,
        })
        .handle('noop', () => {
          left -= 1
          if (left === 0) done.resolve()
        })
      await worker.start()
      await done.promise
      // stop() resolves when the last outcome is durable.
      await worker.stop()
    },
    close: () => andon[Symbol.asyncDispose](),
  }
}
