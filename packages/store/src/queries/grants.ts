import type { WorkerLease } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** Serialises whoever asks for shares of the same lane. */
const LOCK_LIMITED_LANE = statement('lock_limited_lane', `select slots from lane where id = $1 for no key update`)

/**
 * The share of a worker of a limited lane: what it wants, but not more than a fair part while others want as much, and
 * never more than the shares of the others leave. What it runs now cannot be taken away from it.
 */
const TAKE_SHARE = statement(
  'take_share',
  `with others as (
     select coalesce(sum(g.slots), 0)::int as slots, count(*) filter (where g.wanted > 0)::int as n
     from lane_grant g join worker w on w.id = g.worker_id
     where g.lane_id = $1 and g.worker_id <> $2 and w.stopped_at is null
   ), share as (
     select greatest($4::int, least(
       $3::int,
       case when others.n = 0 then $5::int else greatest(1, ceil($5::numeric / (others.n + 1))::int) end,
       $5::int - others.slots)) as slots
     from others
   )
   insert into lane_grant (lane_id, worker_id, wanted, slots)
   select $1, $2, $3, greatest(0, slots) from share
   on conflict (lane_id, worker_id) do update set wanted = excluded.wanted, slots = excluded.slots
   returning slots`,
)

const HELD_IN_LANE = statement(
  'held_in_lane',
  `select count(*)::int as n from job where worker_id = $1 and phase = 2 and lane_id = $2`,
)

const SHRINK_SHARES = statement(
  'shrink_shares',
  `update lane_grant g set slots = h.n, wanted = case when $2::boolean then h.n else g.wanted end
   from (
     select o.lane_id, count(j.id)::int as n from lane_grant o
     left join job j on j.worker_id = o.worker_id and j.phase = 2 and j.lane_id = o.lane_id
     where o.worker_id = $1 group by o.lane_id
   ) h
   where g.worker_id = $1 and g.lane_id = h.lane_id and (g.slots > h.n or ($2::boolean and g.wanted > h.n))`,
)

const DROP_SHARES = statement(
  'drop_shares_of_gone_workers',
  `delete from lane_grant g using worker w where w.id = g.worker_id and w.stopped_at is not null`,
)

/** Counts starts of the current period; what is given is never more than what is left of it. */
const TAKE_RATE = statement(
  'take_rate',
  `with now_ as (select clock_timestamp() as t), before as (
     select l.id, l.rate_limit, case when l.rate_since is null
         or l.rate_since + l.rate_per_ms * interval '1 millisecond' <= now_.t then 0 else l.rate_used end as used,
       case when l.rate_since is null
         or l.rate_since + l.rate_per_ms * interval '1 millisecond' <= now_.t then now_.t else l.rate_since end as since
     from lane l, now_ where l.id = $1 for no key update of l
   )
   update lane l set rate_used = least(b.rate_limit, b.used + $2), rate_since = b.since
   from before b where l.id = b.id
   returning least($2, greatest(0, b.rate_limit - b.used))::int as n`,
)

const GIVE_BACK_RATE = statement(
  'give_back_rate',
  `update lane set rate_used = greatest(0, rate_used - $2) where id = $1`,
)

/** What a worker asks of a limited lane. */
export interface ShareRequest {
  readonly laneId: number
  /** How many it would start now. */
  readonly wanted: number
}

/**
 * How many jobs more a worker may claim in a lane with a limit. The sum of the shares of living workers never exceeds
 * the limit; a share shrinks, as its jobs end, when another worker wants some.
 *
 * @returns null when the lane has no limit
 */
export async function takeShare(
  tx: Queryable,
  lease: WorkerLease,
  { laneId, wanted }: ShareRequest,
): Promise<number | null> {
  const lane = onlyRow(await tx.query<{ slots: number | null }>(LOCK_LIMITED_LANE, [laneId]))
  if (lane.slots === null) return null
  const { n: running } = onlyRow(await tx.query<{ n: number }>(HELD_IN_LANE, [lease.workerId, laneId]))
  const asked = [laneId, lease.workerId, running + wanted, running, lane.slots]
  const share = onlyRow(await tx.query<{ slots: number }>(TAKE_SHARE, asked))
  return Math.max(0, share.slots - running)
}

/**
 * Leaves a worker only the shares that its running jobs need; never while it claims. What it would like to have is
 * remembered until `forgetWants`, so that others leave it its part.
 */
export async function shrinkShares(
  db: Queryable,
  lease: WorkerLease,
  { forgetWants }: { readonly forgetWants: boolean },
): Promise<void> {
  await db.query(SHRINK_SHARES, [lease.workerId, forgetWants])
}

/** How many starts the rate limit of a lane allows now, at most `wanted`; they count as used. */
export async function takeRate(db: Queryable, laneId: number, wanted: number): Promise<number> {
  return onlyRow(await db.query<{ n: number }>(TAKE_RATE, [laneId, wanted])).n
}

/** Starts that were taken and not used. */
export async function giveBackRate(db: Queryable, laneId: number, unused: number): Promise<void> {
  if (unused > 0) await db.query(GIVE_BACK_RATE, [laneId, unused])
}

/** Forgets the shares of workers that are gone. */
export async function dropShares(db: Queryable): Promise<void> {
  await db.query(DROP_SHARES)
}
