import { EVENT_KINDS, catalogueError } from '@andon/core'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'

/**
 * How often a job of a pool may come back unsent, by trouble of printers or with lost stations, before it waits for a
 * person: by then it is likelier that something is the matter with all of them, or with the job. What moved so often by
 * the failover of its printers stays where it is.
 */
export const MOVES_LIMIT = 5

// Another printer may be quicker: then it has its chance, and the job is looked at again if that hands it back too.
const HOLD_WANDERERS = statement(
  'hold_wanderers',
  `with held as (
     update job set phase = 0, hold = 3, version = version + 1, error = $3::jsonb
     where id = any($1::uuid[]) and phase = 1 and moves >= $2 and not is_resumed
     returning id, site_id, queue_id, version, attempt
   ), counted as (
     insert into counter as c (process_id, queue_id, state, n)
     select $4::int, h.queue_id, s.state, sum(s.n)
     from held h cross join (values (0, 1), (2, -1)) as s (state, n) group by 2, 3 order by 2, 3
     on conflict (process_id, queue_id, state) do update set n = c.n + excluded.n
   ), told as (
     insert into event (site_id, kind, job_id, version, attempt, actor, data)
     select site_id, $5, id, version, attempt, 'system:pool', jsonb_build_object('reason', $3::jsonb->>'message') from held
   )
   select id from held`,
)

/** Puts those of the jobs aside that came back too often; a person releases them, and they may wander anew. */
export async function holdWanderers(store: Store, jobs: readonly { readonly id: string }[]): Promise<void> {
  if (jobs.length === 0) return
  const jobIds = jobs.map(({ id }) => id)
  const error = JSON.stringify(
    catalogueError(
      'pool_in_trouble',
      `${MOVES_LIMIT} times a printer of the pool took the job and could not print it.`,
    ),
  )
  await store.counters.use((processId) =>
    store.query(HOLD_WANDERERS, [jobIds, MOVES_LIMIT, error, processId, EVENT_KINDS.held]),
  )
}
