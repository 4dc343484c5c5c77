import type { LogLevel, LogView } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { LOG_LEVELS } from './logs.ts'

interface LogRow {
  n: string
  attempt: number
  at: Date
  level: number
  step: string | null
  message: string
  data: unknown
}

/** Which lines of a job are asked for. */
export interface LogFilter {
  /** Only lines with a greater `n`; 0 is from the start. To follow, ask again with the last one. */
  readonly after: number
  /** Lines of this level and above; null is all. */
  readonly level: LogLevel | null
  /** Lines whose message or step has this text, without regard to case; null is all. */
  readonly search: string | null
  readonly limit: number
}

const LIST_LOGS = statement(
  'list_logs',
  `select n, attempt, at, level, step, message, data from job_log
   where job_id = $1 and n > $2 and ($3::smallint is null or level >= $3)
     and ($4::text is null or strpos(lower(message), lower($4)) > 0 or strpos(lower(step), lower($4)) > 0)
   order by n limit $5`,
)

/** Log lines of a job in the order in which they were written. */
export async function listLogs(db: Queryable, jobId: string, filter: LogFilter): Promise<LogView[]> {
  const level = filter.level === null ? null : LOG_LEVELS.indexOf(filter.level)
  const rows = await db.query<LogRow>(LIST_LOGS, [jobId, filter.after, level, filter.search, filter.limit])
  return rows.map((row) => ({
    n: Number(row.n),
    attempt: row.attempt,
    at: row.at.toISOString(),
    level: wordAt(LOG_LEVELS, row.level),
    step: row.step,
    message: row.message,
    data: row.data,
  }))
}
