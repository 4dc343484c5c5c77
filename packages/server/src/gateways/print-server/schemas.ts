import { Type } from 'typebox'

/** What an existing ERP module sends to a label print server. Members that we do not know are left aside. */
export const PrintRequest = Type.Object({
  printer: Type.String({ minLength: 1, maxLength: 200 }),
  quantity: Type.Optional(Type.Integer({ minimum: 1 })),
  labels: Type.Array(
    Type.Object({
      zpl_code: Type.String({ minLength: 1, maxLength: 1_048_576 }),
      box_number: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Null()])),
      lot_number: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Null()])),
      metadata: Type.Optional(Type.Unknown()),
    }),
  ),
  job_metadata: Type.Optional(
    Type.Object({
      mo_reference: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
      priority: Type.Optional(
        Type.Unsafe<'high' | 'normal' | 'low'>({ type: 'string', enum: ['high', 'normal', 'low'] }),
      ),
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
  status: Type.Unsafe<'queued' | 'printing' | 'completed' | 'failed' | 'cancelled'>({
    type: 'string',
    enum: ['queued', 'printing', 'completed', 'failed', 'cancelled'],
  }),
  progress: Type.Object({ total: Type.Integer(), completed: Type.Integer(), failed: Type.Integer() }),
  current_label: Type.Union([Type.Integer(), Type.Null()]),
  progress_percent: Type.Number(),
  error_message: Type.Union([Type.String(), Type.Null()]),
  started_at: Type.Union([Type.String(), Type.Null()]),
  estimated_completion: Type.Union([Type.String(), Type.Null()]),
  printer: Type.Union([Type.String(), Type.Null()]),
})
