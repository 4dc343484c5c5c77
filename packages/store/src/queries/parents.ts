import { EVENT_KINDS, HOLD_REASONS, problem } from '@andon/core'
import { plainArray, textArray } from '../arrays.ts'
import type { PreparedJob } from '../new-jobs.ts'
import type { Queryable, Store } from '../pool.ts'
import { keptStatement, statement } from '../statement.ts'
import { endIdle } from './end-idle.ts'

const KNOWN_JOBS = statement(
  'known_jobs',
  `select id from job where id = any($1::uuid[]) union all select id from job_done where id = any($1::uuid[])`,
)

const LINK_PARENTS = statement(
  'link_parents',
  `insert into job_parent (job_id, parent_id, on_failure)
   select p.job_id, p.parent_id, p.on_failure
   from unnest($1::uuid[], $2::uuid[], $3::text[]) as p (job_id, parent_id, on_failure)
   on conflict do nothing`,
)

/** Children first, so that two parents that end at the same moment see each other's edge gone. */
const LOCK_CHILDREN = statement(
  'lock_children',
  `select j.id from job j where j.id in (
     select p.job_id from job_parent p where p.parent_id = any($1::uuid[])
       and not exists (select from job o where o.id = p.parent_id))
   order by j.id for update`,
)

const CUT_EDGES = statement(
  'cut_edges',
  `with cut as (
     delete from job_parent p where p.parent_id = any($1::uuid[])
       and not exists (select from job j where j.id = p.parent_id)
     returning p.job_id, p.parent_id, p.on_failure
   )
   select c.job_id, c.on_failure = 'cancel' and d.state in (6, 7) as is_failed
   from cut c left join job_done d on d.id = c.parent_id`,
)

const RELEASE_CHILDREN = statement(
  'release_children',
  `with freed as (
     update job set phase = case when run_at > now() then 0 else 1 end, hold = case when run_at > now() then 0 end,
       queued_at = case when run_at > now() then queued_at else now() end, version = version + 1
     where id = any($2::uuid[]) and phase = 0 and hold = 4
       and not exists (select from job_parent p where p.job_id = job.id)
     returning id, site_id, queue_id, phase
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $1, queue_id, state, sum(d) from (
       select queue_id, 0 as state, -1 as d from freed union all select queue_id, phase * 2, 1 from freed
     ) x group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event_batch (site_id, kind, job_ids)
     select site_id, $3, array_agg(id) from freed where phase = 1 group by site_id
   )
   select distinct queue_id from freed where phase = 1`,
)

const ENDED_PARENTS = keptStatement(
  'ended_parents',
  `select distinct p.parent_id as id from job_parent p
   where not exists (select from job j where j.id = p.parent_id) limit $1`,
)

const ORPHANS = keptStatement(
  'orphaned_children',
  `select j.id from job j where j.phase = 0 and j.hold = 4
     and not exists (select from job_parent p where p.job_id = j.id) limit $1`,
)

/**
 * Records for what the new jobs wait.
 *
 * @throws validation_failed for a parent that does not exist
 */
export async function linkParents(tx: Queryable, jobs: readonly PreparedJob[]): Promise<void> {
  const edges = jobs.flatMap((job) => job.parents.map((parentId) => ({ job, parentId })))
  if (edges.length === 0) return
  const wanted = [...new Set(edges.map((edge) => edge.parentId))]
  const known = new Set((await tx.query<{ id: string }>(KNOWN_JOBS, [wanted])).map((row) => row.id))
  const unknown = wanted.find((id) => !known.has(id.toLowerCase()))
  if (unknown !== undefined) {
    throw problem('validation_failed', { detail: `there is no job ${unknown} to wait for`, field: '/parents' })
  }
  await tx.query(LINK_PARENTS, [
    plainArray(edges, (edge) => edge.job.id),
    plainArray(edges, (edge) => edge.parentId),
    textArray(edges, (edge) => edge.job.onParentFailure),
  ])
}

/**
 * Lets the children of jobs that have ended go on: released when nothing else is waited for, cancelled when the parent
 * did not succeed and the child says so; then their children in turn. Parents that still live are left alone.
 */
export async function settleParents(store: Store, parentIds: readonly string[]): Promise<void> {
  let parents: readonly string[] = parentIds
  while (parents.length > 0) {
    const current = parents
    parents = await store.counters.use((processId) =>
      store.transaction((tx) => settleGeneration(store, tx, { processId, parentIds: current })),
    )
  }
}

/** Children that were missed because something died in between; how many parents were settled. */
export async function sweepParents(store: Store, limit: number): Promise<number> {
  const rows = await store.query<{ id: string }>(ENDED_PARENTS, [limit])
  await settleParents(
    store,
    rows.map((row) => row.id),
  )
  const orphans = await store.query<{ id: string }>(ORPHANS, [limit])
  const jobIds = orphans.map((row) => row.id)
  await store.counters.use((processId) => release(store, store, { processId, jobIds }))
  return rows.length + orphans.length
}

interface Generation {
  readonly processId: number
  readonly parentIds: readonly string[]
}

/** The children that ended with this generation: the parents of the next. */
async function settleGeneration(store: Store, tx: Queryable, { processId, parentIds }: Generation): Promise<string[]> {
  await tx.query(LOCK_CHILDREN, [parentIds])
  const edges = await tx.query<{ job_id: string; is_failed: boolean | null }>(CUT_EDGES, [parentIds])
  if (edges.length === 0) return []
  const failed = new Set(edges.filter((edge) => edge.is_failed === true).map((edge) => edge.job_id))
  const freed = edges.map((edge) => edge.job_id).filter((id) => !failed.has(id))
  await release(store, tx, { processId, jobIds: freed })
  if (failed.size === 0) return []
  const known = problem('parent_failed')
  const ended = await endIdle(tx, processId, {
    jobIds: [...failed],
    end: {
      state: 'cancelled',
      kind: 'cancelled',
      by: 'system:parents',
      reason: known.title,
      error: { code: known.code, message: known.title, hint: known.hint, retryable: known.retryable },
      onlyHold: HOLD_REASONS.indexOf('parent'),
    },
  })
  store.notifier.events()
  return ended.filter((job) => job.isParent).map((job) => job.id)
}

interface Release {
  readonly processId: number
  readonly jobIds: readonly string[]
}

async function release(store: Store, db: Queryable, { processId, jobIds }: Release): Promise<void> {
  if (jobIds.length === 0) return
  const rows = await db.query<{ queue_id: number }>(RELEASE_CHILDREN, [processId, jobIds, EVENT_KINDS.ready])
  // Inside a transaction this comes a moment early; the poll of the workers stands behind it.
  if (rows.length > 0) store.notifier.ready(rows.map((row) => row.queue_id))
}
