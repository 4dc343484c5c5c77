import { EVENT_KINDS } from '@andon/core'
import type { Store } from '../pool.ts'
import { keptStatement } from '../statement.ts'
import { MOVES_LIMIT } from './wanderers.ts'

// A printer is in trouble since the first of what is the matter with it began: its queue paused by it, a state in which
// nothing prints, a station that is not heard of, or nobody who drives it. A person's pause is no trouble.
//
// It goes to who is well only: driven, neither paused nor draining, in a state in which something prints, and able to
// print the job. A job stays that has left once (a reference, an item with an outcome or an intent), or moved too often.
const FAIL_OVER = keptStatement(
  'fail_over',
  `with troubled as materialized (
     select p.id, l.name, t.id as to_id, t.name as to_name, t.kind as to_kind,
       format('%s has been in trouble for more than %s s: %s', l.name, p.failover_after_ms / 1000, coalesce(
         case when l.is_paused_by_trouble then l.paused_reason end,
         case when s.lost_at is not null then format('its station %s is not connected', s.name) end,
         case when w.id is null then 'nothing drives it' end, p.message, p.state)) as reason
     from printer p
     join lane l on l.id = p.id and l.removed_at is null
     join lane t on t.id = p.failover_id and t.removed_at is null and t.paused_at is null and not t.is_draining
     left join station s on s.id = p.station_id
     left join worker w on w.id = l.holder and w.stopped_at is null and w.lease_until > now()
     where (l.paused_at is null or l.is_paused_by_trouble)
       and least(
         case when l.is_paused_by_trouble then l.paused_at end,
         case when p.state in ('offline', 'stopped') then p.state_since end,
         case when s.lost_at is not null then s.seen_at end,
         case when w.id is null then coalesce(p.asked_at, p.state_since) end
       ) <= now() - p.failover_after_ms * interval '1 millisecond'
   ), well as materialized (
     select t.id as from_id, case when coalesce(p.settings->>'format', '') = '' then p.capabilities end as takes
     from troubled t
     join printer p on (p.id = t.to_id or p.pool_id = t.to_id) and p.id <> t.id and p.state in ('idle', 'processing')
     join lane l on l.id = p.id and l.removed_at is null and l.paused_at is null and not l.is_draining
     join worker w on w.id = l.holder and w.stopped_at is null and w.lease_until > now()
   ), waiting as materialized (
     select j.id, t.id as from_id, t.name as from_name, t.to_id, t.to_name, t.reason,
       case t.to_kind when 'printer' then t.to_id end as printer_id
     from troubled t cross join lateral (
       select id from job
       where phase = 1 and queue_id = t.id and not is_resumed and external_ref is null and moves < $3
         and exists (select from well w where w.from_id = t.id and printer_takes(w.takes, job.input))
         and not exists (select from item i where i.job_id = job.id and i.state <> 0)
       order by rank desc, run_at, id limit $2 for update skip locked
     ) j
   ), moved as (
     update job set queue_id = w.to_id, printer_id = w.printer_id, moves = moves + 1, version = version + 1,
       station_id = (select p.station_id from printer p where p.id = w.printer_id)
     from waiting w where w.id = job.id
     returning job.id, site_id, version, attempt, from_id, from_name, w.to_id, to_name, reason
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1::int, queue_id, 2, sum(d) from (
       select from_id as queue_id, -1 as d from moved union all select to_id, 1 from moved
     ) x group by queue_id order by queue_id
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $4, id, version, attempt, 'system:failover',
       jsonb_build_object('from', from_name, 'to', to_name, 'reason', reason)
     from moved
   )
   select from_name as "from", to_name as "to", to_id as "toId", reason, count(*)::int as jobs from moved
   group by from_id, from_name, to_id, to_name, reason order by from_name`,
)

/** The jobs that one pass took from one printer. */
export interface Failover {
  readonly from: string
  /** A printer or a pool, and its lane. */
  readonly to: string
  readonly toId: number
  /** In words: what is the matter with the printer that they left. */
  readonly reason: string
  readonly jobs: number
}

/**
 * Moves what waits for printers that are in trouble for longer than their failover setting says to where it says, at
 * most `limit` jobs of each printer; a job at most `MOVES_LIMIT` times until a person releases it. Each move is an event
 * of its job. Safe to run in several processes.
 */
export async function failOver(store: Store, limit = 500): Promise<Failover[]> {
  const moved = await store.counters.use((processId) =>
    store.query<Failover>(FAIL_OVER, [processId, limit, MOVES_LIMIT, EVENT_KINDS.moved]),
  )
  store.notifier.ready(moved.map(({ toId }) => toId))
  return moved
}
