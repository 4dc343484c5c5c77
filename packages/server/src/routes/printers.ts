import {
  ChangePrinter,
  CreatedJob,
  CreatePrinter,
  DiscoveredPrinterView,
  EVENT_KINDS,
  JobPage,
  PauseRequest,
  PrinterDiagnosis,
  PrinterStateSchema,
  PrinterView,
  Time,
} from '@andon/core'
import {
  drainLane,
  getJobs,
  listPrinters,
  pauseLane,
  printerHistory,
  printerQueue,
  removeLane,
  resumeLane,
} from '@andon/store'
import { Type } from 'typebox'
import { diagnosePrinter } from '../commands/diagnose-printer.ts'
import { requirePrinter } from '../commands/find-printer.ts'
import { printTestPage } from '../commands/print-test-page.ts'
import { refreshPrinter } from '../commands/refresh-printer.ts'
import { addPrinter, updatePrinter } from '../commands/save-printer.ts'
import type { ServerContext } from '../context.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Route, route } from '../http/route.ts'
import { PRINTERS } from '../policies/printers.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { presentCreated } from '../presenters/created.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf, NameParam } from './fields.ts'
import { DrainRequest, pauseOf } from './lane-requests.ts'

const DAY_MS = 86_400_000
const QUEUE_LIMIT = 200
const HISTORY_LIMIT = 1000
const DISCOVER_TIMEOUT_MS = 15_000

const answer = { status: 200, schema: PrinterView } as const
const Nothing = Type.Object({}, { additionalProperties: false })
const Reason = Type.Object({ reason: Type.String(), severity: Type.String(), raw: Type.String() })
const Moment = Type.Object({ at: Time, state: PrinterStateSchema, reasons: Type.Array(Reason) })

/** Printers: their settings, their state, and what a person at them does. */
export function printerRoutes(context: ServerContext): Route[] {
  return [
    ...settingRoutes(context),
    ...laneRoutes(context),
    ...deviceRoutes(context),
    ...readRoutes(context),
    ...timeRoutes(context),
  ]
}

function settingRoutes(context: ServerContext): Route[] {
  const { printers, store } = context
  return [
    route({
      method: 'POST',
      url: '/api/printers',
      tag: 'printers',
      summary: 'Adds a printer that answers at its address',
      policy: PRINTERS.manage,
      body: CreatePrinter,
      answer: { status: 201, schema: PrinterView },
      run: async ({ actor, body, request }) =>
        printers.one(await addPrinter(context, body, auditActor(actor, request))),
    }),
    route({
      method: 'PATCH',
      url: '/api/printers/:name',
      tag: 'printers',
      summary: 'Changes name, address, place, pool or settings',
      policy: PRINTERS.manage,
      params: NameParam,
      body: ChangePrinter,
      answer,
      run: async ({ actor, body, params, request }) => {
        const before = await requirePrinter(store, params.name)
        return printers.one(await updatePrinter(context, before, { body, actor: auditActor(actor, request) }))
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/printers/:name',
      tag: 'printers',
      summary: 'Removes a printer that has no jobs left; its history stays',
      policy: PRINTERS.manage,
      params: NameParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) => {
        const printer = await requirePrinter(store, params.name)
        await removeLane(store, printer.id, auditActor(actor, request))
      },
    }),
  ]
}

function laneRoutes({ printers, store }: ServerContext): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/printers/:name/pause',
      tag: 'printers',
      summary: 'Lets nothing more start at the printer',
      policy: PRINTERS.pause,
      params: NameParam,
      body: PauseRequest,
      answer,
      run: async ({ actor, body, params, request }) => {
        const printer = await requirePrinter(store, params.name)
        await pauseLane(store, printer.id, pauseOf(body), auditActor(actor, request))
        return printers.one(await requirePrinter(store, params.name))
      },
    }),
    route({
      method: 'POST',
      url: '/api/printers/:name/resume',
      tag: 'printers',
      summary: 'Ends a pause, by whomever it was ordered',
      policy: PRINTERS.pause,
      params: NameParam,
      body: Nothing,
      answer,
      run: async ({ actor, params, request }) => {
        const printer = await requirePrinter(store, params.name)
        await resumeLane(store, printer.id, auditActor(actor, request))
        return printers.one(await requirePrinter(store, params.name))
      },
    }),
    route({
      method: 'POST',
      url: '/api/printers/:name/drain',
      tag: 'printers',
      summary: 'Takes no new jobs; what waits is still printed',
      policy: PRINTERS.manage,
      params: NameParam,
      body: DrainRequest,
      answer,
      run: async ({ actor, body, params, request }) => {
        const printer = await requirePrinter(store, params.name)
        await drainLane(store, printer.id, body.is_draining ?? true, auditActor(actor, request))
        return printers.one(await requirePrinter(store, params.name))
      },
    }),
  ]
}

function deviceRoutes(context: ServerContext): Route[] {
  const { printers, store } = context
  return [
    route({
      method: 'POST',
      url: '/api/printers/:name/test',
      tag: 'printers',
      summary: 'Prints a test page',
      policy: PRINTERS.test,
      params: NameParam,
      body: Nothing,
      takesIdempotencyKey: true,
      answer: { status: 201, schema: CreatedJob },
      run: async ({ actor, params, request }) => {
        const printer = await requirePrinter(store, params.name)
        const order = { printer, idempotencyKey: idempotencyKey(request) }
        return presentCreated(await printTestPage(context, actor, order))
      },
    }),
    route({
      method: 'POST',
      url: '/api/printers/:name/status',
      tag: 'printers',
      summary: 'Asks the printer now',
      policy: PRINTERS.refresh,
      params: NameParam,
      body: Nothing,
      answer,
      run: async ({ params }) => printers.one(await refreshPrinter(context, await requirePrinter(store, params.name))),
    }),
    route({
      method: 'POST',
      url: '/api/printers/:name/diagnose',
      tag: 'printers',
      summary: 'Looks at everything between Andon and paper, and says what to do',
      policy: PRINTERS.diagnose,
      params: NameParam,
      body: Nothing,
      answer: { status: 200, schema: PrinterDiagnosis },
      run: async ({ params }) => diagnosePrinter(context, await requirePrinter(store, params.name)),
    }),
    route({
      method: 'GET',
      url: '/api/printers/discover',
      tag: 'printers',
      summary: 'Printers that CUPS knows, on this machine or at `cups`',
      policy: PRINTERS.discover,
      query: Type.Object({ cups: Type.Optional(Type.String({ pattern: '^ipps?://[^/]+/?$', maxLength: 300 })) }),
      answer: { status: 200, schema: listOf(DiscoveredPrinterView) },
      run: async ({ query }) => {
        const signal = AbortSignal.any([context.stopping, AbortSignal.timeout(DISCOVER_TIMEOUT_MS)])
        const found = await context.printing.discover(query.cups ?? null, signal)
        const added = new Map((await listPrinters(store)).map((printer) => [printer.uri, printer.name]))
        return { data: found.map((printer) => presentDiscovered(printer, added)) }
      },
    }),
  ]
}

function readRoutes({ printers, store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/printers',
      tag: 'printers',
      summary: 'All printers with their state, their troubles and what they print',
      policy: PRINTERS.read,
      answer: { status: 200, schema: listOf(PrinterView) },
      run: async () => ({ data: await printers.all() }),
    }),
    route({
      method: 'GET',
      url: '/api/printers/:name',
      tag: 'printers',
      summary: 'One printer',
      policy: PRINTERS.read,
      params: NameParam,
      answer,
      run: async ({ params }) => printers.one(await requirePrinter(store, params.name)),
    }),
  ]
}

function timeRoutes({ jobs, store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/printers/:name/jobs',
      tag: 'printers',
      summary: 'What it prints, then what it will take, in that order',
      policy: PRINTERS.read,
      params: NameParam,
      query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: QUEUE_LIMIT })) }),
      answer: { status: 200, schema: JobPage },
      run: async ({ actor, params, query: { limit = QUEUE_LIMIT } }) => {
        const ids = await printerQueue(store, await requirePrinter(store, params.name), limit)
        const rows = await getJobs(store, ids, visibilityOf(actor))
        const views = new Map((await jobs.views(rows)).map((view) => [view.id, view]))
        const data = ids.flatMap((id) => views.get(id) ?? [])
        return {
          data,
          next_cursor: null,
          total: { count: data.length, is_exact: ids.length < limit },
          searched_until: null,
        }
      },
    }),
    route({
      method: 'GET',
      url: '/api/printers/:name/history',
      tag: 'printers',
      summary: 'Changes of its state since a time (default: a day), newest first; idle and processing count as one',
      policy: PRINTERS.read,
      params: NameParam,
      query: Type.Object({ since: Type.Optional(Time) }),
      answer: { status: 200, schema: listOf(Moment) },
      run: async ({ params, query }) => {
        const { id } = await requirePrinter(store, params.name)
        const since = query.since === undefined ? new Date(Date.now() - DAY_MS) : new Date(query.since)
        const kind = EVENT_KINDS.printer_changed
        const moments = await printerHistory(store, id, { since, limit: HISTORY_LIMIT, kind })
        return { data: moments.map((moment) => ({ ...moment, at: moment.at.toISOString() })) }
      },
    }),
  ]
}

function presentDiscovered(
  printer: Awaited<ReturnType<ServerContext['printing']['discover']>>[number],
  added: ReadonlyMap<string, string>,
): DiscoveredPrinterView {
  const { deviceUri, driver, location, model, name, uri } = printer
  const warning = 'warning' in printer && typeof printer.warning === 'string' ? printer.warning : null
  return { name, uri, driver, model, location, device_uri: deviceUri, added_as: added.get(uri) ?? null, warning }
}
