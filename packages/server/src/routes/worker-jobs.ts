import {
  CancelView,
  ChangeItems,
  ClaimedJobView,
  CreateChildren,
  camelKeys,
  fromLogFields,
  fromProgressFields,
  fromSettleFields,
  JobId,
  LEASE_HEADER,
  LeaseOnly,
  MissedJobs,
  problem,
  snakeKeys,
  StaleView,
  StoredItemView,
  toClaimedJobView,
  WORKER_LIMITS,
  WorkerClaim,
  WorkerLogs,
  WorkerProgress,
  WorkerSettle,
  WrittenLogs,
} from '@andon/core'
import { createChildren, hadAmong, heldAmong } from '@andon/store'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { BATCH_LIMIT_BYTES } from '../http/body.ts'
import { type Route, route } from '../http/route.ts'
import { WORKERS } from '../policies/workers.ts'
import { findWorker, leaseLost, requireWorker } from '../workers/access.ts'
import { claimForWorker } from '../workers/claim.ts'
import { clientGone } from '../workers/gone.ts'
import { requireHeldPrinters } from '../workers/printers.ts'
import { listOf, NumberParam } from './fields.ts'

const common = { method: 'POST', tag: 'workers', policy: WORKERS.work, params: NumberParam } as const
/** Results, contents and log lines of a set may be long. */
const large = { ...common, bodyLimit: BATCH_LIMIT_BYTES } as const

const HeldJobParams = Type.Object({ ...NumberParam.properties, job: JobId })

/** What a worker over HTTP does with jobs. Everything is a set, written with those of other workers. */
export function workerJobRoutes(context: ServerContext): Route[] {
  return [
    claim(context),
    missed(context),
    cancelled(context),
    progress(context),
    settle(context),
    logs(context),
    changeItems(context),
    readItems(context),
    createChildJobs(context),
  ]
}

function claim(context: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/claim',
    summary: 'Claims jobs from lanes; with `wait_ms` it waits for the first ones',
    body: WorkerClaim,
    answer: { status: 200, schema: listOf(ClaimedJobView) },
    run: async ({ actor, body, params, reply }) => {
      const gone = clientGone(reply)
      const caller = await requireWorker(context.store, { actor, id: params.id, fence: body.lease })
      const jobs = await claimForWorker(context, { actor, caller, claim: body, gone })
      return { data: jobs.map(toClaimedJobView) }
    },
  })
}

function missed({ jobSource, store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/missed',
    summary: 'Jobs that the worker holds though it does not know them: the answer to a claim was lost',
    body: MissedJobs,
    answer: { status: 200, schema: listOf(ClaimedJobView) },
    run: async ({ actor, body, params }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      return { data: (await jobSource.missed(lease, body.known)).map(toClaimedJobView) }
    },
  })
}

function cancelled({ jobSource, store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/cancelled',
    summary: 'Which of the jobs that the worker holds are to be cancelled',
    body: LeaseOnly,
    answer: { status: 200, schema: listOf(CancelView) },
    run: async ({ actor, body, params }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      return { data: (await jobSource.cancelled(lease)).map(snakeKeys) }
    },
  })
}

function progress({ jobSource, store }: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/:id/progress',
    summary: 'How far held jobs have got; reports on jobs that are held no longer come back as stale',
    body: WorkerProgress,
    answer: { status: 200, schema: StaleView },
    run: async ({ actor, body, params }) => {
      const caller = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      const updates = body.updates.map(fromProgressFields)
      await requireHeldPrinters(store, caller, printersNamed(updates))
      return { stale: (await jobSource.progress(caller.lease, updates)).map(snakeKeys) }
    },
  })
}

/** What comes under a lost lease is given to the source all the same, which refuses it and keeps it in the log. */
function settle({ jobSource, store }: ServerContext): Route {
  return route({
    ...large,
    url: '/api/workers/:id/settle',
    summary: 'Ends attempts; reports on jobs that are held no longer are kept in the log and come back as stale',
    body: WorkerSettle,
    answer: { status: 200, schema: StaleView },
    run: async ({ actor, body, params }) => {
      const { caller, isCurrent } = await findWorker(store, { actor, id: params.id, fence: body.lease })
      const reports = body.reports.map((report, index) => fromSettleFields(report, `/reports/${index}`))
      const had = isCurrent ? null : await hadAmong(store, params.id, idsOf(reports))
      if (isCurrent) await requireHeldPrinters(store, caller, printersNamed(reports))
      const given = had === null ? reports : reports.filter(({ jobId }) => had.has(jobId))
      const stale = await jobSource.settle(caller.lease, given)
      if (!isCurrent) throw leaseLost(params.id)
      return { stale: stale.map(snakeKeys) }
    },
  })
}

function logs({ jobSource, store }: ServerContext): Route {
  return route({
    ...large,
    url: '/api/workers/:id/logs',
    summary: 'Writes log lines of jobs that the worker has or had; others are left out',
    body: WorkerLogs,
    answer: { status: 200, schema: WrittenLogs },
    run: async ({ actor, body, params }) => {
      await requireWorker(store, { actor, id: params.id, fence: body.lease })
      const lines = body.lines.map(fromLogFields)
      const had = await hadAmong(store, params.id, idsOf(lines))
      const own = lines.filter(({ jobId }) => had.has(jobId))
      if (own.length > 0) await jobSource.log(own)
      return { written: own.length }
    },
  })
}

function changeItems({ jobSource, store }: ServerContext): Route {
  return route({
    ...large,
    url: '/api/workers/:id/items',
    summary: 'Changes items of held jobs, durable when it is answered; a stale token refuses them all',
    body: ChangeItems,
    answer: { status: 204, schema: null },
    run: async ({ actor, body, params }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      await jobSource.change(
        lease,
        body.changes.map((change) => ({ ...camelKeys(change), jobId: change.job_id.toLowerCase() })),
      )
    },
  })
}

function createChildJobs({ store }: ServerContext): Route {
  return route({
    ...large,
    url: '/api/workers/:id/jobs/:job/children',
    summary: 'Makes jobs that hang on a held job and belong to whom it belongs to',
    params: HeldJobParams,
    body: CreateChildren,
    answer: { status: 201, schema: listOf(JobId) },
    run: async ({ actor, body, params }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: body.lease })
      const token = { jobId: params.job.toLowerCase(), fence: body.fence }
      return { data: await createChildren(store, lease, { jobs: body.jobs, token }) }
    },
  })
}

function readItems({ jobSource, store }: ServerContext): Route {
  return route({
    ...common,
    method: 'GET',
    url: '/api/workers/:id/jobs/:job/items',
    summary: 'Items of a held job from an index on',
    takesLease: true,
    params: HeldJobParams,
    query: Type.Object({
      from: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: WORKER_LIMITS.set, default: 100 })),
    }),
    answer: { status: 200, schema: listOf(StoredItemView) },
    run: async ({ actor, params, query, request }) => {
      const { lease } = await requireWorker(store, { actor, id: params.id, fence: leaseOf(request) })
      const jobId = params.job.toLowerCase()
      if (!(await heldAmong(store, lease.workerId, [jobId])).has(jobId)) throw notHeld(jobId)
      const items = await jobSource.items(jobId, query.from ?? 0, query.limit ?? 100)
      return { data: items.map(snakeKeys) }
    },
  })
}

/**
 * The lease of a call without a body.
 *
 * @throws `validation_failed` when the header is missing or no fence
 */
export function leaseOf({ headers }: FastifyRequest): string {
  const fence = headers[LEASE_HEADER]
  if (typeof fence === 'string' && /^[0-9]{1,18}$/.test(fence)) return fence
  throw problem('validation_failed', {
    field: LEASE_HEADER,
    detail: `The header ${LEASE_HEADER} is missing or no lease`,
    allowed: 'the fence of the registration',
  })
}

/** The same for jobs of others and those that do not exist: which it is, is nobody's business. */
export function notHeld(jobId: string): Error {
  return problem('lease_lost', { detail: `The worker does not hold a job ${jobId}` })
}

function idsOf(entries: readonly { readonly jobId: string }[]): string[] {
  return [...new Set(entries.map(({ jobId }) => jobId))]
}

function printersNamed(reports: readonly { readonly printerId?: number }[]): number[] {
  return reports.flatMap(({ printerId }) => printerId ?? [])
}
