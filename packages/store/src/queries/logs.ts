import type { LogLine } from '@andon/core'
import { jsonArray, plainArray, textArray, timeArray } from '../arrays.ts'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

/** The words of the column `job_log.level`, by position. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const

const WRITE_LOGS = statement(
  'write_logs',
  `insert into job_log (job_id, attempt, at, level, step, message, data)
   select l.job_id, l.attempt, l.at, l.level, l.step, l.message, l.data
   from unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::smallint[], $5::text[], $6::text[], $7::jsonb[])
     as l (job_id, attempt, at, level, step, message, data)`,
)

/** Writes log lines; their numbers follow the order given. */
export async function writeLogs(db: Queryable, lines: readonly LogLine[]): Promise<void> {
  if (lines.length === 0) return
  await db.query(WRITE_LOGS, [
    plainArray(lines, (line) => line.jobId),
    plainArray(lines, (line) => line.attempt),
    timeArray(lines, (line) => line.at),
    plainArray(lines, (line) => LOG_LEVELS.indexOf(line.level)),
    textArray(lines, (line) => line.step),
    textArray(lines, (line) => line.message),
    jsonArray(lines, (line) => line.data),
  ])
}
