import {
  ClaimSingleJobs,
  CompleteSingleJob,
  FailedSingleView,
  FailSingleJob,
  SingleHeartbeatView,
  SingleItems,
  SingleJobView,
  SingleLease,
  SingleLogs,
  SingleProgress,
} from '@andon/core'
import type { ServerContext } from '../context.ts'
import { BATCH_LIMIT_BYTES } from '../http/body.ts'
import { type Call, type Route, route } from '../http/route.ts'
import { WORKERS } from '../policies/workers.ts'
import { clientGone } from '../workers/gone.ts'
import {
  beatSingleJob,
  changeSingleItems,
  claimSingleJobs,
  completeSingleJob,
  failSingleJob,
  logSingleJob,
  progressSingleJob,
  requireSingleJob,
  type SingleJob,
} from '../workers/single-job.ts'
import { IdParam, listOf } from './fields.ts'

const common = { method: 'POST', tag: 'workers', policy: WORKERS.work } as const
const ofJob = { ...common, params: IdParam } as const
const large = { ...ofJob, bodyLimit: BATCH_LIMIT_BYTES } as const

/** For workers in any language: claim a job, say how it goes, end it. No more state than its token. */
export function singleJobRoutes(context: ServerContext): Route[] {
  return [claim(context), ...reports(context), ...ends(context)]
}

function claim(context: ServerContext): Route {
  return route({
    ...common,
    url: '/api/workers/claim',
    summary: 'Claims jobs for a worker in any language; each comes with the token of its reports',
    body: ClaimSingleJobs,
    answer: { status: 200, schema: listOf(SingleJobView) },
    run: async ({ actor, body, reply }) => ({
      data: await claimSingleJobs(context, { actor, claim: body, gone: clientGone(reply) }),
    }),
  })
}

function reports(context: ServerContext): Route[] {
  return [
    route({
      ...ofJob,
      url: '/api/jobs/:id/heartbeat',
      summary: 'Keeps a claimed job, and tells whether it is to be cancelled',
      body: SingleLease,
      answer: { status: 200, schema: SingleHeartbeatView },
      run: async (call) => beatSingleJob(context, await jobOf(context, call)),
    }),
    route({
      ...ofJob,
      url: '/api/jobs/:id/progress',
      summary: 'How far a claimed job has got',
      body: SingleProgress,
      answer: { status: 204, schema: null },
      run: async (call) => progressSingleJob(context, await jobOf(context, call), call.body),
    }),
    route({
      ...large,
      url: '/api/jobs/:id/logs',
      summary: 'Writes lines into the log of a claimed job',
      body: SingleLogs,
      answer: { status: 204, schema: null },
      run: async (call) => logSingleJob(context, await jobOf(context, call), call.body),
    }),
    route({
      ...large,
      url: '/api/jobs/:id/items',
      summary: 'Changes items of a claimed job, durable when it is answered',
      body: SingleItems,
      answer: { status: 204, schema: null },
      run: async (call) => changeSingleItems(context, await jobOf(context, call), call.body),
    }),
  ]
}

function ends(context: ServerContext): Route[] {
  return [
    route({
      ...large,
      url: '/api/jobs/:id/complete',
      summary: 'Ends a claimed job that was done',
      body: CompleteSingleJob,
      answer: { status: 204, schema: null },
      run: async (call) => completeSingleJob(context, await jobOf(context, call), call.body),
    }),
    route({
      ...ofJob,
      url: '/api/jobs/:id/fail',
      summary: 'Ends the attempt of a claimed job; another follows where error and policy allow one',
      body: FailSingleJob,
      answer: { status: 200, schema: FailedSingleView },
      run: async (call) => failSingleJob(context, await jobOf(context, call), call.body),
    }),
  ]
}

type JobCall = Pick<Call<typeof IdParam, undefined, typeof SingleLease>, 'actor' | 'body' | 'params'>

function jobOf(context: ServerContext, { actor, body, params }: JobCall): Promise<SingleJob> {
  return requireSingleJob(context, actor, { id: params.id, token: body.lease_token })
}
