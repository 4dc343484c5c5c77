import {
  FloorJobDetail,
  FloorStatus,
  ImpositionDetail,
  pageOf,
  problem,
  RunlistDetail,
  RunlistParams,
  RunlistSummary,
} from '@andon/core'
import { Type } from 'typebox'
import { requireFloor } from '../commands/find-floor.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { FLOOR } from '../policies/floor.ts'
import { pageAfter } from './fields.ts'

/** Names come from the shop's software. */
const ShopNameParam = Type.Object({ id: Type.String({ minLength: 1, maxLength: 500 }) })
/** Stands before the name in a cursor, so that it is not mistaken for one of another list. */
const CURSOR_MARK = 'after:'

/** What stands on the floor: runlists, impositions, jobs, and how far the sources are. */
export function floorViewRoutes(context: ServerContext): Route[] {
  return [statusRoute(context), runlistsRoute(context), ...detailRoutes(context)]
}

function statusRoute(context: ServerContext): Route {
  return route({
    method: 'GET',
    url: '/api/floor/status',
    tag: 'floor',
    summary: 'How far press records and scans are worked off, and what stands aside',
    policy: FLOOR.read,
    answer: { status: 200, schema: FloorStatus },
    run: () => requireFloor(context).status(),
  })
}

function runlistsRoute(context: ServerContext): Route {
  return route({
    method: 'GET',
    url: '/api/floor/runlists',
    tag: 'floor',
    summary: 'Runlists that were touched last; with `q` those whose name begins with it, by name',
    policy: FLOOR.read,
    query: RunlistParams,
    answer: { status: 200, schema: pageOf(RunlistSummary) },
    run: async ({ query: { cursor, limit = 50, q } }) => {
      const after = cursor === undefined ? null : nameCursor(cursor)
      const { isByName, runlists } = await requireFloor(context).runlists({ after, prefix: q ?? null, limit })
      const page = pageAfter(runlists, limit, ({ runlist_id: id }) => CURSOR_MARK + id)
      return isByName ? page : { ...page, next_cursor: null }
    },
  })
}

function detailRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/floor/runlists/:id',
      tag: 'floor',
      summary: 'A runlist with its impositions and jobs, what is wrong first',
      policy: FLOOR.read,
      params: ShopNameParam,
      answer: { status: 200, schema: RunlistDetail },
      run: ({ params }) => requireFloor(context).runlist(params.id),
    }),
    route({
      method: 'GET',
      url: '/api/floor/impositions/:id',
      tag: 'floor',
      summary: 'An imposition with its jobs and what the press said of it',
      policy: FLOOR.read,
      params: ShopNameParam,
      answer: { status: 200, schema: ImpositionDetail },
      run: ({ params }) => requireFloor(context).imposition(params.id),
    }),
    route({
      method: 'GET',
      url: '/api/floor/jobs/:id',
      tag: 'floor',
      summary: 'A job of the floor with its versions, where they lie, its overrides and its history',
      policy: FLOOR.read,
      params: ShopNameParam,
      answer: { status: 200, schema: FloorJobDetail },
      run: ({ params }) => requireFloor(context).job(params.id),
    }),
  ]
}

/** @throws `cursor_invalid` */
function nameCursor(cursor: string): string {
  if (cursor.startsWith(CURSOR_MARK)) return cursor.slice(CURSOR_MARK.length)
  throw problem('cursor_invalid', { field: 'cursor' })
}
