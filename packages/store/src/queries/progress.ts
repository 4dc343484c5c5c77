import { PROOFS, type ProgressUpdate, type StaleToken, SUBSTATES, type WorkerLease } from '@andon/core'
import { byJobId, jsonArray, plainArray, textArray } from '../arrays.ts'
import type { Store } from '../pool.ts'
import { keptStatement } from '../statement.ts'
import { storedProgress } from './job-row.ts'
import { staleTokens, statesOf } from './stale.ts'

/** Touches no indexed column, so that the row's update stays on its page. */
const PROGRESS = keptStatement(
  'progress',
  `with before as materialized (
     select id, site_id, queue_id, substate, ($6::smallint[])[width_bucket(id, $4::uuid[])] as next
     from job
     where $6::smallint[] is not null and id = any($4::uuid[]) and worker_id + 0 = $1 and phase = 2
       and fence = ($5::int[])[width_bucket(id, $4::uuid[])]
     order by id for no key update
   ), moved as (
     update job set
       substate = coalesce(($6::smallint[])[width_bucket(id, $4::uuid[])], substate),
       sent_at = case when ($6::smallint[])[width_bucket(id, $4::uuid[])] = 1 then coalesce(sent_at, now())
         else sent_at end,
       started_at = case when ($6::smallint[])[width_bucket(id, $4::uuid[])] = 3 then coalesce(started_at, now())
         else started_at end,
       progress = coalesce(($7::jsonb[])[width_bucket(id, $4::uuid[])]
         || jsonb_build_object('at', extract(epoch from now()) * 1000), progress),
       proof = coalesce(($8::smallint[])[width_bucket(id, $4::uuid[])], proof),
       external_ref = coalesce(($9::text[])[width_bucket(id, $4::uuid[])], external_ref),
       -- More than there are would fail the whole set, which may be that of several workers.
       items_done = least(coalesce(($10::int[])[width_bucket(id, $4::uuid[])], items_done),
         items_total - least(coalesce(($11::int[])[width_bucket(id, $4::uuid[])], items_failed, 0), items_total)),
       items_failed = least(coalesce(($11::int[])[width_bucket(id, $4::uuid[])], items_failed), items_total),
       printer_id = coalesce(($12::int[])[width_bucket(id, $4::uuid[])], printer_id),
       version = version + 1
     where id = any($4::uuid[]) and worker_id + 0 = $1 and phase = 2
       and fence = ($5::int[])[width_bucket(id, $4::uuid[])] and $2::bigint is not null
       -- Reads the rows as they are before this changes them.
       and (select count(*) from before) >= 0
     returning id, site_id
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $3, queue_id, state, sum(d) from (
       select queue_id, substate as state, -1 as d from before where next <> substate
       union all select queue_id, next, 1 from before where next <> substate
     ) x group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, worker_id, job_ids)
     select site_id, 7, $1, array_agg(id) from moved group by site_id
     union all
     select site_id, 3 + next, $1, array_agg(id) from before where next <> substate group by site_id, next
   )
   select id from moved`,
)

/** Latest progress and substate of held jobs, in one statement; the tokens that are stale. */
export async function reportProgress(
  store: Store,
  lease: WorkerLease,
  updates: readonly ProgressUpdate[],
): Promise<StaleToken[]> {
  if (updates.length === 0) return []
  const latest = merged(updates)
  const rows = await store.counters.use((processId) =>
    store.query<{ id: string }>(PROGRESS, [
      lease.workerId,
      lease.fence,
      processId,
      plainArray(latest, (update) => update.jobId),
      plainArray(latest, (update) => update.fence),
      plainArray(latest, (update) => (update.substate === undefined ? null : 1 + SUBSTATES.indexOf(update.substate))),
      jsonArray(latest, (update) => storedProgress(update.progress, update.resources)),
      plainArray(latest, (update) => (update.proof === undefined ? null : PROOFS.indexOf(update.proof))),
      textArray(latest, (update) => update.externalRef),
      plainArray(latest, (update) => update.itemsDone),
      plainArray(latest, (update) => update.itemsFailed),
      plainArray(latest, (update) => update.printerId),
    ]),
  )
  store.notifier.events()
  if (rows.length === latest.length) return []
  const known = new Set(rows.map((row) => row.id))
  const stale = latest.filter((update) => !known.has(update.jobId))
  return staleTokens(
    stale,
    await statesOf(
      store,
      stale.map((update) => update.jobId),
    ),
  )
}

/** One update per job, later ones over earlier ones, in the order that `width_bucket` needs. */
function merged(updates: readonly ProgressUpdate[]): ProgressUpdate[] {
  const byJob = new Map<string, ProgressUpdate>()
  for (const update of updates) byJob.set(update.jobId, { ...byJob.get(update.jobId), ...update })
  return [...byJob.values()].toSorted(byJobId)
}
