import { PoolView, problem } from '@andon/core'
import { createPool, emptyPool, listPools, removeLane, renameLane, type Store, toPoolView } from '@andon/store'
import { Type } from 'typebox'
import { requireTarget } from '../commands/find-printer.ts'
import { refuseUnseenNames } from '@andon/core/requests'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { PRINTERS } from '../policies/printers.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf, NameParam } from './fields.ts'

const SavePool = Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }, { additionalProperties: false })

/** Pools of printers that stand in for one another. */
export function poolRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/pools',
      tag: 'printers',
      summary: 'All pools with their printers',
      policy: PRINTERS.read,
      answer: { status: 200, schema: listOf(PoolView) },
      run: async () => ({ data: (await listPools(store)).map(toPoolView) }),
    }),
    route({
      method: 'POST',
      url: '/api/pools',
      tag: 'printers',
      summary: 'Makes a pool; its name is none of a printer',
      policy: PRINTERS.manage,
      body: SavePool,
      answer: { status: 201, schema: PoolView },
      run: async ({ actor, body, request }) => {
        refuseUnseenNames(body.name, '/name')
        const lane = await createPool(store, body.name, auditActor(actor, request))
        return present(store, lane.id)
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/pools/:name',
      tag: 'printers',
      summary: 'Gives a pool another name',
      policy: PRINTERS.manage,
      params: NameParam,
      body: SavePool,
      answer: { status: 200, schema: PoolView },
      run: async ({ actor, body, params, request }) => {
        refuseUnseenNames(body.name, '/name')
        const lane = await requireTarget(store, params.name, 'pool')
        await renameLane(store, lane.id, body.name, auditActor(actor, request))
        return present(store, lane.id)
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/pools/:name',
      tag: 'printers',
      summary: 'Removes a pool in which nothing waits; its printers stay',
      policy: PRINTERS.manage,
      params: NameParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) => {
        const lane = await requireTarget(store, params.name, 'pool')
        await removeLane(store, lane.id, auditActor(actor, request))
        await emptyPool(store, lane.id)
      },
    }),
  ]
}

async function present(store: Store, id: number): Promise<PoolView> {
  const row = (await listPools(store)).find((pool) => pool.id === id)
  if (!row) throw problem('pool_not_found')
  return toPoolView(row)
}
