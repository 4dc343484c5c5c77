import { Json, NullableText, NullableTime, Nullable, Time, Words } from '@andon/core'
import { type Static, Type } from 'typebox'

/** What their jobs can be. */
export const STATUSES = ['pending', 'running', 'completed', 'completed_partial', 'failed', 'cancelled'] as const
export type Status = (typeof STATUSES)[number]

/** Members that we do not know are left aside. */
export const Credentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 255 }),
  password: Type.String({ minLength: 1, maxLength: 1000 }),
})

export const SignedIn = Type.Object({
  access_token: Type.String({ description: 'A JSON web token, good for an hour' }),
  token_type: Type.Literal('bearer'),
  user_id: Type.String(),
  user: Type.Object({ username: Type.String(), role: Type.String(), created_at: Time }),
})

/** Pages are counted from the newest job: what lies deeper than a thousand is found by its status and type. */
export const ListQuery = Type.Object({
  status: Type.Optional(Words([...STATUSES, 'queued'], '`queued` is `pending`')),
  job_type: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ default: 10, description: 'Taken as 1 to 100' })),
  offset: Type.Optional(Type.Integer({ default: 0, minimum: 0, maximum: 1000 })),
})
export type ListQuery = Static<typeof ListQuery>

export const CidxJob = Type.Object({
  id: Type.String(),
  job_id: Type.String(),
  operation_type: Type.String(),
  job_type: Type.String(),
  description: NullableText,
  status: Words(STATUSES),
  detailed_status: Type.String({ description: "In Andon's words: why it waits, otherwise its state" }),
  progress: Type.Integer({ minimum: 0, maximum: 100 }),
  created_at: Time,
  started_at: NullableTime,
  completed_at: NullableTime,
  updated_at: Time,
  username: Type.String(),
  user_id: Type.String(),
  error: NullableText,
  error_message: NullableText,
  error_details: NullableText,
  result: Json,
  current_phase: NullableText,
  current_step: NullableText,
  phase_detail: NullableText,
  steps_completed: Nullable(Type.Integer()),
  total_steps: Nullable(Type.Integer()),
  estimated_remaining: Nullable(Type.Number({ description: 'Seconds' })),
  repository_id: NullableText,
  repository: NullableText,
})
export type CidxJob = Static<typeof CidxJob>

export const CidxPage = Type.Object({
  jobs: Type.Array(CidxJob),
  total: Type.Integer({ description: 'An estimate where counting would cost too much' }),
  limit: Type.Integer(),
  offset: Type.Integer(),
})
export type CidxPage = Static<typeof CidxPage>

export const Cancelled = Type.Object({
  id: Type.String(),
  job_id: Type.String(),
  status: Words(STATUSES),
  success: Type.Literal(true),
  message: Type.String(),
})

export const Refusal = Type.Object({ detail: Type.String() })
