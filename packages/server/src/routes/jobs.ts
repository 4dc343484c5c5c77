import {
  CreatedJob,
  CreateJob,
  CreateJobs,
  completeQuery,
  JobDetail,
  JobListQuery,
  JobPage,
  JobStats,
  requireQuery,
} from '@andon/core'
import { jobStats, listJobs } from '@andon/store'
import { Type } from 'typebox'
import { createRequestedJobs } from '../commands/create-jobs.ts'
import { requireJob } from '../commands/find-job.ts'
import { knownValues } from '../commands/known-values.ts'
import type { ServerContext } from '../context.ts'
import { BATCH_LIMIT_BYTES } from '../http/body.ts'
import { ownSetKey } from '../commands/request-key.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Route, route } from '../http/route.ts'
import { canReadPayloads } from '../policies/actor.ts'
import { JOBS } from '../policies/jobs.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { presentCreated } from '../presenters/created.ts'
import { sendJobsCsv } from './jobs-csv.ts'
import { JobParam } from './fields.ts'

const Candidate = Type.Object({ text: Type.String(), doc: Type.String(), kind: Type.String() })
const Completion = Type.Object({ start: Type.Integer(), end: Type.Integer(), candidates: Type.Array(Candidate) })
const CreatedJobs = Type.Object({ jobs: Type.Array(CreatedJob) })
const Filter = Type.Object({ q: JobListQuery.properties.q })

/** Making jobs, and finding them. */
export function jobRoutes(context: ServerContext): Route[] {
  return [createRoute(context), ...findRoutes(context), ...boardRoutes(context)]
}

function createRoute(context: ServerContext): Route {
  return route({
    method: 'POST',
    url: '/api/jobs',
    tag: 'jobs',
    summary: 'Makes one job, or up to 1000 as { jobs: […] }, all or none',
    policy: JOBS.create,
    body: Type.Union([CreateJobs, CreateJob]),
    bodyLimit: BATCH_LIMIT_BYTES,
    takesIdempotencyKey: true,
    answer: { status: 201, schema: Type.Union([CreatedJob, CreatedJobs]) },
    run: async ({ actor, body, request }) => {
      const key = idempotencyKey(request)
      if (!('jobs' in body)) {
        const requests = [{ body, field: '', idempotencyKey: key }]
        const [created] = await createRequestedJobs(context, actor, { requests })
        return created && presentCreated(created)
      }
      const requests = body.jobs.map((each, index) => {
        return { body: each, field: `/jobs/${index}`, idempotencyKey: null }
      })
      const setKey = ownSetKey(actor, key, body)
      const made = await createRequestedJobs(context, actor, { requests, setKey })
      return { jobs: made.map(presentCreated) }
    },
  })
}

function findRoutes(context: ServerContext): Route[] {
  const { jobs, store } = context
  return [
    route({
      method: 'GET',
      url: '/api/jobs',
      tag: 'jobs',
      summary: 'Jobs that match a query, newest first',
      policy: JOBS.read,
      query: JobListQuery,
      answer: { status: 200, schema: JobPage },
      run: async ({ actor, query }) => {
        const page = await listJobs(store, {
          query: requireQuery(query.q ?? ''),
          visible: visibilityOf(actor),
          canReadPayloads: canReadPayloads(actor),
          cursor: query.cursor ?? null,
          limit: query.limit ?? 50,
        })
        return {
          data: await jobs.views(page.rows),
          next_cursor: page.nextCursor,
          total: page.total && { count: page.total.count, is_exact: page.total.isExact },
          searched_until: page.searchedUntil?.toISOString() ?? null,
        } satisfies JobPage
      },
    }),
    route({
      method: 'GET',
      url: '/api/jobs/export.csv',
      tag: 'jobs',
      summary: 'All jobs that match a query, as CSV',
      policy: JOBS.read,
      query: Filter,
      answer: { status: 200, schema: null, type: 'text/csv' },
      run: async ({ actor, query, reply }) => {
        await sendJobsCsv(context, reply, { query: requireQuery(query.q ?? ''), actor })
        return reply
      },
    }),
    route({
      method: 'GET',
      url: '/api/jobs/:id',
      tag: 'jobs',
      summary: 'One job; the beginning of its id is enough while it is unique',
      policy: JOBS.read,
      params: JobParam,
      answer: { status: 200, schema: JobDetail },
      run: async ({ actor, params }) => jobs.detail(await requireJob(store, params.id, actor), actor),
    }),
  ]
}

function boardRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/jobs/stats',
      tag: 'jobs',
      summary: 'Counts by state and queue, waits, and the last hour',
      policy: JOBS.read,
      answer: { status: 200, schema: JobStats },
      run: async () => jobStats(context.store),
    }),
    route({
      method: 'GET',
      url: '/api/jobs/complete',
      tag: 'jobs',
      summary: 'What could be written next in a query',
      policy: JOBS.read,
      query: Type.Object({
        q: Type.Optional(Type.String({ maxLength: 2000 })),
        caret: Type.Optional(Type.Integer({ minimum: 0, maximum: 2000 })),
      }),
      answer: { status: 200, schema: Completion },
      run: async ({ query }) => {
        const text = query.q ?? ''
        return completeQuery(text, query.caret ?? text.length, await knownValues(context.store))
      },
    }),
  ]
}
