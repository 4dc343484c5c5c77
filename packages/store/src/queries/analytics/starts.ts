import { codeOf, problem } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { statement } from '../../statement.ts'
import { type AnalyticsRequest, type AnalyticsSpan, spanBefore } from './request.ts'

// No hour or day is shorter than half an hour, whatever a zone does to its clocks.
const BUCKET_STARTS = statement(
  'bucket_starts',
  `select distinct date_trunc($3, at, $4) as start
   from (
     select generate_series($1::timestamptz, $2, interval '30 minutes') union all
     select $2::timestamptz - interval '1 microsecond'
   ) walk (at)
   where at < $2 order by 1`,
)

/** SQLSTATE of a value that a function does not take. */
const INVALID_VALUE = '22023'

/** Where the hours or days of one period begin, with a place for each. */
export class Starts {
  readonly times: readonly string[]
  readonly #starts: readonly number[]

  constructor(starts: readonly Date[]) {
    this.times = starts.map((start) => start.toISOString())
    this.#starts = starts.map((start) => start.getTime())
  }

  /** One value for each start: that of its row, or of none. */
  spread<R extends { readonly start: Date }, V>(rows: readonly R[], valueOf: (row: R) => V, none: V): V[] {
    const values = new Map(rows.map((row) => [row.start.getTime(), valueOf(row)]))
    return this.#starts.map((start) => values.get(start) ?? none)
  }

  /** One sum for each start, over all rows that share it. */
  sums<R extends { readonly start: Date }>(rows: readonly R[], valueOf: (row: R) => number): number[] {
    const sums = new Map<number, number>()
    for (const row of rows) {
      const start = row.start.getTime()
      sums.set(start, (sums.get(start) ?? 0) + valueOf(row))
    }
    return this.#starts.map((start) => sums.get(start) ?? 0)
  }
}

/**
 * The starts of both periods of a request.
 *
 * @throws validation_failed when the database does not know the zone
 */
export async function startsOf(
  db: Queryable,
  request: AnalyticsRequest,
): Promise<{ readonly current: Starts; readonly previous: Starts }> {
  const read = async (span: AnalyticsSpan): Promise<Starts> => {
    const values = [span.since, span.until, request.bucket, request.zone]
    const rows = await db.query<{ start: Date }>(BUCKET_STARTS, values)
    return new Starts(rows.map(({ start }) => start))
  }
  try {
    return { current: await read(request), previous: await read(spanBefore(request)) }
  } catch (error) {
    if (codeOf(error) !== INVALID_VALUE) throw error
    throw problem('validation_failed', {
      field: 'zone',
      detail: `There is no time zone ${request.zone}`,
      allowed: 'an IANA name such as Europe/Berlin',
      cause: error,
    })
  }
}
