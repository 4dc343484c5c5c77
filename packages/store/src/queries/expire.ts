import { EVENT_KINDS, problem } from '@andon/core'
import type { Store } from '../pool.ts'
import { keptStatement } from '../statement.ts'
import { endIdleJobs } from './end.ts'

// What has left for its executor was started, though nobody holds it.
const FIND_EXPIRED = keptStatement(
  'find_expired',
  `select id from job where expires_at <= now() and phase <= 1 and expires_at is not null
     and not is_resumed and hold is distinct from 5
   order by expires_at limit $1`,
)

/** Asks the holders of jobs that are past their deadline to stop; their reports then end them. */
const FLAG_OVERDUE = keptStatement(
  'flag_overdue',
  `with flagged as (
     update job set cancel_requested_at = now(), cancel_by = 'system:deadline', cancel_reason = $2,
       version = version + 1
     where id in (
       select id from job where deadline_at <= now() and phase = 2 and deadline_at is not null
         and cancel_requested_at is null
       order by deadline_at limit $1 for update skip locked)
     returning id, site_id, version, attempt
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $3, id, version, attempt, 'system:deadline', jsonb_build_object('reason', $2::text, 'kill', false)
     from flagged
   )
   select id from flagged`,
)

/** Cancels jobs that were not started in time, at most `limit`; their ids. Safe to run in several processes. */
export async function expireJobs(store: Store, limit = 1_000): Promise<string[]> {
  const rows = await store.query<{ id: string }>(FIND_EXPIRED, [limit])
  if (rows.length === 0) return []
  const { code, title, hint, retryable } = problem('expired')
  return endIdleJobs(
    store,
    rows.map((row) => row.id),
    {
      state: 'cancelled',
      kind: 'expired',
      by: 'system:expiry',
      reason: title,
      error: { code, message: title, hint, retryable },
      onlyExpired: true,
    },
  )
}

/** Asks for the end of running jobs that are past their deadline; their ids. */
export async function stopOverdue(store: Store, limit = 1_000): Promise<string[]> {
  const { title } = problem('deadline_exceeded')
  const rows = await store.query<{ id: string }>(FLAG_OVERDUE, [limit, title, EVENT_KINDS.cancel_requested])
  const ids = rows.map((row) => row.id)
  if (ids.length > 0) store.notifier.cancel(ids)
  return ids
}
