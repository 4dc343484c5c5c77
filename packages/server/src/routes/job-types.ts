import { JobTypePage, JobTypesQuery } from '@andon/core'
import { listTypes } from '@andon/store'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { JOB_TYPES } from '../policies/job-types.ts'
import { pageAfter } from './fields.ts'

/** The catalogue of types: what their jobs get when they do not say it themselves. */
export function jobTypeRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/types',
      tag: 'jobs',
      summary: 'Types of jobs by name, with their attempts and what happens when a worker is lost',
      policy: JOB_TYPES.read,
      query: JobTypesQuery,
      answer: { status: 200, schema: JobTypePage },
      run: async ({ query: { cursor = '', limit = 50, q = '' } }) => {
        const data = await listTypes(store, { prefix: q, after: cursor, limit })
        return pageAfter(data, limit, ({ name }) => name)
      },
    }),
  ]
}
