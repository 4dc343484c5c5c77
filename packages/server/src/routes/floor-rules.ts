import {
  CatalogueOperation,
  FloorMigration,
  FloorNumber,
  FloorOperations,
  FloorOverride,
  NewFloorOverride,
} from '@andon/core'
import { tellFloorChanged, writeAudit } from '@andon/store'
import { Type } from 'typebox'
import { requireFloor } from '../commands/find-floor.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { FLOOR } from '../policies/floor.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf } from './fields.ts'

const OverrideParam = Type.Object({ id: FloorNumber })
const FloorJobParam = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) })

/** What people decide about the floor: its operations, and what stands over press and scanner. */
export function floorRuleRoutes(context: ServerContext): Route[] {
  return [...catalogueRoutes(context), ...overrideRoutes(context), migrationRoute(context)]
}

function catalogueRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/floor/operations',
      tag: 'floor',
      summary: 'The operations of the shop with their ids, in their order',
      policy: FLOOR.read,
      answer: { status: 200, schema: listOf(CatalogueOperation) },
      run: async () => ({ data: await requireFloor(context).catalogue() }),
    }),
    route({
      method: 'PUT',
      url: '/api/floor/operations',
      tag: 'floor',
      summary: 'Replaces the catalogue of operations',
      policy: FLOOR.catalogue,
      body: FloorOperations,
      answer: { status: 200, schema: listOf(CatalogueOperation) },
      run: async ({ actor, body, request }) => {
        const floor = requireFloor(context)
        const before = await floor.catalogue()
        const data = await floor.setCatalogue(body.operations)
        const act = { action: 'floor.catalogue', target: 'floor:operations', before, after: data }
        await writeAudit(context.store, auditActor(actor, request), [act])
        return { data }
      },
    }),
  ]
}

function overrideRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/floor/jobs/:id/overrides',
      tag: 'floor',
      summary: 'Says of an operation of a job that it is done or not, over press and scanner, with a reason',
      policy: FLOOR.override,
      params: FloorJobParam,
      body: NewFloorOverride,
      answer: { status: 201, schema: FloorOverride },
      run: async ({ actor, body, params, request }) => {
        const override = await requireFloor(context).override(params.id, body, actor.name)
        const act = { action: 'floor.override', target: `floor_job:${params.id}`, after: body }
        await writeAudit(store, auditActor(actor, request), [act])
        await tellFloorChanged(store, [override.job_id], actor.name)
        return override
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/floor/overrides/:id',
      tag: 'floor',
      summary: 'Lifts an override: press and scanner count again',
      policy: FLOOR.override,
      params: OverrideParam,
      answer: { status: 200, schema: FloorOverride },
      run: async ({ actor, params, request }) => {
        const override = await requireFloor(context).liftOverride(params.id, actor.name)
        const { job_id: jobId, operation_type: operation, reason, value } = override
        await writeAudit(store, auditActor(actor, request), [
          { action: 'floor.lift_override', target: `floor_job:${jobId}`, before: { operation, value, reason } },
        ])
        await tellFloorChanged(store, [jobId], actor.name)
        return override
      },
    }),
  ]
}

function migrationRoute(context: ServerContext): Route {
  return route({
    method: 'GET',
    url: '/api/floor/migration',
    tag: 'floor',
    summary: "What Andon would add to the shop's databases",
    policy: FLOOR.read,
    answer: { status: 200, schema: FloorMigration },
    run: async () => ({ additions: await requireFloor(context).plan() }),
  })
}
