import {
  BulkPreview,
  CreatedJob,
  ErrorGroupDetail,
  ErrorGroupPage,
  ErrorGroupsQuery,
  ErrorPeriodQuery,
  RetryErrorGroup,
} from '@andon/core'
import { errorGroups, forecastBulk } from '@andon/store'
import { Type } from 'typebox'
import { askForBulk } from '../commands/ask-for-bulk.ts'
import { bulkOrder, bulkTarget } from '../commands/bulk-plan.ts'
import { groupsRequest, requireGroup, retryOfGroup } from '../commands/error-group.ts'
import type { ServerContext } from '../context.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Route, route } from '../http/route.ts'
import { ERRORS } from '../policies/errors.ts'
import { JOBS } from '../policies/jobs.ts'
import { presentForecast } from '../presenters/bulk.ts'
import { presentCreated } from '../presenters/created.ts'

const GroupParam = Type.Object({ fingerprint: Type.String({ minLength: 1, maxLength: 500 }) })

/** Jobs that failed for the same cause, as one thing to look at and to retry. */
export function errorGroupRoutes(context: ServerContext): Route[] {
  return [...readRoutes(context), retryRoute(context)]
}

function readRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/errors',
      tag: 'errors',
      summary: 'Groups of errors with the same cause over a period, the one that was seen last first',
      policy: ERRORS.read,
      query: ErrorGroupsQuery,
      answer: { status: 200, schema: ErrorGroupPage },
      run: async ({ actor, query }) => {
        const { cursor = null, limit = 50, open = false, type = null } = query
        const request = { ...groupsRequest(query, actor), cursor, isOpen: open, limit, type }
        const { bucket, groups, nextCursor, starts } = await errorGroups(store, request)
        const isAll = cursor === null && nextCursor === null
        return {
          data: groups,
          next_cursor: nextCursor,
          total: isAll ? { count: groups.length, is_exact: true } : null,
          searched_until: null,
          bucket,
          starts: starts.map((start) => start.toISOString()),
        } satisfies ErrorGroupPage
      },
    }),
    route({
      method: 'GET',
      url: '/api/errors/:fingerprint',
      tag: 'errors',
      summary: 'One group over a period; its jobs are found with the query fingerprint:…',
      policy: ERRORS.read,
      params: GroupParam,
      query: ErrorPeriodQuery,
      answer: { status: 200, schema: ErrorGroupDetail },
      run: async ({ actor, params, query }) =>
        requireGroup(store, { ...groupsRequest(query, actor), fingerprint: params.fingerprint }),
    }),
  ]
}

function retryRoute(context: ServerContext): Route {
  const { jobs, store } = context
  return route({
    method: 'POST',
    url: '/api/errors/:fingerprint/retry',
    tag: 'errors',
    summary: 'Retries the jobs of a group that were not retried yet, as a bulk job; with dry_run only counts them',
    policy: JOBS.retry,
    params: GroupParam,
    body: RetryErrorGroup,
    takesIdempotencyKey: true,
    answer: { status: 200, schema: BulkPreview },
    otherwise: [{ status: 201, schema: CreatedJob }],
    run: async ({ actor, body, params, reply, request }) => {
      const { dry_run: isDry = false, ...period } = body
      await requireGroup(store, { ...groupsRequest(period, actor), fingerprint: params.fingerprint })
      const fields = retryOfGroup(params.fingerprint, period)
      if (isDry) {
        const order = await bulkOrder(store, fields)
        return presentForecast(await forecastBulk(store, bulkTarget(fields, actor), { order }), jobs)
      }
      reply.code(201)
      return presentCreated(
        await askForBulk(context, actor, { fields, idempotencyKey: idempotencyKey(request), request }),
      )
    },
  })
}
