import { hostname } from 'node:os'
import type { AttentionView } from '@andon/core'
import { type FloorConnections, FloorDatabases, ProductionFloor, type SourceType } from '@andon/floor'
import { FLOOR_QUEUE, type HealthCheck, PASS_TYPES } from '@andon/server'
import { findLane, setLaneLimits, type Store, storeJobSource } from '@andon/store'
import { Worker, type WorkerLane } from '@andon/worker'
import type { Logger } from 'pino'
import type { Database } from '../up/database.ts'
import { VERSION } from '../version.ts'
import { floorCheck } from './check.ts'
import { passHandler } from './pass-handler.ts'
import type { FloorPlan } from './plan.ts'
import { readPrintBeat } from './print-beat.ts'
import { FloorWatch } from './watch.ts'

const SOURCES = ['print_os', 'scanner'] as const satisfies readonly SourceType[]
const SYSTEM = { name: 'system:floor' }

/** The floor of this process: its databases, the worker of the passes, and the look-out that asks for them. */
export interface RunningFloor extends AsyncDisposable {
  readonly databases: FloorDatabases
  readonly floor: ProductionFloor
  readonly check: HealthCheck
  /** What of the floor needs somebody. */
  readonly attention: () => AttentionView[]
}

/**
 * Connects to the floor; null when there is none. A database of the shop that is away or not migrated keeps nothing from
 * starting: whoever asks the floor is told.
 */
export async function startFloor(
  { embedded, store }: Pick<Database, 'embedded' | 'store'>,
  { log, plan }: { readonly log: Logger; readonly plan: FloorPlan },
): Promise<RunningFloor | null> {
  const connections = await connectionsOf(plan, embedded)
  if (connections === null) return null
  await using parts = new AsyncDisposableStack()
  const databases = parts.use(new FloorDatabases(connections, plan.settings))
  const floor = new ProductionFloor(databases)
  const worker = parts.use(passWorker(store, floor, log))
  await worker.start()
  const watch = new FloorWatch(store, floor, { log })
  parts.defer(() => watch.stop())
  watch.start()
  const printBeat = readPrintBeat(databases, plan.printBeat, log)
  parts.defer(async () => printBeat?.stop())
  printBeat?.start()
  const running = parts.move()
  return {
    databases,
    floor,
    check: floorCheck(floor, () => watch.attention()),
    attention: () => watch.attention(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The shop's own databases, or two of Andon's beside the embedded one. */
export async function connectionsOf(
  { shop }: FloorPlan,
  embedded: Database['embedded'],
): Promise<FloorConnections | null> {
  if (shop !== null) return { ...shop, ownsDatabases: false }
  if (embedded === null) return null
  const jobmanager = { ...(await embedded.database('jobmanager')) }
  const logs = { ...(await embedded.database('logs')) }
  return { jobmanager, logs, ownsDatabases: true }
}

function passWorker(store: Store, floor: ProductionFloor, log: Logger): Worker {
  return new Worker({
    source: storeJobSource(store),
    name: `${hostname()}:${process.pid} floor`,
    kind: 'server',
    version: VERSION,
    handlers: new Map(SOURCES.map((source) => [PASS_TYPES[source], passHandler(store, floor, source)])),
    lanes: () => floorLane(store),
    slots: 1,
    onError: (error, doing) => log.warn({ error, doing }, 'the database did not take it; it is tried again'),
  })
}

/** The queue of the passes is there from the first pass on, and does one at a time whatever processes there are. */
async function floorLane(store: Store): Promise<WorkerLane[]> {
  const lane = await findLane(store, 'queue', FLOOR_QUEUE)
  if (lane === null) return []
  if (lane.slots === null) await setLaneLimits(store, lane.id, { slots: 1 }, SYSTEM)
  return [{ laneId: lane.id, queueIds: [lane.id], slots: 1, isExclusive: true }]
}
