import { type JobTypeView, type LostAction, type RetryPolicy, toRetryFields } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import { typeDefaults } from '../type-defaults.ts'

const LIST_TYPES = statement(
  'list_types',
  `select name, max_attempts, retry, lost_action from job_type
   where starts_with(name, $1) and name > $2 order by name limit $3`,
)

interface Row {
  name: string
  max_attempts: number
  retry: RetryPolicy | null
  lost_action: LostAction
}

/** Which types are asked for. */
export interface TypeFilter {
  /** Beginning of the name; empty: all. */
  readonly prefix: string
  /** Name of the last one of the page before; empty: from the first one. */
  readonly after: string
  readonly limit: number
}

/**
 * Types of jobs by name: those that were ever made or that a worker said it runs, with what their jobs get. Those of
 * prints are taken to be for printers, as all that are made by printing are.
 */
export async function listTypes(db: Queryable, { after, limit, prefix }: TypeFilter): Promise<JobTypeView[]> {
  const rows = await db.query<Row>(LIST_TYPES, [prefix, after, limit])
  return rows.map(toView)
}

function toView({ lost_action, max_attempts, name, retry }: Row): JobTypeView {
  const settings = { maxAttempts: max_attempts, retry, lostAction: lost_action }
  const defaults = typeDefaults(settings, { isPrint: name.startsWith('print.') })
  return {
    name,
    max_attempts: defaults.maxAttempts,
    retry: retry === null ? null : toRetryFields(retry),
    lost_action: defaults.lostAction,
  }
}
