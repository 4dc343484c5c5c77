import { BulkJobs, BulkPreview, CreatedJob } from '@andon/core'
import { forecastBulk } from '@andon/store'
import { askForBulk } from '../commands/ask-for-bulk.ts'
import { bulkOrder, bulkTarget } from '../commands/bulk-plan.ts'
import type { ServerContext } from '../context.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Route, route } from '../http/route.ts'
import { BULK_POLICIES } from '../policies/bulk.ts'
import { JOBS } from '../policies/jobs.ts'
import { authorize } from '../policies/policy.ts'
import { presentForecast } from '../presenters/bulk.ts'
import { presentCreated } from '../presenters/created.ts'

/** One thing to do to many jobs. */
export function bulkRoutes(context: ServerContext): Route[] {
  const { jobs, store } = context
  return [
    route({
      method: 'POST',
      url: '/api/jobs/bulk',
      tag: 'jobs',
      summary: 'Makes a job that does one thing to many; with dry_run only says what it would do to how many',
      policy: JOBS.bulk,
      body: BulkJobs,
      takesIdempotencyKey: true,
      answer: { status: 200, schema: BulkPreview },
      otherwise: [{ status: 201, schema: CreatedJob }],
      run: async ({ actor, body, reply, request }) => {
        const { dry_run: isDry = false, ...fields } = body
        authorize(BULK_POLICIES[body.action], actor)
        if (isDry) {
          const order = await bulkOrder(store, fields)
          return presentForecast(await forecastBulk(store, bulkTarget(fields, actor), { order }), jobs)
        }
        reply.code(201)
        const order = { fields, idempotencyKey: idempotencyKey(request), request }
        return presentCreated(await askForBulk(context, actor, order))
      },
    }),
  ]
}
