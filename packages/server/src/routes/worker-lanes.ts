import { Readable } from 'node:stream'
import { AskForLanes, JobId, LateWords, LateWordsView, problem, ReportPrinters, WorkerLaneView } from '@andon/core'
import {
  documentOfHeldPrint,
  findDocument,
  internQueues,
  queueLanes,
  readDocument,
  type Store,
  takeLateWords,
} from '@andon/store'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { WORKERS } from '../policies/workers.ts'
import { requireWorker } from '../workers/access.ts'
import { holdPrinters, reportPrinters } from '../workers/printers.ts'
import { listOf, NumberParam } from './fields.ts'
import { leaseOf, notHeld } from './worker-jobs.ts'

const common = { tag: 'workers', policy: WORKERS.work } as const

/** Where a worker over HTTP takes its work from, and what a station says of its printers. */
export function workerLaneRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      ...common,
      method: 'POST',
      url: '/api/workers/:id/lanes',
      summary: 'The lanes to claim from: for a station its printers, which it holds from then on; for others queues',
      params: NumberParam,
      body: AskForLanes,
      answer: { status: 200, schema: listOf(WorkerLaneView) },
      run: async ({ actor, body, params }) => {
        const caller = await requireWorker(store, { actor, id: params.id, fence: body.lease })
        if (caller.kind === 'worker') return { data: await queuesToClaimFrom(store, body.queues) }
        if (body.queues !== undefined) {
          throw problem('validation_failed', { field: '/queues', detail: 'A station claims from its printers only' })
        }
        return { data: await holdPrinters(store, caller, actor) }
      },
    }),
    route({
      ...common,
      method: 'POST',
      url: '/api/workers/:id/printers',
      summary: 'What a station has seen at printers that it holds',
      params: NumberParam,
      body: ReportPrinters,
      answer: { status: 204, schema: null },
      run: async ({ actor, body, params }) => {
        const caller = await requireWorker(store, { actor, id: params.id, fence: body.lease })
        await reportPrinters(store, caller, body)
      },
    }),
    lateRoute(store),
    documentRoute(store),
  ]
}

function lateRoute(store: Store): Route {
  return route({
    ...common,
    method: 'POST',
    url: '/api/workers/:id/late',
    summary: 'What a station knows of jobs that it lost; of those that have ended it is kept in the log',
    params: NumberParam,
    body: LateWords,
    answer: { status: 200, schema: LateWordsView },
    run: async ({ actor, body, params }) => {
      const { lease, name, stationId } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      if (stationId === null) throw problem('forbidden', { detail: 'Only a station has printers to speak of' })
      const said = {
        jobIds: body.jobs.map(({ job_id: jobId }) => jobId.toLowerCase()),
        words: body.jobs.flatMap(({ items, job_id: jobId }) =>
          items.map((item) => ({ ...item, jobId: jobId.toLowerCase() })),
        ),
      }
      return { ended: await takeLateWords(store, { lease, name, stationId }, said) }
    },
  })
}

async function queuesToClaimFrom(store: Store, names: readonly string[] | undefined): Promise<WorkerLaneView[]> {
  const lanes = names === undefined ? await queueLanes(store) : [...(await internQueues(store, names)).values()]
  return lanes.map(({ id, name, slots }) => ({ lane_id: id, name, queue_ids: [id], slots }))
}

function documentRoute(store: Store): Route {
  return route({
    ...common,
    method: 'GET',
    url: '/api/workers/:id/jobs/:job/document',
    summary: 'The document of a print that the station holds',
    takesLease: true,
    params: Type.Object({ ...NumberParam.properties, job: JobId }),
    answer: { status: 200, schema: null, type: 'application/octet-stream' },
    run: async ({ actor, params, reply, request }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: leaseOf(request) })
      const documentId = await documentOfHeldPrint(store, lease.workerId, params.job.toLowerCase())
      if (documentId === undefined) throw notHeld(params.job)
      const document = documentId === null ? null : await findDocument(store, documentId)
      if (document === null) throw problem('document_not_found', { detail: 'The print has no document' })
      return reply
        .type(document.content_type)
        .header('content-length', Number(document.size_bytes))
        .send(Readable.from(readDocument(store, document.id)))
    },
  })
}
