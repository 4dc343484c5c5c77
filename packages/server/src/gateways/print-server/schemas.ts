import { Nullable, Words } from '@andon/core'
import { type TSchema, Type } from 'typebox'

/** Clients leave out what they do not have, or send null. */
const Unset = <T extends TSchema>(schema: T) => Type.Optional(Nullable(schema))

/** What an existing ERP module sends to a label print server. Members that we do not know are left aside. */
export const PrintRequest = Type.Object({
  printer: Type.String({ minLength: 1, maxLength: 200 }),
  quantity: Unset(Type.Integer({ minimum: 1 })),
  labels: Type.Array(
    Type.Object({
      zpl_code: Type.String({ minLength: 1, maxLength: 1_048_576 }),
      box_number: Unset(Type.Union([Type.String({ maxLength: 200 }), Type.Number()])),
      lot_number: Unset(Type.Union([Type.String({ maxLength: 200 }), Type.Number()])),
      metadata: Type.Optional(Type.Unknown()),
    }),
  ),
  job_metadata: Unset(
    Type.Object({
      mo_reference: Unset(Type.String({ maxLength: 200 })),
      priority: Unset(Words(['high', 'normal', 'low'])),
    }),
  ),
})

export const PrintAnswer = Type.Object({
  job_id: Type.String(),
  status: Type.Literal('queued'),
  estimated_completion: Type.String(),
  message: Type.String(),
})

export const StatusAnswer = Type.Object({
  job_id: Type.String(),
  status: Words(['queued', 'printing', 'completed', 'failed', 'cancelled']),
  progress: Type.Object({ total: Type.Integer(), completed: Type.Integer(), failed: Type.Integer() }),
  current_label: Type.Union([Type.Integer(), Type.Null()]),
  progress_percent: Type.Number(),
  error_message: Type.Union([Type.String(), Type.Null()]),
  started_at: Type.Union([Type.String(), Type.Null()]),
  estimated_completion: Type.Union([Type.String(), Type.Null()]),
  printer: Type.Union([Type.String(), Type.Null()]),
})

export const Refusal = Type.Object({
  error: Type.String(),
  message: Type.String(),
  code: Type.String(),
  timestamp: Type.String(),
})
