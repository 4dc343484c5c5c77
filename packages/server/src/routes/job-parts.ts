import { AttemptView, EventView, ITEM_STATES, ItemView, ListParams, LogView, pageOf, Words } from '@andon/core'
import { jobTimeline, listAttempts, listItems, listLogs } from '@andon/store'
import { Type } from 'typebox'
import { requireJob } from '../commands/find-job.ts'
import { previewItem } from '../commands/preview-item.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { JOBS } from '../policies/jobs.ts'
import { numberCursor } from './cursors.ts'
import { followLogs } from './follow-logs.ts'
import { JobParam, listOf, pageAfter } from './fields.ts'

const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const

const LogQuery = Type.Object({
  ...ListParams,
  level: Type.Optional(Words(LOG_LEVELS)),
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  follow: Type.Optional(Type.Boolean()),
})

/** What belongs to one job: its items, attempts, events and log. */
export function jobPartRoutes(context: ServerContext): Route[] {
  return [...itemRoutes(context), ...historyRoutes(context), logRoute(context)]
}

function itemRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'GET',
      url: '/api/jobs/:id/items',
      tag: 'jobs',
      summary: 'Items in their order',
      policy: JOBS.read,
      params: JobParam,
      query: Type.Object({ ...ListParams, state: Type.Optional(Words(ITEM_STATES)) }),
      answer: { status: 200, schema: pageOf(ItemView) },
      run: async ({ actor, params, query }) => {
        const job = await requireJob(store, params.id, actor)
        const { cursor, limit = 50, state } = query
        const items = await listItems(store, job.id, { from: numberCursor(cursor), state: state ?? null, limit })
        const page = pageAfter(items, limit, (item) => item.index + 1)
        const total = state === undefined ? { count: job.items_total ?? 0, is_exact: true } : null
        return { ...page, total }
      },
    }),
    route({
      method: 'GET',
      url: '/api/jobs/:id/items/:index/preview',
      tag: 'jobs',
      summary: 'One label as a picture; for those who may read payloads',
      policy: JOBS.read,
      params: Type.Object({ ...JobParam.properties, index: Type.Integer({ minimum: 0, maximum: 100_000 }) }),
      answer: { status: 200, schema: null, type: 'image/png' },
      run: async ({ actor, params, reply }) => {
        const job = await requireJob(store, params.id, actor)
        const png = await previewItem(context, actor, { job, index: params.index })
        return reply.type('image/png').header('cache-control', 'private, max-age=3600').send(Buffer.from(png))
      },
    }),
  ]
}

function historyRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/jobs/:id/attempts',
      tag: 'jobs',
      summary: 'Attempts, first to last',
      policy: JOBS.read,
      params: JobParam,
      answer: { status: 200, schema: listOf(AttemptView) },
      run: async ({ actor, params }) => {
        const job = await requireJob(store, params.id, actor)
        return { data: await listAttempts(store, job.id) }
      },
    }),
    route({
      method: 'GET',
      url: '/api/jobs/:id/events',
      tag: 'jobs',
      summary: 'The story of a job, oldest first',
      policy: JOBS.read,
      params: JobParam,
      query: Type.Object({ cursor: ListParams.cursor }),
      answer: { status: 200, schema: pageOf(EventView) },
      run: async ({ actor, params, query }) => {
        const job = await requireJob(store, params.id, actor)
        const { events, nextSeq } = await jobTimeline(store, job, numberCursor(query.cursor))
        const next_cursor = nextSeq === null ? null : String(nextSeq)
        return { data: events, next_cursor, total: null, searched_until: null }
      },
    }),
  ]
}

function logRoute(context: ServerContext): Route {
  const { store } = context
  return route({
    method: 'GET',
    url: '/api/jobs/:id/logs',
    tag: 'jobs',
    summary: 'Log lines; with `follow` as server-sent events until the job has ended',
    policy: JOBS.read,
    params: JobParam,
    query: LogQuery,
    answer: { status: 200, schema: pageOf(LogView) },
    run: async ({ actor, params, query, reply }) => {
      const job = await requireJob(store, params.id, actor)
      const { cursor, follow = false, level, limit = 50, search } = query
      const filter = { after: numberCursor(cursor), level: level ?? null, search: search ?? null, limit }
      if (!follow) return pageAfter(await listLogs(store, job.id, filter), limit, (line) => line.n)
      void followLogs(context, reply, { actor, filter, jobId: job.id })
      return reply
    },
  })
}
