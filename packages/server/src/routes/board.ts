import { AttentionView, JobId, problem } from '@andon/core'
import { listAttention, listViews, removeView, saveView } from '@andon/store'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { BOARD } from '../policies/board.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { IdParam, listOf } from './fields.ts'

const ViewFields = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  page: Type.String({ pattern: '^[a-z][a-z0-9/-]*$', maxLength: 50 }),
  query: Type.String({ maxLength: 4000 }),
  is_shared: Type.Boolean(),
  is_default: Type.Boolean(),
}
const SavedView = Type.Object({ id: JobId, ...ViewFields, is_own: Type.Boolean() })
const SaveView = Type.Object(
  { ...ViewFields, is_shared: Type.Optional(Type.Boolean()), is_default: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
)

/** What needs a person now, and the views that people saved. */
export function boardRoutes({ attention, store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/attention',
      tag: 'board',
      summary: 'Everything that needs somebody, worst and oldest first',
      policy: BOARD.read,
      answer: { status: 200, schema: listOf(AttentionView) },
      run: async ({ actor }) => ({ data: await listAttention(store, visibilityOf(actor), attention()) }),
    }),
    route({
      method: 'GET',
      url: '/api/views',
      tag: 'board',
      summary: 'Saved views: the own ones and the shared ones',
      policy: BOARD.views,
      answer: { status: 200, schema: listOf(SavedView) },
      run: async ({ actor }) => ({ data: await listViews(store, actor.accountId) }),
    }),
    route({
      method: 'PUT',
      url: '/api/views/:id',
      tag: 'board',
      summary: 'Saves a view under an id that the client chose',
      policy: BOARD.views,
      params: IdParam,
      body: SaveView,
      answer: { status: 200, schema: SavedView },
      run: async ({ actor, body, params }) => {
        const view = {
          ...body,
          id: params.id,
          is_shared: body.is_shared ?? false,
          is_default: body.is_default ?? false,
        }
        await store.transaction((tx) => saveView(tx, { ...view, accountId: actor.accountId }))
        return { ...view, is_own: true }
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/views/:id',
      tag: 'board',
      summary: 'Removes an own view',
      policy: BOARD.views,
      params: IdParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params }) => {
        if (!(await removeView(store, params.id, actor.accountId)))
          throw problem('not_found', { detail: 'There is no such view' })
      },
    }),
  ]
}
