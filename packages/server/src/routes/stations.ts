import {
  type QzStatus,
  ChangeStation,
  CreateStation,
  printerWord,
  QzStatusReport,
  type PrintInput,
  StationHeartbeat,
  type StationJob,
  StationJobs,
  StationStats,
  StationView,
  Time,
} from '@andon/core'
import {
  changeStation,
  createStation,
  getJobs,
  hearStation,
  type JobRow,
  jobInputs,
  listPrinters,
  listStations,
  printerQueue,
  removeStation,
  type StationRow,
  stationStats,
} from '@andon/store'
import { Type } from 'typebox'
import { requireStation } from '../commands/find-station.ts'
import { refuseUnseenNames } from '@andon/core/requests'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { refuseOtherStation, requireVoiceOf, STATIONS } from '../policies/stations.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { toStationJob } from '../presenters/station-jobs.ts'
import { toStationView } from '../presenters/stations.ts'
import { auditActor } from '../sign-in/actors.ts'
import { renewLeaseOfStation } from '../workers/station-lease.ts'
import { listOf } from './fields.ts'

const DAY_MS = 86_400_000
/** Jobs of one printer in a station's list. */
const QUEUE_LIMIT = 200

const MachineParam = Type.Object({
  machine: Type.String({ minLength: 1, maxLength: 100, description: 'Number or name of the station' }),
})
const StatsQuery = Type.Object({ since: Type.Optional(Time) }, { additionalProperties: false })

/** Stations, which drive printers at a desk; their own words are in `presenters/station-jobs.ts`. */
export function stationRoutes(context: ServerContext): Route[] {
  return [...readRoutes(context), ...manageRoutes(context), ...reportRoutes(context), ...workRoutes(context)]
}

function readRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'GET',
      url: '/api/machines',
      tag: 'stations',
      summary: 'All stations with their printers',
      policy: STATIONS.read,
      answer: { status: 200, schema: listOf(StationView) },
      run: async ({ actor }) => {
        const all = await listStations(store)
        const own = all.filter(({ id }) => actor.stationId === null || actor.stationId === id)
        return { data: await present(context, own) }
      },
    }),
    route({
      method: 'GET',
      url: '/api/machines/:machine',
      tag: 'stations',
      summary: 'One station with its printers',
      policy: STATIONS.read,
      params: MachineParam,
      answer: { status: 200, schema: StationView },
      run: async ({ actor, params }) => {
        const station = await requireStation(store, params.machine)
        refuseOtherStation(actor, station)
        return presentOne(context, station)
      },
    }),
  ]
}

function manageRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/machines',
      tag: 'stations',
      summary: 'Makes a station known; it prints unless is_print_server is false',
      policy: STATIONS.manage,
      body: CreateStation,
      answer: { status: 201, schema: StationView },
      run: async ({ actor, body, request }) => {
        refuseUnseenNames(body.name, '/name')
        const station = {
          name: body.name,
          isPrintServer: body.is_print_server ?? true,
          askAfterMs: msOf(body.ask_after),
        }
        return presentOne(context, await createStation(store, station, auditActor(actor, request)))
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/machines/:machine',
      tag: 'stations',
      summary: 'Changes the name of a station, whether it prints, or when it has been away for too long',
      policy: STATIONS.manage,
      params: MachineParam,
      body: ChangeStation,
      answer: { status: 200, schema: StationView },
      run: async ({ actor, body, params, request }) => {
        refuseUnseenNames(body.name, '/name')
        const before = await requireStation(store, params.machine)
        const change = { name: body.name, isPrintServer: body.is_print_server, askAfterMs: msOf(body.ask_after) }
        return presentOne(context, await changeStation(store, before, change, auditActor(actor, request)))
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/machines/:machine',
      tag: 'stations',
      summary: 'Removes a station that has no printers',
      policy: STATIONS.manage,
      params: MachineParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) =>
        removeStation(store, await requireStation(store, params.machine), auditActor(actor, request)),
    }),
  ]
}

function msOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

/** What stations say of themselves: every 30 s and on each change. */
function reportRoutes(context: ServerContext): Route[] {
  const { store } = context
  const heartbeat = (url: string): Route =>
    route({
      method: 'POST',
      url,
      tag: 'stations',
      summary: 'A station says that it is there, and how it is',
      policy: STATIONS.report,
      body: StationHeartbeat,
      answer: { status: 200, schema: StationView },
      run: async ({ actor, body }) => {
        const { machine_id: key, qz_connected: isConnected, version, ...report } = body
        const station = await requireStation(store, key)
        requireVoiceOf(actor, station)
        const qz = isConnected ? 'connected' : notConnected(station, body.qz_reason)
        await hearStation(store, station.id, { qz, version, report })
        await renewLeaseOfStation(context, actor, station)
        return presentOne(context, await requireStation(store, station.id))
      },
    })
  return [
    heartbeat('/api/machines/status'),
    heartbeat('/pos/auth/machines/status'),
    route({
      method: 'POST',
      url: '/api/machines/:machine/qz-status',
      tag: 'stations',
      summary: 'A station says how it stands with its QZ Tray',
      policy: STATIONS.report,
      params: MachineParam,
      body: QzStatusReport,
      answer: { status: 200, schema: StationView },
      run: async ({ actor, body, params }) => {
        const { message = null, reason = null, status, version } = body
        const station = await requireStation(store, params.machine)
        requireVoiceOf(actor, station)
        const report = { ...station.report, message, qz_reason: reason }
        await hearStation(store, station.id, { qz: status, version, report })
        return presentOne(context, await requireStation(store, station.id))
      },
    }),
  ]
}

/** Who says nothing of the reason has said before, by `qz-status`, whether somebody has to allow or mend something. */
function notConnected(station: StationRow, reason: string | null | undefined): QzStatus {
  if (reason === undefined) return station.qz_connection_status === 'error' ? 'error' : 'disconnected'
  return reason === null || reason === 'qz-not-running' ? 'disconnected' : 'error'
}

/** What waits for a station, and what it did. */
function workRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'GET',
      url: '/api/machines/:machine/jobs',
      tag: 'stations',
      summary: 'What a station prints and will print, in the words of stations',
      policy: STATIONS.read,
      params: MachineParam,
      answer: { status: 200, schema: StationJobs },
      run: async ({ actor, params }) => {
        const station = await requireStation(store, params.machine)
        refuseOtherStation(actor, station)
        const view = await presentOne(context, station)
        return {
          data: await stationJobs(context, station, actor),
          meta: {
            total_pending: view.pending_jobs,
            total_printing: view.printing_jobs,
            printer_status: Object.fromEntries(
              view.printers.map(({ name, state, troubles }) => [name, printerWord(state, troubles)]),
            ),
          },
        }
      },
    }),
    route({
      method: 'GET',
      url: '/api/machines/:machine/print-stats',
      tag: 'stations',
      summary: 'What the printers of a station did since a time; the last 24 hours otherwise',
      policy: STATIONS.read,
      params: MachineParam,
      query: StatsQuery,
      answer: { status: 200, schema: StationStats },
      run: async ({ actor, params, query }) => {
        const station = await requireStation(store, params.machine)
        refuseOtherStation(actor, station)
        const until = new Date()
        const since = query.since === undefined ? new Date(until.getTime() - DAY_MS) : new Date(query.since)
        return presentStats(context, station, { since, until })
      },
    }),
  ]
}

async function present({ printers }: ServerContext, rows: readonly StationRow[]): Promise<StationView[]> {
  const all = rows.length === 0 ? [] : await printers.all()
  return rows.map((row) => toStationView(row, all))
}

async function presentOne({ printers }: ServerContext, row: StationRow): Promise<StationView> {
  return toStationView(row, await printers.all())
}

async function stationJobs({ jobs, store }: ServerContext, station: StationRow, actor: Actor): Promise<StationJob[]> {
  const printers = (await listPrinters(store)).filter((printer) => printer.station_id === station.id)
  const queues = await Promise.all(printers.map((printer) => printerQueue(store, printer, QUEUE_LIMIT)))
  const ids = [...new Set(queues.flat())]
  const rows = await getJobs(store, ids, visibilityOf(actor))
  const byId = new Map<string, JobRow>(rows.map((row) => [row.id, row]))
  const inputs = await jobInputs(store, [...byId.keys()])
  await jobs.prepare()
  return ids.flatMap((id) => {
    const row = byId.get(id)
    // Printers take prints only, whose input was checked when they were made.
    return row ? toStationJob(jobs.view(row), station.id, (inputs.get(id) ?? null) as PrintInput | null) : []
  })
}

async function presentStats(
  context: ServerContext,
  station: StationRow,
  period: { readonly since: Date; readonly until: Date },
): Promise<StationStats> {
  const row = await stationStats(context.store, station.id, period)
  const view = await presentOne(context, station)
  const ended = row.printed + row.failed
  return {
    since: period.since.toISOString(),
    until: period.until.toISOString(),
    jobs: {
      printed: row.printed,
      failed: row.failed,
      cancelled: row.cancelled,
      pending: view.pending_jobs,
      printing: view.printing_jobs,
    },
    labels_printed: row.labels_printed,
    failure_rate: ended === 0 ? null : row.failed / ended,
    retries: row.retries,
    last_printed_at: row.last_printed_at?.toISOString() ?? null,
  }
}
