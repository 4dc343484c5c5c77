import {
  EVENT_KINDS,
  JOB_STATES,
  type SettleReport,
  type StaleToken,
  type JobToken,
  type WorkerLease,
} from '@andon/core'
import { jsonArray, plainArray, textArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'

const JOB_STATES_OF = statement(
  'job_states_of',
  `select id, case phase when 0 then 0 when 1 then 2 else substate end::int as state, attempt, hold
   from job where id = any($1::uuid[])
   union all
   select id, state::int, attempt, null from job_done where id = any($1::uuid[])`,
)

const KEEP_REFUSED = statement(
  'keep_refused_reports',
  `with told as (
     insert into event (kind, job_id, attempt, data)
     select $1, r.job_id, r.attempt, r.data
     from unnest($2::uuid[], $3::smallint[], $4::jsonb[]) as r (job_id, attempt, data)
   )
   insert into job_log (job_id, attempt, at, level, message, data)
   select r.job_id, coalesce(r.attempt, 0), now(), 2, r.message, r.data
   from unnest($2::uuid[], $3::smallint[], $4::jsonb[], $5::text[]) as r (job_id, attempt, data, message)`,
)

/** What is true now of jobs, in the public word; `unknown` for ids that no job has. */
export async function statesOf(db: Queryable, jobIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db.query<Row>(JOB_STATES_OF, [jobIds])
  return new Map(rows.map((row) => [row.id, wordAt(JOB_STATES, row.state)]))
}

/** Keeps reports that came with a stale token in log and events, and says what is true instead. */
export async function refuseReports(
  store: Store,
  lease: WorkerLease,
  reports: readonly SettleReport[],
): Promise<StaleToken[]> {
  const rows = await store.query<Row>(JOB_STATES_OF, [reports.map((report) => report.jobId)])
  const known = new Map(rows.map((row) => [row.id, row]))
  const kept = reports.filter((report) => known.has(report.jobId))
  if (kept.length > 0) await keep(store, lease, { reports: kept, known })
  return staleTokens(reports, new Map(rows.map((row) => [row.id, wordAt(JOB_STATES, row.state)])))
}

/** The tokens with the states of their jobs. */
export function staleTokens(tokens: readonly JobToken[], states: ReadonlyMap<string, string>): StaleToken[] {
  return tokens.map(({ jobId, fence }) => ({ jobId, fence, state: states.get(jobId) ?? 'unknown' }))
}

interface Kept {
  readonly reports: readonly SettleReport[]
  readonly known: ReadonlyMap<string, Row>
}

async function keep(store: Store, lease: WorkerLease, { reports, known }: Kept): Promise<void> {
  const data = reports.map(({ jobId: _id, ...report }) => ({ ...report, workerId: lease.workerId }))
  await store.query(KEEP_REFUSED, [
    EVENT_KINDS.refused,
    plainArray(reports, (report) => report.jobId),
    plainArray(reports, (report) => known.get(report.jobId)?.attempt),
    jsonArray(data, (report) => report),
    textArray(
      reports,
      (report) => `A report was refused: worker ${lease.workerId} no longer holds the job (${report.outcome})`,
    ),
  ])
  store.notifier.events()
}

interface Row {
  id: string
  state: number
  attempt: number
  hold: number | null
}
