import type { FloorDatabases } from '@andon/floor'
import { ProductionFloor } from '@andon/floor'
import { FLOOR_QUEUE, type HealthCheck, PASS_TYPES } from '@andon/server'
import { internQueues, setLaneLimits, setType, type Store, storeJobSource } from '@andon/store'
import { Worker } from '@andon/worker'
import type { Logger } from 'pino'
import { VERSION } from '../version.ts'
import { passHandler } from './passes.ts'
import { FloorWatch } from './watch.ts'

/** A database that is away is asked again soon; the rows wait there meanwhile. */
const RETRY = { kind: 'fixed', delaysMs: [15_000, 60_000, 300_000, 900_000] } as const

const ACTOR = { name: 'system:floor' }

/** Runs the passes in this process, one at a time over all processes. */
export async function startPasses(store: Store, databases: FloorDatabases, log: Logger): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack()
  const floor = new ProductionFloor(databases)
  const lane = (await internQueues(store, [FLOOR_QUEUE])).get(FLOOR_QUEUE)
  if (lane === undefined) throw new Error('the queue of the passes was not made')
  if (lane.slots !== 1) await setLaneLimits(store, lane.id, { slots: 1 }, ACTOR)
  for (const type of Object.values(PASS_TYPES)) await setType(store, type, { retry: RETRY })
  const worker = new Worker({
    source: storeJobSource(store),
    kind: 'worker',
    version: VERSION,
    handlers: new Map([
      [PASS_TYPES.print_os, passHandler(store, floor, 'print_os')],
      [PASS_TYPES.scanner, passHandler(store, floor, 'scanner')],
    ]),
    lanes: async () => [{ laneId: lane.id, queueIds: [lane.id], slots: 1, isExclusive: false }],
    slots: 1,
    onError: (error, doing) => log.warn({ error, doing }, 'the database did not take it; it is tried again'),
  })
  parts.defer(() => worker.stop())
  await worker.start()
  const watch = new FloorWatch(store, floor, log)
  parts.defer(() => watch.stop())
  watch.start()
  const running = parts.move()
  return { [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** Whether the shop's databases answer and are as they should be. */
export function floorCheck(databases: FloorDatabases): HealthCheck {
  return {
    name: 'floor',
    run: async () => {
      try {
        await new ProductionFloor(databases).status()
        return { status: 'ok', detail: null }
      } catch (error) {
        return { status: 'degraded', detail: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}
