import {
  CreatedJob,
  JobId,
  LEASE_HEADER,
  type PrintInput,
  problem,
  RetryJob,
  StationFailed,
  StationJobAnswer,
  StationPrinted,
  StationPrinting,
  TakenStationJob,
  TakeStationJob,
} from '@andon/core'
import { findPrinter, findStation, jobInputs, type JobRow, retryJob } from '@andon/store'
import { Type } from 'typebox'
import { requireJob } from '../commands/find-job.ts'
import type { ServerContext } from '../context.ts'
import { type Call, type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { STATIONS } from '../policies/stations.ts'
import { presentCreated } from '../presenters/created.ts'
import { toStationJob } from '../presenters/station-jobs.ts'
import { auditActor } from '../sign-in/actors.ts'
import { type Taken, takeStationJob } from '../workers/station-take.ts'
import { stationFailed, stationPrinted, stationPrints, type StationReportOn } from '../workers/station-words.ts'

const PrintParam = Type.Object({ job: JobId })
const common = { method: 'POST', tag: 'stations', params: PrintParam } as const
const ofStation = { ...common, policy: STATIONS.work } as const
const answer = { status: 200, schema: StationJobAnswer } as const

/** For software of stations that knows no more than six words of a job: it takes one, says how it goes, and ends it. */
export function stationJobRoutes(context: ServerContext): Route[] {
  return [takeRoute(context), printingRoute(context), ...endRoutes(context), retryRoute(context)]
}

function takeRoute(context: ServerContext): Route {
  return route({
    ...ofStation,
    url: '/api/printers/jobs/:job/queued',
    summary: 'A station takes a job of one of its printers; asked again it answers with the same token',
    body: TakeStationJob,
    answer: { status: 200, schema: TakenStationJob },
    run: async ({ actor, body, params }) => {
      const job = await requireJob(context.store, params.job, actor)
      const taken = await takeStationJob(context, actor, { job, take: body })
      return presentTaken(context, { jobId: job.id, actor, taken })
    },
  })
}

function printingRoute(context: ServerContext): Route {
  return route({
    ...ofStation,
    url: '/api/printers/jobs/:job/printing',
    summary: 'A station says that it prints a job, and which label; it keeps the job by that',
    body: StationPrinting,
    answer,
    run: async (call) => {
      const { isCancelling } = await stationPrints(context, reportOf(call), call.body)
      return { ...(await presentJob(context, call)), cancel_requested: isCancelling }
    },
  })
}

function endRoutes(context: ServerContext): Route[] {
  return [
    route({
      ...ofStation,
      url: '/api/printers/jobs/:job/printed',
      summary: 'A station says that all of a job came out; a proof above `accepted` needs evidence',
      body: StationPrinted,
      answer,
      run: async (call) => {
        await stationPrinted(context, reportOf(call), call.body)
        return presentJob(context, call)
      },
    }),
    route({
      ...ofStation,
      url: '/api/printers/jobs/:job/failed',
      summary: 'A station says that an attempt failed; it is tried again after 2, 4 and 8 s where that may help',
      body: StationFailed,
      answer,
      run: async (call) => {
        await stationFailed(context, reportOf(call), call.body)
        return presentJob(context, call)
      },
    }),
  ]
}

function retryRoute(context: ServerContext): Route {
  return route({
    ...common,
    url: '/api/printers/jobs/:job/retry',
    summary: 'Prints a job again that has ended, as a new job that is linked to it',
    policy: STATIONS.retry,
    body: RetryJob,
    answer: { status: 201, schema: CreatedJob },
    run: async ({ actor, body, params, request }) => {
      const job = await requireJob(context.store, params.job, actor)
      await refuseOtherStations(context, actor, job)
      if (job.printer === null && job.queue_kind === 'queue')
        throw problem('job_not_found', { detail: 'The job is no print' })
      const items = body.items === undefined ? {} : { items: body.items }
      const id = await retryJob(context.store, job.id, { actor: auditActor(actor, request), ...items })
      return presentCreated({ id, isExisting: false })
    },
  })
}

/** @throws job_not_found for the token of a station and a job that it did not print */
async function refuseOtherStations({ store }: ServerContext, { stationId }: Actor, job: JobRow): Promise<void> {
  if (stationId === null) return
  const own = await findStation(store, stationId)
  if (own === null || own.name !== job.station) throw problem('job_not_found')
}

type ReportCall = Pick<Call<typeof PrintParam, undefined, typeof StationPrinting>, 'actor' | 'body' | 'params'>

function reportOf({ actor, body, params }: ReportCall): StationReportOn {
  return { actor, jobId: params.job.toLowerCase(), token: body.lease_token }
}

async function presentJob(
  context: ServerContext,
  { actor, params }: Pick<ReportCall, 'actor' | 'params'>,
): Promise<StationJobAnswer> {
  const { jobs, store } = context
  const row = await requireJob(store, params.job, actor)
  await jobs.prepare()
  const view = jobs.view(row)
  return {
    job: toStationJob(view, await machineOf(context, view.printer), await inputOf(context, row.id)),
    proof: view.proof,
    cancel_requested: view.is_cancelling,
    retry_at: view.wait_reason === 'retry' ? view.run_at : null,
  }
}

async function presentTaken(
  context: ServerContext,
  { actor, jobId, taken }: { readonly actor: Actor; readonly jobId: string; readonly taken: Taken },
): Promise<TakenStationJob> {
  const { item, lease, station, token } = taken
  const row = await requireJob(context.store, jobId, actor)
  await context.jobs.prepare()
  const input = await inputOf(context, jobId)
  const address = `/api/workers/${lease.workerId}/jobs/${jobId}`
  return {
    job: toStationJob(context.jobs.view(row), station.id, input),
    lease_token: token,
    item,
    copies: input?.copies ?? 1,
    format: input?.format ?? 'application/octet-stream',
    items: `${address}/items`,
    document: (input?.document_id ?? null) === null ? null : `${address}/document`,
    headers: { [LEASE_HEADER]: lease.fence },
  }
}

/** Printers take prints only, whose input was checked when they were made. */
async function inputOf({ store }: ServerContext, jobId: string): Promise<PrintInput | null> {
  return ((await jobInputs(store, [jobId])).get(jobId) ?? null) as PrintInput | null
}

async function machineOf({ store }: ServerContext, printer: string | null): Promise<number> {
  const found = printer === null ? null : await findPrinter(store, printer)
  return found?.station_id ?? 0
}
