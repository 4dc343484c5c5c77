import { catalogueError, EVENT_KINDS } from '@andon/core'
import type { Store } from '../pool.ts'
import { keptStatement } from '../statement.ts'

// A job that is asked about stays resumable: until a person has decided, its station may still say what came out. The
// labels in doubt are known by having no time of an outcome.
const ASK_ABOUT_AWAY = keptStatement(
  'ask_about_away',
  `with doubtful as materialized (
     select j.*, s.name as station, l.name as printer, s.ask_after_ms / 60000 as minutes
     from station s
     join printer p on p.station_id = s.id
     join lane l on l.id = p.id
     cross join lateral (
       select * from job where phase = 1 and queue_id = p.id and is_resumed
       order by rank desc, run_at, id limit $2 for update skip locked
     ) j
     where s.lost_at is not null and s.seen_at <= now() - s.ask_after_ms * interval '1 millisecond'
       and not exists (
         select from worker w where w.id = l.holder and w.stopped_at is null and w.lease_until > now())
   ), asked as (
     update job set phase = 0, hold = 5, version = job.version + 1, error = $3::jsonb || jsonb_build_object('message',
       format('The station %s has not been heard of for more than %s min. It had sent data of this job to %s, and nobody '
         || 'can tell what of it came out.', d.station, d.minutes, d.printer))
     from doubtful d where d.id = job.id
     returning job.id, job.site_id, job.queue_id, job.version, job.attempt, job.error, d.station
   ), items as (
     update item set state = 4, outcome_at = null where job_id in (select id from asked) and state = 1
   ), attempted as (
     insert into attempt (job_id, number, worker_name, started_at, ended_at, outcome, error, external_ref)
     select d.id, d.attempt, d.station, coalesce(least(d.sent_at, d.started_at), now()), now(), 4, a.error, d.external_ref
     from doubtful d join asked a on a.id = d.id
     on conflict (job_id, number) do update set ended_at = excluded.ended_at, outcome = excluded.outcome,
       error = excluded.error
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1::int, a.queue_id, s.state, sum(s.n)
     from asked a cross join (values (0, 1), (2, -1)) as s (state, n) group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $4, id, version, attempt, 'system:station', jsonb_build_object('error', error) from asked
   )
   select id as "jobId", station from asked order by id`,
)

// Whoever drives the printer again takes the attempt up: the station with its journal, or another at the device.
const TAKE_UP_AGAIN = keptStatement(
  'take_up_again',
  `with undecided as materialized (
     select j.id, w.name as driver from job j
     join lane l on l.id = j.queue_id
     join worker w on w.id = l.holder and w.stopped_at is null and w.lease_until > now()
     where j.phase = 0 and j.hold = 5 and j.is_resumed order by j.id limit $2 for update of j skip locked
   ), back as (
     update job set phase = 1, hold = null, queued_at = now(), version = version + 1, error = null
     from undecided u where u.id = job.id
     returning job.id, site_id, queue_id, version, attempt, driver
   ), items as (
     update item set state = 1
     where job_id in (select id from back) and state = 4 and outcome_at is null and intent_at is not null
   ), reopened as (
     delete from attempt a using back b where a.job_id = b.id and a.number = b.attempt and a.outcome = 4
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1::int, b.queue_id, s.state, sum(s.n)
     from back b cross join (values (0, -1), (2, 1)) as s (state, n) group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $3, id, version, attempt, 'system:station', jsonb_build_object('from', 'unconfirmed', 'reason',
       format('%s is back, and finds out what came out', driver)) from back
   )
   select id as "jobId", queue_id as "queueId" from back`,
)

/** What a person has to do; the station may yet make it needless. */
const HINT =
  'Look at the printer and count: choose "It was printed", or "Print again from item N" and move the new job to another printer. ' +
  'If the station comes back before you decide, it says itself what came out.'

/** A job that is asked about, and the station that had it. */
export interface AskedAway {
  readonly jobId: string
  readonly station: string
}

/**
 * Asks a person about work that left for printers of stations which have been away for longer than their setting says:
 * such jobs become unconfirmed. At most `limit` jobs of each printer. Safe to race.
 */
export async function askAboutAway(store: Store, limit = 100): Promise<AskedAway[]> {
  const error = JSON.stringify({ ...catalogueError('print_unconfirmed', ''), hint: HINT })
  const asked = await store.counters.use((processId) =>
    store.query<AskedAway>(ASK_ABOUT_AWAY, [processId, limit, error, EVENT_KINDS.unconfirmed]),
  )
  if (asked.length > 0) store.notifier.events()
  return asked
}

/**
 * Takes up again what was asked about for its station was away and what nobody has decided, once its printer is driven;
 * the ids of those jobs. Safe to race.
 */
export async function takeUpAgain(store: Store, limit = 500): Promise<string[]> {
  const back = await store.counters.use((processId) =>
    store.query<{ jobId: string; queueId: number }>(TAKE_UP_AGAIN, [processId, limit, EVENT_KINDS.released]),
  )
  if (back.length > 0) store.notifier.ready(back.map(({ queueId }) => queueId))
  return back.map(({ jobId }) => jobId)
}
