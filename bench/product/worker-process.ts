// The other process of the benches of pickup and cancel: `node worker-process.ts KIND CONNECTION`, where CONNECTION is
// the address of the database, or for the kinds that come through the SDK `{"url", "token", "databaseUrl"?}`.
import { isolated } from '../../packages/worker/src/isolation/isolated.ts'
import { DEFAULT_LIMITS } from '../../packages/worker/src/isolation/limits.ts'
import { internQueues, openStore, storeJobSource } from '../../packages/store/src/index.ts'
import { type Handler, Worker } from '../../packages/worker/src/index.ts'
import { Andon } from '../../packages/worker/src/node.ts'
import { tell } from './other-process.ts'

/** How a worker comes to its jobs. */
export type WorkerKind = 'database' | 'database without notifications' | 'sdk'

/** Where a worker through the SDK finds its server, and its database when it works beside that. */
export interface SdkConnection {
  readonly url: string
  readonly token: string
  readonly databaseUrl?: string
}

const STUBBORN = new URL('./stubborn-handler.ts', import.meta.url)

const [, , kind = '', connection = ''] = process.argv
const start = (job: { readonly input: unknown }): void => tell('started', numberOf(job))
const wait: Handler = (job) =>
  new Promise((_resolve, reject) => {
    job.signal.addEventListener('abort', () => {
      tell('stopped', numberOf(job))
      reject(job.signal.reason as Error)
    })
    tell('started', numberOf(job))
  })

const stop = await (kind === 'sdk' ? startThroughSdk() : startBesideDatabase())
process.once('disconnect', () => void stop())
tell('ready', 0)

async function startBesideDatabase(): Promise<() => Promise<unknown>> {
  const store = await openStore({ connection, maxConnections: 10 })
  const lane = (await internQueues(store, ['pickup'])).get('pickup')
  if (!lane) throw new Error('the queue was not made')
  const lanes = [{ laneId: lane.id, queueIds: [lane.id], slots: null, isExclusive: false }]
  const source = storeJobSource(store)
  if (kind === 'database without notifications') source.subscribe = async () => ({ async [Symbol.asyncDispose]() {} })
  const { handle } = isolated(STUBBORN.href, DEFAULT_LIMITS)
  const worker = new Worker({
    source,
    version: 'bench',
    slots: 200,
    handlers: new Map<string, Handler>([
      ['start', start],
      ['wait', wait],
      ['stubborn', handle],
    ]),
    lanes: async () => lanes,
    onError: (error, doing) => console.error(doing, error),
  })
  await worker.start()
  return () => worker.stop().then(() => store.close())
}

async function startThroughSdk(): Promise<() => Promise<unknown>> {
  const worker = new Andon(JSON.parse(connection) as SdkConnection)
    .worker({
      queues: ['pickup'],
      concurrency: 200,
      // The bench itself keeps the machine busy.
      cpuPercent: null,
      memoryPercent: null,
    })
    .handle('start', start)
    .handle('wait', wait)
  await worker.start()
  return () => worker.stop()
}

function numberOf({ input }: { readonly input: unknown }): number {
  return (input as { n: number }).n
}
