// The peers' other process of the pickup bench: `node pickup-worker.ts PEER CONNECTION`. Sends the number of each job
// whose handler starts, with the moment on the clock that all processes of a machine share.
import { Worker as BullWorker } from 'bullmq'
import { Logger, run } from 'graphile-worker'
import { tell } from '../product/other-process.ts'

const [, , peer = '', connection = ''] = process.argv
const starters: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  'graphile-worker': startGraphile,
  bullmq: startBull,
}

const stop = await starters[peer]?.()
process.once('disconnect', () => void stop?.())
tell('ready', 0)

async function startGraphile(): Promise<() => Promise<unknown>> {
  const runner = await run({
    connectionString: connection,
    concurrency: 10,
    noHandleSignals: true,
    parsedCronItems: [],
    logger: new Logger(() => () => undefined),
    taskList: { start: (payload) => tell('started', (payload as { n: number }).n) },
  })
  return () => runner.stop()
}

async function startBull(): Promise<() => Promise<unknown>> {
  const worker = new BullWorker<{ n: number }>('pickup', async (job) => tell('started', job.data.n), {
    connection: { host: '127.0.0.1', port: Number(connection) },
    concurrency: 10,
  })
  worker.on('error', (error) => console.error('bullmq', error.message))
  await worker.waitUntilReady()
  return () => worker.close()
}
