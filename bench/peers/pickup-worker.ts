// The other process of the pickup bench: `node pickup-worker.ts PEER CONNECTION`. Sends the number of each job whose
// handler starts, and of each whose signal aborts, with the moment on the clock that all processes of a machine share.
import { Worker as BullWorker } from 'bullmq'
import { Logger, run } from 'graphile-worker'
import { internQueues, openStore, storeJobSource } from '../../packages/store/src/index.ts'
import { Worker } from '../../packages/worker/src/index.ts'

/** What the worker's process sends. */
export interface Moment {
  readonly kind: 'ready' | 'started' | 'stopped'
  readonly n: number
  readonly atMs: number
}

const [, , peer = '', connection = ''] = process.argv
const starters: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  andon: () => startAndon(true),
  'andon without notifications': () => startAndon(false),
  'graphile-worker': startGraphile,
  bullmq: startBull,
}

const stop = await starters[peer]?.()
process.once('disconnect', () => void stop?.())
tell('ready', 0)

function tell(kind: Moment['kind'], n: number): void {
  const atMs = Number(process.hrtime.bigint()) / 1e6
  process.send?.({ kind, n, atMs } satisfies Moment)
}

async function startAndon(hasNotifications: boolean): Promise<() => Promise<unknown>> {
  const store = await openStore({ connection, maxConnections: 10 })
  const lane = (await internQueues(store, ['pickup'])).get('pickup')
  if (!lane) throw new Error('the queue was not made')
  const lanes = [{ laneId: lane.id, queueIds: [lane.id], slots: null, isExclusive: false }]
  const source = storeJobSource(store)
  if (!hasNotifications) source.subscribe = async () => ({ async [Symbol.asyncDispose]() {} })
  const worker = new Worker({
    source,
    version: 'bench',
    slots: 200,
    handlers: new Map([
      ['start', (job) => tell('started', (job.input as { n: number }).n)],
      [
        'wait',
        (job) =>
          new Promise((_resolve, reject) => {
            const { n } = job.input as { n: number }
            job.signal.addEventListener('abort', () => {
              tell('stopped', n)
              reject(job.signal.reason as Error)
            })
            tell('started', n)
          }),
      ],
    ]),
    lanes: async () => lanes,
    onError: (error, doing) => console.error(doing, error),
  })
  await worker.start()
  return () => worker.stop().then(() => store.close())
}

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
