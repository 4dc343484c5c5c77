import { durationWords } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { listQueues, type QueueRow } from './queue-list.ts'

/** Something that does not go on as it should, in words for people who may not know the names of queues and workers. */
export interface Trouble {
  readonly text: string
  /** What to do. */
  readonly hint: string
}

/** A job that is ready for so long, and that nothing holds up which ends by itself, is stuck. */
const STUCK_S = 600
/** Rescue takes seconds. */
const RESCUED_WITHIN_S = 60
/** The index is a second behind. */
const INDEXED_WITHIN_S = 60
/** Events that are looked through for the newest end of a job. */
const EVENTS_LOOKED_AT = 20_000
/** From then on what the snapshot keeps from being cleaned up is felt by everybody. */
const TRANSACTION_LIMIT_S = 120

const UNRESCUED = statement(
  'unrescued_jobs',
  `select count(distinct w.id)::int as workers, count(*)::int as jobs
   from worker w join job j on j.worker_id = w.id and j.phase = 2
   where w.stopped_at is null and w.lease_until < now() - $1 * interval '1 second'`,
)

const UNINDEXED_END = statement(
  'unindexed_end',
  `with ended as (
     (select job_ids[1] as id from event_batch
      where seq > (select last_value from event_seq) - $1::bigint and kind = 8 and at < now() - $2 * interval '1 second'
      order by seq desc limit 1)
     union all
     (select job_id from event
      where seq > (select last_value from event_seq) - $1::bigint and kind in (9, 10, 11, 18, 20) and job_id is not null
        and at < now() - $2 * interval '1 second'
      order by seq desc limit 1)
   )
   select count(*)::int as n from ended e
   where exists (select from job_done d where d.id = e.id) and not exists (select from job_search s where s.job_id = e.id)`,
)

const OLDEST_SNAPSHOT = statement(
  'oldest_snapshot',
  `select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 as age_s from pg_stat_activity
   where backend_type = 'client backend' and pid <> pg_backend_pid() and datname = current_database()
     and (backend_xmin is not null or backend_xid is not null)`,
)

/** Queues, printers and pools whose jobs wait although they could start, or because nobody can run them; else null. */
export async function stuckQueues(db: Queryable): Promise<Trouble | null> {
  const stuck = (await listQueues(db)).filter(isStuck)
  if (stuck.length === 0) return null
  const longestMs = Math.max(...stuck.map((row) => row.oldest_wait_s ?? 0)) * 1000
  const which = stuck.length === 1 ? 'One queue or printer has' : `${stuck.length} queues or printers have`
  const unserved = stuck.filter(({ waits }) => waits.length > 0).length
  return {
    text: `${which} jobs that are ready and do not start, for up to ${durationWords(longestMs)}.`,
    hint:
      unserved > 0
        ? 'Start the workers and stations that run them; which, says: andon queues list'
        : 'Free workers do not take them: look into the logs of server and workers. Which, says: andon queues list',
  }
}

/** Pauses and limits are wanted, and end; so does a machine that is busy. */
function isStuck({ is_draining: isDraining, oldest_wait_s: waitS, paused_at: pausedAt, waits }: QueueRow): boolean {
  if (waitS === null || waitS < STUCK_S || isDraining || pausedAt !== null) return false
  return waits.every(({ reason }) => reason === 'no_worker')
}

/** Jobs of workers that are gone, and that nobody takes up; null without any. */
export async function unrescuedJobs(db: Queryable): Promise<Trouble | null> {
  const { jobs, workers } = onlyRow(await db.query<{ jobs: number; workers: number }>(UNRESCUED, [RESCUED_WITHIN_S]))
  if (jobs === 0) return null
  const whose = workers === 1 ? 'a worker that was lost' : `${workers} workers that were lost`
  return {
    text: `${jobs === 1 ? 'A job' : `${jobs} jobs`} of ${whose} more than a minute ago ${jobs === 1 ? 'is' : 'are'} not taken up.`,
    hint: 'A server does that within seconds: see that one runs, and look into its log.',
  }
}

/** The search index when it is more than a minute behind; null when it keeps up, or nothing is known to have ended. */
export async function searchLag(db: Queryable): Promise<Trouble | null> {
  const { n } = onlyRow(await db.query<{ n: number }>(UNINDEXED_END, [EVENTS_LOOKED_AT, INDEXED_WITHIN_S]))
  if (n === 0) return null
  return {
    text: 'Jobs that ended more than a minute ago are not found by search yet.',
    hint: 'A server fills the index: see that one runs, that its log is well, and that the database is not overloaded.',
  }
}

/** A snapshot that is held open for longer than the limit; null without one. */
export async function openSnapshot(db: Queryable, limitS = TRANSACTION_LIMIT_S): Promise<Trouble | null> {
  const { age_s: ageS } = onlyRow(await db.query<{ age_s: number }>(OLDEST_SNAPSHOT))
  if (ageS < limitS) return null
  return {
    text: `A transaction is open for ${durationWords(ageS * 1000)}, which slows everything down.`,
    hint: 'Find it in pg_stat_activity by xact_start, and end it.',
  }
}
