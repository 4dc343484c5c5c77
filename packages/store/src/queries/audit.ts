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
  /** A verb with its noun, or the beginning of one, such as `job.`. */
  readonly action?: string
  /** RFC 3339; the first moment, and the one after the last. */
  readonly since?: string
  readonly until?: string
  /** The `id` of the last entry of the page before. */
  readonly before?: string
  readonly limit: number
}

const LIST_AUDIT = statement(
  'list_audit',
  `select id, at, actor, address, action, target, before, after from audit
   where ($1::text is null or target = $1) and ($2::text is null or actor = $2) and ($3::bigint is null or id < $3)
     and ($4::text is null or starts_with(action, $4))
     and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
   order by id desc limit $7`,
)

/** Who did what, newest first. */
export async function listAudit(db: Queryable, filter: AuditFilter): Promise<AuditView[]> {
  const { target = null, actor = null, action = null, since = null, until = null, before = null, limit } = filter
  const asked = [target, actor, before, action, since, until, limit]
  const rows = await db.query<AuditRow>(LIST_AUDIT, asked)
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
