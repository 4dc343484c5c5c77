import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { inThousands, type Peer } from './peer.ts'

/** It writes a line for each job otherwise, which would be measured too. */
const logger = new Logger(() => () => undefined)

/**
 * graphile-worker with its local queue of 500 and batched completion, as its own performance guide has it, a
 * connection for each of its workers, and no log.
 */
export async function graphileWorker(connectionString: string): Promise<Peer> {
  const utils = await makeWorkerUtils({ connectionString, logger })
  await utils.migrate()
  return {
    name: 'graphile-worker',
    create: (count) =>
      inThousands(count, (size) =>
        utils.addJobs(Array.from({ length: size }, (_, id) => ({ identifier: 'noop', payload: { id } }))),
      ),
    work: async (count) => {
      let left = count
      const done = Promise.withResolvers<void>()
      const runner = await run({
        connectionString,
        noHandleSignals: true,
        parsedCronItems: [],
        logger,
        taskList: {
          noop: () => {
            left -= 1
            if (left === 0) done.resolve()
          },
        },
        preset: {
          worker: {
            concurrentJobs: 24,
            maxPoolSize: 26,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      })
      await done.promise
      // stop() writes the completions that are still on their way.
      await runner.stop()
    },
    close: async () => utils.release(),
  }
}
