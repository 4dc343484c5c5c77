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
  /** Exactly, such as `job:<id>`; queues, printers and pools by their name, such as `printer:Zebra`. */
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
  `select a.id, a.at, a.actor, a.address, a.action, coalesce(l.kind || ':' || l.name, a.target) as target,
     a.before, a.after
   from audit a
   left join lane l on l.id = case when a.target like 'lane:%' then substr(a.target, 6)::int end
   where ($1::text is null
       or a.target = any (array(select 'lane:' || n.id from lane n where n.kind || ':' || n.name = $1) || $1::text))
     and ($2::text is null or a.actor = $2) and ($3::bigint is null or a.id < $3)
     and ($4::text is null or starts_with(a.action, $4))
     and ($5::timestamptz is null or a.at >= $5) and ($6::timestamptz is null or a.at < $6)
   order by a.id desc limit $7`,
)

/** Who did what, newest first. What is kept by number is told by the name that it has now. */
export async function listAudit(db: Queryable, filter: AuditFilter): Promise<AuditView[]> {
  const { target = null, actor = null, action = null, since = null, until = null, before = null, limit } = filter
  const asked = [target, actor, before, action, since, until, limit]
  const rows = await db.query<AuditRow>(LIST_AUDIT, asked)
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
