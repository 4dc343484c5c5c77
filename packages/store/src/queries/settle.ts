import {
  errorFingerprint,
  HOLD_REASONS,
  JOB_STATES,
  type JobError,
  PROOFS,
  type SettleReport,
  type StaleToken,
  type WorkerLease,
} from '@andon/core'
import { byJobId, jsonArray, jsonList, plainArray, textArray } from '../arrays.ts'
import type { Store } from '../pool.ts'
import { keptStatement, statement } from '../statement.ts'
import { cancelOpenItems } from './items.ts'
import { storedProgress, storedResources } from './job-row.ts'
import { settleParents } from './parents.ts'
import { holdWanderers } from './wanderers.ts'
import { refuseReports } from './stale.ts'

/**
 * Ends held jobs: out of the live table, into history, with counters and events, in one statement. The key-share lock
 * on the worker's row keeps rescue away meanwhile; the job's own worker and fence are the token. `worker_id + 0` keeps
 * the planner from the index of all that the worker holds, which is full of rows that have just ended.
 */
const SETTLE_FINAL = keptStatement(
  'settle_final',
  `with lease as materialized (
     select id, name from worker where id = $1 and fence = $2 and stopped_at is null for key share
   ), gone as (
     delete from job
     where id = any($4::uuid[]) and worker_id + 0 = $1
       and fence = ($5::int[])[width_bucket(id, $4::uuid[])] and exists (select from lease)
     returning *, width_bucket(id, $4::uuid[]) as place
   ), done as (
     insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, worker_id, version,
       run_at, created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by, cancel_reason,
       description, subject_type, subject_id, tags, input, result, summary, created_by, account_id, parent_id, retry_of,
       estimated_ms, progress, items_total, items_done, items_failed, printer_id, station_id, proof, external_ref,
       error, fingerprint, resources)
     select id, site_id, type_id, queue_id, ($6::smallint[])[place], priority, attempt, max_attempts, worker_id,
       version + 1, run_at, created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by,
       cancel_reason, description, subject_type, subject_id, tags, input, ($7::jsonb[])[place], ($8::text[])[place],
       created_by, account_id, parent_id, retry_of, estimated_ms, coalesce(($14::jsonb[])[place], progress), items_total,
       coalesce(($11::int[])[place], items_done), coalesce(($12::int[])[place], items_failed),
       coalesce(($16::int[])[place], printer_id), station_id, coalesce(($13::smallint[])[place], proof), external_ref,
       ($9::jsonb[])[place], ($10::text[])[place], ($15::jsonb[])[place]
     from gone
   ), attempted as (
     insert into attempt (job_id, number, worker_id, worker_name, started_at, ended_at, outcome, error, external_ref,
       resources)
     select g.id, g.attempt, g.worker_id, lease.name, coalesce(least(g.sent_at, g.started_at), now()), now(),
       ($6::smallint[])[place] - 5, ($9::jsonb[])[place], g.external_ref, ($15::jsonb[])[place]
     from gone g, lease where ($6::smallint[])[place] >= 6
     on conflict (job_id, number) do update set ended_at = excluded.ended_at, outcome = excluded.outcome,
       error = excluded.error, external_ref = excluded.external_ref, resources = excluded.resources
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3, queue_id, state, d from (
       select queue_id, substate as state, -count(*) as d from gone group by queue_id, substate
       union all
       select queue_id, state, count(*) from (select queue_id, ($6::smallint[])[place] as state from gone) g
       group by queue_id, state
     ) x order by queue_id, state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids)
     select site_id, 8, $1, array_agg(id) from gone where ($6::smallint[])[place] = 4 group by site_id
   ), told_one as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, ($6::smallint[])[place] + 4, id, version + 1, attempt, cancel_by,
       jsonb_strip_nulls(jsonb_build_object('error', ($9::jsonb[])[place], 'reason', cancel_reason))
     from gone where ($6::smallint[])[place] <> 4
   )
   select id, items_total is not null as has_items,
     exists (select from job_parent p where p.parent_id = gone.id) as is_parent
   from gone`,
)

/**
 * The same for jobs that were done and said no more than a result: nearly all of them, so that this one does without
 * what only the others need.
 */
const SETTLE_COMPLETED = keptStatement(
  'settle_completed',
  `with lease as materialized (
     select id from worker where id = $1 and fence = $2 and stopped_at is null for key share
   ), gone as (
     delete from job
     where id = any($4::uuid[]) and worker_id + 0 = $1
       and fence = ($5::int[])[width_bucket(id, $4::uuid[])] and exists (select from lease)
     returning id, site_id, type_id, queue_id, substate, priority, attempt, max_attempts, worker_id, version, run_at,
       created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by, cancel_reason, description,
       subject_type, subject_id, tags, input, created_by, account_id, parent_id, retry_of, estimated_ms, progress,
       items_total, items_done, items_failed, printer_id, station_id, proof, external_ref,
       width_bucket(id, $4::uuid[]) - 1 as place
   ), done as (
     insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, worker_id, version,
       run_at, created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by, cancel_reason,
       description, subject_type, subject_id, tags, input, result, summary, created_by, account_id, parent_id, retry_of,
       estimated_ms, progress, items_total, items_done, items_failed, printer_id, station_id, proof, external_ref,
       resources)
     select id, site_id, type_id, queue_id, 4, priority, attempt, max_attempts, worker_id, version + 1, run_at,
       created_at, queued_at, sent_at, started_at, deadline_at, expires_at, cancel_by, cancel_reason, description,
       subject_type, subject_id, tags, input, nullif($6::jsonb->place, 'null'), $7::jsonb->>place, created_by, account_id,
       parent_id, retry_of, estimated_ms, progress, items_total, items_done, items_failed, printer_id, station_id,
       proof, external_ref, nullif($8::jsonb->place, 'null')
     from gone
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3, queue_id, state, d from (
       select queue_id, substate as state, -count(*) as d from gone group by queue_id, substate
       union all select queue_id, 4, count(*) from gone group by queue_id
     ) x order by queue_id, state
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids)
     select site_id, 8, $1, array_agg(id) from gone group by site_id
   )
   select case when count(*) < cardinality($4::uuid[]) then coalesce(array_agg(id), '{}') end as only,
     case when exists (select from job_parent) then exists (
       select from job_parent where parent_id = any($4::uuid[])) else false end as has_parents
   from gone`,
)

/** Puts held jobs back: retry, snooze, unconfirmed, or untouched. Never a job that is to be cancelled instead. */
const SETTLE_BACK = statement(
  'settle_back',
  `with lease as materialized (
     select id, name from worker where id = $1 and fence = $2 and stopped_at is null for key share
   ), held as materialized (
     select id, site_id, queue_id, substate, attempt, version, sent_at, started_at, external_ref, is_resumed, place,
       ($6::smallint[])[place] as hold
     from job cross join lateral (select width_bucket(id, $4::uuid[]) as place) w
     where id = any($4::uuid[]) and worker_id + 0 = $1 and fence = ($5::int[])[place]
       and exists (select from lease)
       and (cancel_requested_at is null or ($6::smallint[])[place] = 5)
       and not (($6::smallint[])[place] = 1 and attempt >= max_attempts)
     order by id for update of job
   ), back as (
     update job set
       phase = case when ($6::smallint[])[width_bucket(id, $4::uuid[])] = -1 then 1 else 0 end,
       hold = nullif(($6::smallint[])[width_bucket(id, $4::uuid[])], -1),
       substate = null, worker_id = null, lane_id = null, slot = null, version = version + 1,
       run_at = coalesce(now() + ($7::bigint[])[width_bucket(id, $4::uuid[])] * interval '1 millisecond', run_at),
       queued_at = case when ($6::smallint[])[width_bucket(id, $4::uuid[])] = -1 then now() else queued_at end,
       attempt = attempt - case when ($6::smallint[])[width_bucket(id, $4::uuid[])] in (-1, 2) and not is_resumed
         then 1 else 0 end,
       is_resumed = is_resumed and ($6::smallint[])[width_bucket(id, $4::uuid[])] in (-1, 2),
       cancel_requested_at = null, is_kill_requested = false,
       error = coalesce(($8::jsonb[])[width_bucket(id, $4::uuid[])], error),
       moves = moves + case when ($6::smallint[])[width_bucket(id, $4::uuid[])] = -1 and queue_id <> lane_id
         and exists (select from lane l where l.id = job.lane_id and l.is_paused_by_trouble) then 1 else 0 end,
       -- More than there are would fail the whole set, which may be that of several workers.
       items_done = least(coalesce(($10::int[])[width_bucket(id, $4::uuid[])], items_done),
         items_total - least(coalesce(($11::int[])[width_bucket(id, $4::uuid[])], items_failed, 0), items_total)),
       items_failed = least(coalesce(($11::int[])[width_bucket(id, $4::uuid[])], items_failed), items_total),
       proof = coalesce(($12::smallint[])[width_bucket(id, $4::uuid[])], proof),
       progress = coalesce(($13::jsonb[])[width_bucket(id, $4::uuid[])], progress),
       printer_id = coalesce(($15::int[])[width_bucket(id, $4::uuid[])], printer_id)
     where id = any(array(select id from held))
   ), attempted as (
     insert into attempt (job_id, number, worker_id, worker_name, started_at, ended_at, outcome, error, external_ref,
       resources)
     select h.id, h.attempt, lease.id, lease.name, coalesce(least(h.sent_at, h.started_at), now()), now(),
       case h.hold when 1 then 1 else 4 end, ($8::jsonb[])[place], h.external_ref, ($14::jsonb[])[place]
     from held h, lease where h.hold in (1, 5)
     on conflict (job_id, number) do update set ended_at = excluded.ended_at, outcome = excluded.outcome,
       error = excluded.error, external_ref = excluded.external_ref, resources = excluded.resources
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3, queue_id, state, sum(d) from (
       select queue_id, substate as state, -1 as d from held
       union all select queue_id, case hold when -1 then 2 else 0 end, 1 from held
     ) x group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, data)
     select site_id, case hold when 1 then 13 when 2 then 14 when 5 then 17 else 25 end, id, version + 1, attempt,
       jsonb_strip_nulls(jsonb_build_object('error', ($8::jsonb[])[place], 'delayMs', ($7::bigint[])[place],
         'reason', ($9::text[])[place]))
     from held
   )
   select id, queue_id, hold from held`,
)

/** Tokens that are good although nothing was put back: their jobs are to end instead. */
const FIND_ENDING = statement(
  'find_ending',
  `select id, cancel_requested_at is not null as is_cancelled from job
   where id = any($2::uuid[]) and worker_id = $1 and phase = 2 and fence = ($3::int[])[width_bucket(id, $2::uuid[])]`,
)

type BackReport = Extract<SettleReport, { outcome: 'retry' | 'snooze' | 'unconfirmed' | 'returned' }>
type FinalReport = Exclude<SettleReport, BackReport>

/**
 * Ends attempts, in one statement for those that are final and one for those that go back to waiting. A retry without
 * attempts left becomes failed, and one of a job that is to be cancelled becomes cancelled. Reports with a stale token
 * change nothing, are kept in the log, and are returned.
 */
export async function settleJobs(
  store: Store,
  lease: WorkerLease,
  reports: readonly SettleReport[],
): Promise<StaleToken[]> {
  const distinct = [...new Map(reports.map((report) => [report.jobId, report])).values()]
  const parts = await Promise.all([
    settleCompleted(store, lease, distinct.filter(isPlain)),
    settleFinal(store, lease, distinct.filter(isOtherEnd)),
    settleBack(store, lease, distinct.filter(isBack)),
  ])
  const stale = parts.flat()
  return stale.length === 0 ? [] : refuseReports(store, lease, stale)
}

type PlainReport = Extract<SettleReport, { outcome: 'completed' }>

function isBack(report: SettleReport): report is BackReport {
  const { outcome } = report
  return outcome === 'retry' || outcome === 'snooze' || outcome === 'unconfirmed' || outcome === 'returned'
}

function isPlain(report: SettleReport): report is PlainReport {
  return (
    report.outcome === 'completed' &&
    report.itemsDone === undefined &&
    report.itemsFailed === undefined &&
    report.proof === undefined &&
    report.progress === undefined &&
    report.printerId === undefined
  )
}

function isOtherEnd(report: SettleReport): report is FinalReport {
  return !isBack(report) && !isPlain(report)
}

async function settleCompleted(
  store: Store,
  lease: WorkerLease,
  unsorted: readonly PlainReport[],
): Promise<SettleReport[]> {
  if (unsorted.length === 0) return []
  const reports = unsorted.toSorted(byJobId)
  const ids = tokens(reports)
  const [row] = await store.counters.use((processId) =>
    store.query<{ only: string[] | null; has_parents: boolean }>(SETTLE_COMPLETED, [
      lease.workerId,
      lease.fence,
      processId,
      ...ids,
      jsonList(reports, (report) => report.result),
      jsonList(reports, (report) => report.summary),
      jsonList(reports, (report) => storedResources(report.resources)),
    ]),
  )
  store.notifier.events()
  if (row?.has_parents === true) {
    await settleParents(
      store,
      reports.map((report) => report.jobId),
    )
  }
  const only = row?.only
  return only === null || only === undefined
    ? []
    : missing(
        reports,
        only.map((id) => ({ id })),
      )
}

async function settleFinal(
  store: Store,
  lease: WorkerLease,
  unsorted: readonly FinalReport[],
): Promise<SettleReport[]> {
  if (unsorted.length === 0) return []
  const reports = unsorted.toSorted(byJobId)
  const rows = await store.counters.use((processId) =>
    store.query<{ id: string; has_items: boolean; is_parent: boolean }>(SETTLE_FINAL, [
      lease.workerId,
      lease.fence,
      processId,
      ...tokens(reports),
      plainArray(reports, (report) => JOB_STATES.indexOf(report.outcome)),
      jsonArray(reports, (report) => report.result),
      textArray(reports, (report) => ('summary' in report ? report.summary : null)),
      jsonArray(reports, errorOf),
      textArray(reports, (report) => fingerprintOf(errorOf(report))),
      ...counts(reports),
      plainArray(reports, proofOf),
      jsonArray(reports, (report) => storedProgress(report.progress)),
      jsonArray(reports, (report) => storedResources(report.resources)),
      plainArray(reports, (report) => report.printerId),
    ]),
  )
  store.notifier.events()
  await afterFinal(store, reports, rows)
  return missing(reports, rows)
}

interface FinalRow {
  readonly id: string
  readonly has_items: boolean
  readonly is_parent: boolean
}

async function afterFinal(store: Store, reports: readonly FinalReport[], rows: readonly FinalRow[]): Promise<void> {
  const parents = rows.filter((row) => row.is_parent).map((row) => row.id)
  await settleParents(store, parents)
  const withItems = new Set(rows.filter((row) => row.has_items).map((row) => row.id))
  const cancelled = reports.filter((report) => report.outcome === 'cancelled' && withItems.has(report.jobId))
  if (cancelled.length > 0) {
    await cancelOpenItems(
      store,
      cancelled.map((report) => report.jobId),
    )
  }
}

async function settleBack(store: Store, lease: WorkerLease, unsorted: readonly BackReport[]): Promise<SettleReport[]> {
  if (unsorted.length === 0) return []
  const reports = unsorted.toSorted(byJobId)
  const rows = await store.counters.use((processId) =>
    store.query<{ id: string; queue_id: number; hold: number }>(SETTLE_BACK, [
      lease.workerId,
      lease.fence,
      processId,
      ...tokens(reports),
      plainArray(reports, holdOf),
      plainArray(reports, (report) => ('delayMs' in report ? Math.max(0, Math.round(report.delayMs)) : null)),
      jsonArray(reports, (report) => ('error' in report ? report.error : null)),
      textArray(reports, (report) => ('reason' in report ? report.reason : null)),
      ...counts(reports),
      plainArray(reports, proofOf),
      jsonArray(reports, (report) => storedProgress(report.progress)),
      jsonArray(reports, (report) => storedResources(report.resources)),
      plainArray(reports, (report) => report.printerId),
    ]),
  )
  const returned = rows.filter((row) => row.hold === -1)
  await holdWanderers(store, returned)
  if (returned.length > 0) store.notifier.ready(returned.map((row) => row.queue_id))
  else store.notifier.events()
  const left = missing(reports, rows)
  return left.length === 0 ? [] : endInstead(store, lease, left)
}

/** Ends the jobs whose report asked for more time than they have; the rest is stale. */
async function endInstead(store: Store, lease: WorkerLease, reports: readonly BackReport[]): Promise<SettleReport[]> {
  const rows = await store.query<{ id: string; is_cancelled: boolean }>(FIND_ENDING, [
    lease.workerId,
    ...tokens(reports),
  ])
  const ending = new Map(rows.map((row) => [row.id, row.is_cancelled]))
  const stale = reports.filter((report) => !ending.has(report.jobId))
  const final = reports.flatMap((report) => {
    const isCancelled = ending.get(report.jobId)
    return isCancelled === undefined ? [] : [asFinal(report, isCancelled)]
  })
  return [...stale, ...(await settleFinal(store, lease, final))]
}

function asFinal(report: BackReport, isCancelled: boolean): FinalReport {
  const { outcome, ...rest } = report
  if (isCancelled) return { ...rest, outcome: 'cancelled' }
  if (outcome === 'retry') return { ...rest, outcome: 'failed', error: report.error }
  throw new Error(`a ${outcome} is never ended instead`)
}

function tokens(reports: readonly SettleReport[]): (string | null)[] {
  return [plainArray(reports, (report) => report.jobId), plainArray(reports, (report) => report.fence)]
}

function counts(reports: readonly SettleReport[]): (string | null)[] {
  return [plainArray(reports, (report) => report.itemsDone), plainArray(reports, (report) => report.itemsFailed)]
}

function holdOf(report: BackReport): number {
  return report.outcome === 'returned' ? -1 : HOLD_REASONS.indexOf(report.outcome)
}

function proofOf(report: SettleReport): number | null {
  return report.proof === undefined ? null : PROOFS.indexOf(report.proof)
}

function errorOf(report: FinalReport): JobError | null {
  return 'error' in report ? report.error : null
}

function fingerprintOf(error: JobError | null): string | null {
  return error === null ? null : errorFingerprint(error.code, error.message)
}

function missing<R extends SettleReport>(reports: readonly R[], rows: readonly { readonly id: string }[]): R[] {
  if (rows.length === reports.length) return []
  const done = new Set(rows.map((row) => row.id))
  return reports.filter((report) => !done.has(report.jobId))
}
