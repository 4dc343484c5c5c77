import { EVENT_KINDS, type EventKind, errorFingerprint, type FinalState, JOB_STATES, type JobError } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

/** Ends jobs that nobody holds. Jobs that were claimed meanwhile are left alone. */
const END_IDLE = statement(
  'end_idle',
  `with gone as (
     delete from job where id = any($2::uuid[]) and phase <> 2 and ($3::smallint is null or hold = $3)
       and (not $4::boolean or expires_at <= now())
     returning *
   ), done as (
     insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, worker_id, version,
       run_at, created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by, cancel_reason,
       description, subject_type, subject_id, tags, input, summary, created_by, account_id, parent_id, retry_of,
       estimated_ms, progress, items_total, items_done, items_failed, printer_id, station_id, proof, external_ref,
       error, fingerprint)
     select id, site_id, type_id, queue_id, $5::smallint, priority, attempt, max_attempts, worker_id, version + 1, run_at,
       created_at, queued_at, sent_at, started_at, deadline_at, expires_at, case when $5::smallint = 7 then $6::text end,
       case when $5::smallint = 7 then $7::text end, description, subject_type, subject_id, tags, input, $8, created_by, account_id,
       parent_id, retry_of, estimated_ms, progress, items_total, coalesce($13::int, items_done),
       coalesce(items_total - $13::int, items_failed),
       printer_id, station_id, proof, external_ref, coalesce($9::jsonb, case when $5::smallint in (5, 6) then error end), $10
     from gone
   ), dropped as (
     update item set state = 5, outcome_at = now() where $5::smallint = 7 and state = 0
       and job_id = any(array(select id from gone where items_total is not null))
   ), unlinked as (
     delete from job_parent where job_id = any(array(select id from gone))
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1, queue_id, state, sum(d) from (
       select queue_id, phase * 2 as state, -1 as d from gone union all select queue_id, $5::smallint, 1 from gone
     ) x group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $11, id, version + 1, attempt, $6,
       jsonb_strip_nulls(coalesce($12::jsonb, jsonb_build_object('reason', $7::text, 'error', $9::jsonb)))
     from gone
   )
   select id, exists (select from job_parent p where p.parent_id = gone.id) as is_parent from gone`,
)

/** How jobs end that nobody holds. */
export interface IdleEnd {
  readonly state: FinalState
  readonly kind: EventKind
  /** Who ended them. */
  readonly by: string
  readonly reason?: string | null
  readonly summary?: string | null
  readonly error?: JobError | null
  /** Only those held for this reason (position in HOLD_REASONS). */
  readonly onlyHold?: number
  /** Only those whose expiry is over. */
  readonly onlyExpired?: boolean
  /** Of the event; default reason and error. */
  readonly data?: object
  /** Replaces the count of items done; all others then count as failed. */
  readonly itemsDone?: number
}

export interface Ended {
  readonly id: string
  /** Others wait for it. */
  readonly isParent: boolean
}

/** Ends jobs that nobody holds, as part of a transaction or alone; those that ended. */
export async function endIdle(
  db: Queryable,
  processId: number,
  { jobIds, end }: { readonly jobIds: readonly string[]; readonly end: IdleEnd },
): Promise<Ended[]> {
  const { error = null } = end
  const rows = await db.query<{ id: string; is_parent: boolean }>(END_IDLE, [
    processId,
    jobIds,
    end.onlyHold ?? null,
    end.onlyExpired ?? false,
    JOB_STATES.indexOf(end.state),
    end.by,
    end.reason ?? null,
    end.summary ?? null,
    error === null ? null : JSON.stringify(error),
    error === null ? null : errorFingerprint(error.code, error.message),
    EVENT_KINDS[end.kind],
    end.data === undefined ? null : JSON.stringify(end.data),
    end.itemsDone ?? null,
  ])
  return rows.map((row) => ({ id: row.id, isParent: row.is_parent }))
}
