import { catalogueError, problem, type TakeStationJob, type WorkerLease } from '@andon/core'
import {
  getJob,
  hearStation,
  type JobRow,
  listPrinters,
  openItems,
  type PrinterRow,
  type PrintPlace,
  printPlace,
  type StationRow,
  takePrint,
} from '@andon/store'
import { requireStation } from '../commands/find-station.ts'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { requireVoiceOf, STATIONS } from '../policies/stations.ts'
import { writeLeaseToken } from './lease-token.ts'
import { holdPrinters } from './printers.ts'
import { leaseOfStation } from './station-lease.ts'

/** A print in the hands of a station. */
export interface Taken {
  readonly station: StationRow
  readonly lease: WorkerLease
  readonly token: string
  /** Index of the first item without an outcome. */
  readonly item: number
}

export interface TakeRequest {
  readonly job: JobRow
  readonly take: TakeStationJob
}

/**
 * Claims just this print for a station. Who asks again while it holds it gets the same token.
 *
 * @throws `forbidden` for a job of another station's printers, and for a token that does not speak for the station; `state_conflict`, saying why, when it cannot be taken
 *   now; `job_not_found` for what is no print; `station_not_found`
 */
export async function takeStationJob(context: ServerContext, actor: Actor, { job, take }: TakeRequest): Promise<Taken> {
  const { store } = context
  const station = await requireStation(store, take.machine_id)
  requireVoiceOf(actor, station)
  const place = await printPlace(store, job.id)
  if (place === null)
    throw conflict(`The job has ended`, { hint: 'To print it again, retry it: that makes a new job.' })
  const printers = await printersFor({ context, place, station, wanted: take.printer })
  await hearStation(store, station.id, {})
  const lease = await leaseOfStation(context, actor, { station, leaseMs: take.lease_ms })
  if (isHeldBy(place, lease)) return taken(context, { job, station, lease, fence: place.fence })
  const held = await holdThem(context, { actor, lease, station, printers })
  for (const printer of held) {
    const claim = await takePrint(store, lease, { jobId: job.id, laneId: printer.id })
    if (claim === null) continue
    await refuseDoubtful(context, { job, lease, printer, ...claim })
    return taken(context, { job, station, lease, fence: claim.fence })
  }
  return takenMeanwhile(context, { job, station, lease, printers: held })
}

function isHeldBy({ phase, worker_id: workerId }: PrintPlace, lease: WorkerLease): boolean {
  return phase === 2 && workerId === lease.workerId
}

interface Held {
  readonly job: JobRow
  readonly station: StationRow
  readonly lease: WorkerLease
}

async function taken(
  { store }: ServerContext,
  { fence, job, lease, station }: Held & { readonly fence: number },
): Promise<Taken> {
  const [first] = await openItems(store, job.id)
  return { station, lease, token: writeLeaseToken(lease, fence), item: first?.index ?? 0 }
}

interface Wanted {
  readonly context: ServerContext
  readonly place: PrintPlace
  readonly station: StationRow
  readonly wanted: string | undefined
}

/** Printers of the station that the job is for, the one that already holds it alone. */
async function printersFor({ context, place, station, wanted }: Wanted): Promise<PrinterRow[]> {
  if (place.queue_kind === 'queue') throw problem('job_not_found', { detail: 'The job is no print' })
  const all = await listPrinters(context.store)
  const isFor = ({ id, pool_id: poolId }: PrinterRow): boolean =>
    place.lane_id === null ? place.queue_id === id || place.queue_id === poolId : place.lane_id === id
  const own = all.filter((printer) => isFor(printer) && printer.station_id === station.id)
  const named = wanted === undefined ? own : own.filter(({ name }) => name === wanted)
  if (named.length > 0) return named
  const others = all.filter(isFor).map(({ name, station: at }) => `"${name}"${at === null ? '' : ` of ${at}`}`)
  const whose = others.length === 0 ? 'no printer' : others.join(', ')
  throw problem('forbidden', {
    detail: `The job is for ${whose}; ${station.name} takes jobs of its own printers only`,
    hint: `GET /api/machines/${station.id}/jobs lists the jobs of this station.`,
    extra: { permission: STATIONS.work.name },
  })
}

interface Holding {
  readonly actor: Actor
  readonly lease: WorkerLease
  readonly station: StationRow
  readonly printers: readonly PrinterRow[]
}

async function holdThem({ store }: ServerContext, holding: Holding): Promise<PrinterRow[]> {
  const { actor, lease, printers, station } = holding
  if (!station.is_print_server) {
    throw conflict(`${station.name} does not print`, { hint: 'Set is_print_server of the station.' })
  }
  const caller = { lease, name: station.name, kind: 'station', stationId: station.id } as const
  const lanes = new Set((await holdPrinters(store, caller, actor)).map(({ lane_id: id }) => id))
  const held = printers.filter(({ id }) => lanes.has(id))
  if (held.length > 0) return held
  const names = printers.map(({ name }) => name).join(' and ')
  throw conflict(`${names} is driven by another process`, {
    hint: 'Stop the agent or the page that drives the printers of this station, or let it do the work.',
  })
}

/**
 * An attempt before this one was lost while a label was on its way. Whether it came out only a person can see, since a
 * station of these words has nothing to ask it by.
 */
async function refuseDoubtful(
  { jobSource, store }: ServerContext,
  at: Pick<Held, 'job' | 'lease'> & { readonly printer: PrinterRow; readonly fence: number; readonly attempt: number },
): Promise<void> {
  const { attempt, fence, job, lease, printer } = at
  const doubtful = (await openItems(store, job.id)).filter(({ state }) => state === 'intended')
  if (doubtful.length === 0) return
  const error = catalogueError(
    'print_unconfirmed',
    `The station was lost while it printed on ${printer.name}; ${doubtful.length} of the labels may have come out.`,
  )
  const token = { jobId: job.id, fence }
  await jobSource.change(
    lease,
    doubtful.map(({ index }) => ({ ...token, from: index, to: index, state: 'unconfirmed', attempt, error }) as const),
  )
  await jobSource.settle(lease, [{ ...token, outcome: 'unconfirmed', error }])
  throw conflict(error.message, { hint: error.hint ?? '', state: 'pending' })
}

/** Somebody else was quicker, which may have been this station itself; otherwise why it cannot be taken. */
async function takenMeanwhile(
  context: ServerContext,
  at: Held & { readonly printers: readonly PrinterRow[] },
): Promise<Taken> {
  const { job, lease } = at
  const place = await printPlace(context.store, job.id)
  if (place !== null && isHeldBy(place, lease)) return taken(context, { ...at, fence: place.fence })
  const row = await getJob(context.store, job.id, { all: true })
  const { state } = context.jobs.view(row ?? job)
  throw conflict(whyNot(place, at.printers), { state })
}

function whyNot(place: PrintPlace | null, printers: readonly PrinterRow[]): string {
  if (place === null) return 'The job has ended'
  if (place.phase === 2) return 'The job is held by another process'
  if (place.phase === 0) return 'The job waits for its time, or for a person'
  const paused = printers.find(({ paused_at: at }) => at !== null)
  if (paused !== undefined) return `The queue of ${paused.name} is paused: ${paused.paused_reason ?? 'no reason given'}`
  const names = printers.map(({ name }) => name).join(' and ')
  return `${names} cannot take it now: it has a job already, or the queue of the job is paused`
}

function conflict(detail: string, more: { readonly hint?: string; readonly state?: string }): Error {
  const { hint, state } = more
  return problem('state_conflict', {
    detail,
    ...(hint === undefined ? {} : { hint }),
    ...(state === undefined ? {} : { extra: { state } }),
  })
}
