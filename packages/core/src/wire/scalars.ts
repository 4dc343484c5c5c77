import { type TSchema, Type } from 'typebox'
import { DRIVER_KINDS, PRINTER_KINDS, PRINTER_STATES } from '../ports/print.ts'
import { ITEM_STATES, JOB_STATES, PRIORITIES, PROOFS, WAIT_REASONS } from '../states.ts'

/** One of the given words, as an OpenAPI enum. */
export function Words<const T extends readonly string[]>(words: T, description?: string): WordsSchema<T> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...(description ? { description } : {}) })
}
type WordsSchema<T extends readonly string[]> = ReturnType<typeof Type.Unsafe<T[number]>>

/** The schema, or null. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** UTC, RFC 3339 with `Z`. */
export const Time = Type.String({ format: 'date-time', description: 'UTC, RFC 3339 with Z' })
export const JobId = Type.String({ format: 'uuid', description: 'UUIDv7: sorts by creation' })
export const NullableTime = Nullable(Time)
export const NullableText = Nullable(Type.String())
export const Text = (maxLength: number, description?: string) =>
  Type.String({ minLength: 1, maxLength, ...(description ? { description } : {}) })

export const JobStateSchema = Words(JOB_STATES, 'See docs/states.md')
export const PrioritySchema = Words(PRIORITIES)
export const ProofSchema = Words(PROOFS, 'How far a print is known to have got')
export const ItemStateSchema = Words(ITEM_STATES)
export const WaitReasonSchema = Words(WAIT_REASONS)
export const DriverKindSchema = Words(DRIVER_KINDS)
export const PrinterStateSchema = Words(PRINTER_STATES)
export const PrinterKindSchema = Words(PRINTER_KINDS)

/** Free JSON: bounded by the size and depth of the request that carries it. */
export const Json = Type.Unknown({ description: 'Any JSON' })

export const Tags = Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 500 }), {
  description: 'key → value',
  maxProperties: 50,
})

/** What every list answers with. */
export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    data: Type.Array(item),
    /** Null on the last page. */
    next_cursor: NullableText,
    total: Nullable(
      Type.Object({
        count: Type.Integer(),
        /** False: an estimate, because counting would cost too much. */
        is_exact: Type.Boolean(),
      }),
    ),
    /** Set when the time budget cut the page: everything newer was searched; go on with `next_cursor`. */
    searched_until: NullableTime,
  })

export const ListParams = {
  cursor: Type.Optional(Type.String({ maxLength: 500 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
}

const Allowed = Type.Union([Type.String(), Type.Array(Type.String())], { description: 'A range in words, or values' })

/** RFC 9457, with a stable code and what to do. */
export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  code: Type.String(),
  hint: Type.Optional(Type.String()),
  field: Type.Optional(Type.String()),
  allowed: Type.Optional(Allowed),
  /** Every wrong field, when several are. */
  errors: Type.Optional(
    Type.Array(Type.Object({ field: Type.String(), detail: Type.String(), allowed: Type.Optional(Allowed) })),
  ),
  /** The same request may succeed later. */
  retryable: Type.Optional(Type.Boolean()),
  request_id: Type.Optional(Type.String()),
})

const Amount = Type.Number({ minimum: 0 })
const Limit = Type.Optional(Nullable(Amount))
const Count = Type.Optional(Type.Integer({ minimum: 0 }))

/** What an attempt uses; see `ResourceUse`. */
export const ResourceUseFields = Type.Object(
  {
    peak_memory_mb: Nullable(Amount),
    cpu_percent: Nullable(Amount),
    wall_ms: Amount,
    cpu_ms: Nullable(Amount),
    memory_mb: Limit,
    memory_limit_mb: Limit,
    cpu_limit_ms: Limit,
    wall_limit_ms: Limit,
    processes_ended: Count,
    files_removed: Count,
  },
  { additionalProperties: false },
)
