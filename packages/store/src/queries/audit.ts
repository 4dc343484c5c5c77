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
   order by a.id desc limit $4`,
)

/** Who did what, newest first. What is kept by number is told by the name that it has now. */
export async function listAudit(db: Queryable, filter: AuditFilter): Promise<AuditView[]> {
  const { target = null, actor = null, before = null, limit } = filter
  const rows = await db.query<AuditRow>(LIST_AUDIT, [target, actor, before, limit])
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
