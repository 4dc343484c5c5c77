import { isUuid, problem } from '@andon/core'
import { cancelJob, type JobRow, type Store } from '@andon/store'
import { Type } from 'typebox'
import { requireJob } from '../../commands/find-job.ts'
import { requirePrinter } from '../../commands/find-printer.ts'
import { printTestPage } from '../../commands/print-test-page.ts'
import type { ServerContext } from '../../context.ts'
import { BATCH_LIMIT_BYTES } from '../../http/body.ts'
import { idempotencyKey } from '../../http/idempotency.ts'
import { type Route, route } from '../../http/route.ts'
import type { Actor } from '../../policies/actor.ts'
import { GATEWAYS } from '../../policies/gateways.ts'
import { auditActor } from '../../sign-in/actors.ts'
import { type Gateway, makeGateway, refusalWords } from '../gateway.ts'
import { orderPrint } from './order.ts'
import { presentPrinter, presentStatus } from './present.ts'
import { PrintAnswer, PrintRequest, Refusal, StatusAnswer } from './schemas.ts'

const JobParam = Type.Object({ id: Type.String() })
const Message = Type.Object({ success: Type.Boolean(), message: Type.String() })
/** A label takes about so long on the printers that we know; only for the first estimate. */
const LABEL_MS = 1_500

/** What existing ERP modules speak to a label print server; Andon's own `http` driver is a client of the same words. */
export function printServerGateway(context: ServerContext): Gateway {
  return makeGateway({
    prefix: '/gateways/print-server',
    routes: [...jobRoutes(context), ...deviceRoutes(context)],
    refusal: Refusal,
    refuse: (error) => ({
      error: error.title,
      message: refusalWords(error, theirField),
      code: error.code,
      timestamp: new Date().toISOString(),
    }),
    prepare: (scope) => {
      scope.addHook('onSend', async (_request, reply) => {
        const remaining = reply.getHeader('ratelimit-remaining')
        if (remaining !== undefined) reply.header('x-ratelimit-remaining', remaining)
      })
    },
  })
}

/** Places in our words, in theirs. */
function theirField(field: string): string {
  return field.replace(/^\/items/, '/labels').replace(/\/zpl$/, '/zpl_code')
}

function jobRoutes(context: ServerContext): Route[] {
  const { jobs, store } = context
  return [
    route({
      method: 'POST',
      url: '/api/print',
      tag: 'print-server',
      summary: 'Takes a batch of labels',
      policy: GATEWAYS.print,
      body: PrintRequest,
      bodyLimit: BATCH_LIMIT_BYTES,
      answer: { status: 201, schema: PrintAnswer },
      run: async ({ actor, body, request }) => {
        const created = await orderPrint(context, actor, { body, idempotencyKey: idempotencyKey(request) })
        const labels = Math.max(body.labels.length, body.quantity ?? 1)
        return {
          job_id: created.id,
          status: 'queued',
          estimated_completion: new Date(Date.now() + labels * LABEL_MS).toISOString(),
          message: created.isExisting
            ? 'The job exists already'
            : `${labels} ${labels === 1 ? 'label' : 'labels'} queued for ${body.printer}`,
        }
      },
    }),
    route({
      method: 'GET',
      url: '/api/status/:id',
      tag: 'print-server',
      summary: 'How far a batch is',
      policy: GATEWAYS.read,
      params: JobParam,
      answer: { status: 200, schema: StatusAnswer },
      run: async ({ actor, params }) => {
        const [view] = await jobs.views([await requireWholeId(store, params.id, actor)])
        return view && presentStatus(view, Date.now())
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/jobs/:id',
      tag: 'print-server',
      summary: 'Cancels a batch',
      policy: GATEWAYS.print,
      params: JobParam,
      answer: { status: 200, schema: Message },
      run: async ({ actor, params, request }) => {
        const job = await requireWholeId(store, params.id, actor)
        const result = await cancelJob(store, job.id, { actor: auditActor(actor, request) })
        const message = result === 'cancelled' ? 'The job is cancelled' : 'The printer was asked to stop'
        return { success: true, message }
      },
    }),
  ]
}

/** Programs know whole ids; the beginning of one is a mistake of theirs, and no job's name. */
function requireWholeId(store: Store, id: string, actor: Actor): Promise<JobRow> {
  if (!isUuid(id)) throw problem('job_not_found', { detail: `There is no job ${id.slice(0, 100)}` })
  return requireJob(store, id, actor)
}

function deviceRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/printers',
      tag: 'print-server',
      summary: 'All printers',
      policy: GATEWAYS.read,
      answer: { status: 200, schema: Type.Object({ printers: Type.Array(Type.Unknown()) }) },
      run: async () => ({ printers: (await context.printers.all()).map(presentPrinter) }),
    }),
    route({
      method: 'POST',
      url: '/api/test',
      tag: 'print-server',
      summary: 'Prints a test label',
      policy: GATEWAYS.print,
      body: Type.Object({ printer: Type.String({ minLength: 1, maxLength: 200 }) }),
      answer: { status: 200, schema: Type.Object({ ...Message.properties, job_id: Type.String() }) },
      run: async ({ actor, body, request }) => {
        const printer = await requirePrinter(context.store, body.printer)
        const { id } = await printTestPage(context, actor, { printer, idempotencyKey: idempotencyKey(request) })
        return { success: true, message: `Test label queued for ${body.printer}`, job_id: id }
      },
    }),
    route({
      method: 'GET',
      url: '/api/health',
      tag: 'print-server',
      summary: 'Answers as long as the server serves',
      policy: GATEWAYS.health,
      answer: {
        status: 200,
        schema: Type.Object({ status: Type.String(), version: Type.String(), timestamp: Type.String() }),
      },
      run: async () => ({ status: 'ok', version: context.version, timestamp: new Date().toISOString() }),
    }),
  ]
}
