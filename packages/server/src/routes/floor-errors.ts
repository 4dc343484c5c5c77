import {
  FloorNumber,
  pageOf,
  ProcessingError,
  ProcessingErrorParams,
  ProcessingErrorsRetried,
  RetryProcessingErrors,
} from '@andon/core'
import { writeAudit } from '@andon/store'
import { Type } from 'typebox'
import { requireFloor } from '../commands/find-floor.ts'
import { askForPass } from '../commands/floor-pass.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { FLOOR } from '../policies/floor.ts'
import { auditActor } from '../sign-in/actors.ts'
import { numberCursor } from './cursors.ts'
import { pageAfter } from './fields.ts'

/** Records and scans that stand aside. */
export function floorErrorRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'GET',
      url: '/api/floor/errors',
      tag: 'floor',
      summary: 'Records and scans that could not be processed, newest first',
      policy: FLOOR.read,
      query: ProcessingErrorParams,
      answer: { status: 200, schema: pageOf(ProcessingError) },
      run: async ({ query: { cursor, limit = 50, reason, source } }) => {
        const before = numberCursor(cursor)
        const filter = { source: source ?? null, reason: reason ?? null, limit }
        const errors = await requireFloor(context).errors({ ...filter, before: before === 0 ? null : String(before) })
        return pageAfter(errors, limit, (error) => error.error_id)
      },
    }),
    route({
      method: 'POST',
      url: '/api/floor/errors/retry',
      tag: 'floor',
      summary: 'Has errors tried again at once: those that are named, or all',
      policy: FLOOR.retry,
      body: RetryProcessingErrors,
      answer: { status: 200, schema: ProcessingErrorsRetried },
      run: async ({ actor, body, request }) => {
        const ids = body.ids ?? null
        const { count, sources } = await requireFloor(context).retryErrors(ids)
        await writeAudit(store, auditActor(actor, request), [
          { action: 'floor.retry', target: 'floor:errors', after: { ids: ids ?? 'all', count } },
        ])
        for (const source of sources) {
          await askForPass(store, source, { name: actor.name, accountId: actor.accountId })
        }
        return { count }
      },
    }),
    route({
      method: 'POST',
      url: '/api/floor/errors/:id/dismiss',
      tag: 'floor',
      summary: 'Puts an error away for good',
      policy: FLOOR.dismiss,
      params: Type.Object({ id: FloorNumber }),
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) => {
        await requireFloor(context).dismissError(params.id, actor.name)
        await writeAudit(store, auditActor(actor, request), [
          { action: 'floor.dismiss', target: `floor_error:${params.id}` },
        ])
      },
    }),
  ]
}
