import {
  type EndedGroup,
  type EndedJob,
  type EndState,
  JOB_STATES,
  NOTIFY_TYPES,
  type OccurrenceJob,
} from '@andon/core'
import { plainArray, timeArray } from '../arrays.ts'
import type { Queryable } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import type { StoredError } from './job-row.ts'

/** Jobs that ended alike, with the newest of them. */
export interface EndedJobs extends EndedGroup {
  /** Beginning of the minute in which they ended. */
  readonly minute: Date
  /** When the newest of them ended. */
  readonly at: Date
  /** Newest first; at most 100. */
  readonly jobIds: readonly string[]
}

/** Jobs of a group that are told one by one; more of them in one pass are only counted. */
const NAMED = 100

/** Deliveries are no business of rules. */
const UNWATCHED = Object.values(NOTIFY_TYPES)

const ENDED_GROUPS = statement(
  'ended_groups',
  `select t.name as type, l.name as queue, case when $2::boolean then j.tags end as tags, j.state, j.fingerprint,
     date_trunc('minute', j.finished_at) as minute, max(j.finished_at) as at, count(*)::int as count,
     (array_agg(j.id order by j.id desc))[1:$4::int] as job_ids
   from job_done j join job_type t on t.id = j.type_id join lane l on l.id = j.queue_id
   where j.id = any($1::uuid[]) and j.state in (4, 5, 6) and t.name <> all($3::text[])
   group by 1, 2, 3, 4, 5, 6 order by at`,
)

const ENDED_JOBS = statement(
  'ended_jobs',
  `select j.id, t.name as type, j.description, j.account_id, j.summary, j.error
   from job_done j join job_type t on t.id = j.type_id where j.id = any($1::uuid[]) order by j.id desc`,
)

const COUNT_MINUTES = statement(
  'count_rule_minutes',
  `insert into rule_minute as m (rule_id, minute, ended, failed)
   select * from unnest($1::int[], $2::timestamptz[], $3::int[], $4::int[]) order by 1, 2
   on conflict (rule_id, minute) do update set ended = m.ended + excluded.ended, failed = m.failed + excluded.failed`,
)

const READ_RATES = statement(
  'read_rule_rates',
  `select m.rule_id, sum(m.ended)::int as ended, sum(m.failed)::int as failed
   from rule_minute m join rule r on r.id = m.rule_id
   where m.rule_id = any($1::int[])
     and m.minute > now() - ((r.condition->>'window_s')::int + 60) * interval '1 second'
   group by m.rule_id`,
)

const FORGET_OLD_MINUTES = statement(
  'forget_old_minutes',
  `delete from rule_minute m using rule r
   where r.id = m.rule_id and m.minute < now() - ((r.condition->>'window_s')::int + 120) * interval '1 second'`,
)

// Those that failed after the last one of their type that completed; an older streak goes on where none did.
const COUNT_STREAKS = statement(
  'count_failure_streaks',
  `with ended as (
     select j.id, j.type_id, j.state, j.finished_at from job_done j join job_type t on t.id = j.type_id
     where j.id = any($1::uuid[]) and j.state in (4, 5, 6) and t.name <> all($2::text[])
   ), wins as (
     select type_id, max(finished_at) as at from ended where state = 4 group by type_id
   ), fails as (
     select e.type_id, count(*)::int as n, min(e.finished_at) as since,
       (array_agg(e.id order by e.finished_at desc, e.id desc))[1] as job_id, bool_or(w.at is not null) as is_anew
     from ended e left join wins w on w.type_id = e.type_id
     where e.state <> 4 and (w.at is null or e.finished_at > w.at)
     group by e.type_id
   ), over as (
     delete from failure_streak s using wins w
     where s.type_id = w.type_id and not exists (select from fails f where f.type_id = w.type_id)
   )
   insert into failure_streak as s (type_id, failures, since, job_id)
   select type_id, n, since, job_id from fails
   on conflict (type_id) do update set job_id = excluded.job_id,
     failures = excluded.failures
       + case when exists (select from wins w where w.type_id = excluded.type_id) then 0 else s.failures end,
     since = case when exists (select from wins w where w.type_id = excluded.type_id) then excluded.since else s.since end`,
)

const READ_STREAKS = statement(
  'read_failure_streaks',
  `select t.name as type, s.failures, s.job_id from failure_streak s join job_type t on t.id = s.type_id
   where s.failures >= $1 order by t.name`,
)

const SLOW_JOBS = statement(
  'slow_jobs',
  `select j.id, t.name as type, l.name as queue, j.tags, j.description, j.account_id,
     extract(epoch from now() - j.started_at)::float8 * 1000 as runs_ms
   from job j join job_type t on t.id = j.type_id join lane l on l.id = j.queue_id
   where j.phase = 2 and j.started_at < now() - $1::int * interval '1 second' and t.name <> all($2::text[])
   order by j.started_at limit $3`,
)

/** Jobs that ended, by what they have in common; ids of others are passed over. */
export async function endedGroups(
  db: Queryable,
  ids: readonly string[],
  options: { readonly withTags: boolean },
): Promise<EndedJobs[]> {
  if (ids.length === 0) return []
  const rows = await db.query<{
    type: string
    queue: string
    tags: Record<string, string> | null
    state: number
    fingerprint: string | null
    minute: Date
    at: Date
    count: number
    job_ids: string[]
  }>(ENDED_GROUPS, [ids, options.withTags, UNWATCHED, NAMED])
  return rows.map(({ job_ids, state, ...group }) => ({
    ...group,
    jobIds: job_ids,
    // The statement takes no others.
    state: wordAt(JOB_STATES, state) as EndState,
  }))
}

/** Jobs that ended, with what a message tells of them, newest first. */
export function endedJobs(db: Queryable, ids: readonly string[]): Promise<EndedJob[]> {
  return db.query<EndedJob & { error: StoredError | null }>(ENDED_JOBS, [ids])
}

/** Ended jobs of one minute for a rule that watches a rate. */
export interface RuleMinute {
  readonly ruleId: number
  readonly minute: Date
  readonly ended: number
  readonly failed: number
}

/** Counts ended jobs for rules that watch a rate; a rule and a minute once at most. */
export async function countRuleMinutes(tx: Queryable, minutes: readonly RuleMinute[]): Promise<void> {
  if (minutes.length === 0) return
  await tx.query(COUNT_MINUTES, [
    plainArray(minutes, ({ ruleId }) => ruleId),
    timeArray(minutes, ({ minute }) => minute),
    plainArray(minutes, ({ ended }) => ended),
    plainArray(minutes, ({ failed }) => failed),
  ])
}

/** What ended within the windows of these rules, and what of it failed; rules without any are missing. */
export async function readRates(
  tx: Queryable,
  ruleIds: readonly number[],
): Promise<ReadonlyMap<number, { readonly ended: number; readonly failed: number }>> {
  await tx.query(FORGET_OLD_MINUTES)
  const rows = await tx.query<{ rule_id: number; ended: number; failed: number }>(READ_RATES, [ruleIds])
  return new Map(rows.map(({ rule_id, ...counts }) => [rule_id, counts]))
}

/** Counts for each type the jobs that failed one after the other; one that completed ends its streak. */
export async function countStreaks(tx: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query(COUNT_STREAKS, [ids, UNWATCHED])
}

/** Types of which at least so many jobs failed in a row, with the newest of these. */
export async function readStreaks(
  tx: Queryable,
  atLeast: number,
): Promise<{ readonly type: string; readonly failures: number; readonly jobId: string }[]> {
  const rows = await tx.query<{ type: string; failures: number; job_id: string }>(READ_STREAKS, [atLeast])
  return rows.map(({ job_id, ...streak }) => ({ ...streak, jobId: job_id }))
}

/** A job that has been running for long. */
export interface SlowJob extends OccurrenceJob {
  readonly queue: string
  readonly tags: Readonly<Record<string, string>> | null
  readonly runs_ms: number
}

/** Jobs that run longer than so many seconds, the longest first. */
export function slowJobs(db: Queryable, overSeconds: number, limit: number): Promise<SlowJob[]> {
  return db.query<SlowJob>(SLOW_JOBS, [overSeconds, UNWATCHED, limit])
}
