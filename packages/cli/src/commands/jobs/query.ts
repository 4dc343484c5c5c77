import { isProblem, parseDuration, parseTime, problem, quoteValue } from '@andon/core/base'
import { UsageError } from '../../exit.ts'

/** Flags that stand for parts of a query. */
export interface FilterFlags {
  readonly printer?: string
  readonly queue?: string
  readonly since?: string
  readonly status?: string
  readonly type?: string
  readonly until?: string
}

/** The query that the words and flags of a command make together; undefined for everything. */
export function queryOf(words: readonly string[], flags: FilterFlags): string | undefined {
  const parts = [
    ...words,
    ...valuesPart('state', flags.status),
    ...valuesPart('type', flags.type),
    ...valuesPart('queue', flags.queue),
    ...valuesPart('printer', flags.printer),
    ...timePart('--since', flags.since, { age: '<', time: '>=' }),
    ...timePart('--until', flags.until, { age: '>', time: '<=' }),
  ]
  return parts.length === 0 ? undefined : parts.join(' ')
}

/** Puts the query beside what the server says is wrong with it, so that the place can be shown. */
export async function forQuery<T>(query: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (query === undefined || !isProblem(error, 'query_invalid')) throw error
    const { allowed, detail, extra, field, hint } = error
    throw problem('query_invalid', {
      allowed: allowed ?? undefined,
      cause: error,
      detail,
      extra: { ...extra, query },
      field: field ?? undefined,
      hint,
    })
  }
}

/** `a,b` of a flag: each value in quotes where it needs them; a star stays a star. */
function valuesPart(field: string, written: string | undefined): string[] {
  if (written === undefined) return []
  const values = written.split(',').map((value) => value.trim())
  return [`${field}:${values.map((value) => (/^[\w.*-]+$/.test(value) ? value : quoteValue(value))).join(',')}`]
}

function timePart(flag: string, written: string | undefined, op: { age: string; time: string }): string[] {
  if (written === undefined) return []
  if (parseDuration(written) !== null) return [`created:${op.age}${written}`]
  if (parseTime(written) !== null) return [`created:${op.time}${written}`]
  throw new UsageError(
    `${flag} does not understand "${written}".`,
    'Give an age such as 2h, or a date such as 2026-11-22.',
  )
}
