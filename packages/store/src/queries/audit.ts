import type { AuditView } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

interface AuditRow {
  id: string
  at: Date
  actor: string
  address: string | null
  action: string
  target: string
  before: unknown
  after: unknown
}

/** What of the audit is asked for; what is left out does not matter. */
export interface AuditFilter {
  /** Exactly, such as `job:<id>`. */
  readonly target?: string
  readonly actor?: string
  /** The `id` of the last entry of the page before. */
  readonly before?: string
  readonly limit: number
}

const LIST_AUDIT = statement(
  'list_audit',
  `select id, at, actor, address, action, target, before, after from audit
   where ($1::text is null or target = $1) and ($2::text is null or actor = $2) and ($3::bigint is null or id < $3)
   order by id desc limit $4`,
)

/** Who did what, newest first. */
export async function listAudit(db: Queryable, filter: AuditFilter): Promise<AuditView[]> {
  const { target = null, actor = null, before = null, limit } = filter
  const rows = await db.query<AuditRow>(LIST_AUDIT, [target, actor, before, limit])
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
