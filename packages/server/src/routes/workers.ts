import { problem, WorkerView } from '@andon/core'
import { drainWorker, findWorker, listWorkers, toWorkerView } from '@andon/store'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { WORKERS } from '../policies/workers.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf, NumberParam } from './fields.ts'
import { DrainRequest } from './lane-requests.ts'

/** Workers that stopped longer ago are not shown. */
const STOPPED_WITHIN_MS = 86_400_000

/** Processes that execute jobs. */
export function workerRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/workers',
      tag: 'workers',
      summary: 'Workers that live, are lost, or stopped within a day',
      policy: WORKERS.read,
      answer: { status: 200, schema: listOf(WorkerView) },
      run: async () => ({ data: (await listWorkers(store, STOPPED_WITHIN_MS)).map(toWorkerView) }),
    }),
    route({
      method: 'POST',
      url: '/api/workers/:id/drain',
      tag: 'workers',
      summary: 'Lets a worker finish what it has and take nothing more',
      policy: WORKERS.drain,
      params: NumberParam,
      body: DrainRequest,
      answer: { status: 200, schema: WorkerView },
      run: async ({ actor, body, params, request }) => {
        await drainWorker(store, params.id, { isDraining: body.is_draining ?? true, actor: auditActor(actor, request) })
        const row = await findWorker(store, params.id, STOPPED_WITHIN_MS)
        if (row === null) throw problem('worker_not_found')
        return toWorkerView(row)
      },
    }),
  ]
}
