import { CreatedJob, CreatePrint } from '@andon/core'
import { createPrint } from '../commands/create-print.ts'
import type { ServerContext } from '../context.ts'
import { BATCH_LIMIT_BYTES } from '../http/body.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Route, route } from '../http/route.ts'
import { JOBS } from '../policies/jobs.ts'
import { presentCreated } from '../presenters/created.ts'

/** Printing. */
export function printRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/print',
      tag: 'print',
      summary: 'Prints a document or a batch of 1 to 500 labels',
      policy: JOBS.create,
      body: CreatePrint,
      bodyLimit: BATCH_LIMIT_BYTES,
      takesIdempotencyKey: true,
      answer: { status: 201, schema: CreatedJob },
      run: async ({ actor, body, request }) =>
        presentCreated(await createPrint(context, actor, { body, idempotencyKey: idempotencyKey(request) })),
    }),
  ]
}
