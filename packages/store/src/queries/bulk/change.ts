import { type BulkLeft, type BulkOutcome, EVENT_KINDS, HOLD_REASONS, PRIORITIES } from '@andon/core'
import { type Actor, writeAudit } from '../../actor.ts'
import { jsonArray, plainArray } from '../../arrays.ts'
import type { Queryable, Store } from '../../pool.ts'
import { statement } from '../../statement.ts'
import { COUNT_CHANGE } from '../hold.ts'
import { statesOf } from '../stale.ts'
import type { BulkOrder } from './order.ts'

const LOCK_JOBS = statement(
  'bulk_lock_jobs',
  `select id, site_id, queue_id, phase, hold, priority, version, attempt, is_resumed from job
   where id = any($1::uuid[]) order by id for update`,
)

const HOLD_JOBS = statement(
  'bulk_hold_jobs',
  `update job set phase = 0, hold = 3, version = version + 1 where id = any($1::uuid[])`,
)

const RELEASE_JOBS = statement(
  'bulk_release_jobs',
  `with cut as (
     delete from job_parent where job_id = any($1::uuid[])
   )
   update job set phase = 1, hold = null, run_at = now(), queued_at = now(), moves = 0, version = version + 1
   where id = any($1::uuid[])`,
)

const PRIORITISE_JOBS = statement(
  'bulk_prioritise_jobs',
  `update job set priority = $2, rank = $2, version = version + 1 where id = any($1::uuid[])`,
)

const MOVE_JOBS = statement(
  'bulk_move_jobs',
  `update job set queue_id = $2, printer_id = $3, station_id = $4, version = version + 1 where id = any($1::uuid[])`,
)

const LANE_NAMES = statement('bulk_lane_names', `select id, name from lane where id = any($1::int[])`)

const TELL_JOBS = statement(
  'bulk_tell_jobs',
  `insert into event (site_id, kind, job_id, version, attempt, actor, data)
   select e.site_id, $1, e.job_id, e.version, e.attempt, $2, e.data
   from unnest($3::smallint[], $4::uuid[], $5::int[], $6::smallint[], $7::jsonb[])
     as e (site_id, job_id, version, attempt, data)`,
)

interface Locked {
  readonly id: string
  readonly site_id: number
  readonly queue_id: number
  readonly phase: number
  readonly hold: number | null
  readonly priority: number
  readonly version: number
  readonly attempt: number
  readonly is_resumed: boolean
}

/** How one of the actions on waiting jobs is done. */
interface Change {
  readonly outcome: BulkOutcome
  readonly kind: 'held' | 'released' | 'priority_changed' | 'moved'
  /** Verb of the audit. */
  readonly verb: string
  /** Why a job that nobody holds is left alone. */
  readonly whyNot: (job: Locked) => BulkLeft | null
  /** Changes jobs for which there is no such reason. */
  readonly write: (tx: Queryable, ids: readonly string[]) => Promise<unknown>
  /** Of the event of one job. */
  readonly data: (job: Locked) => object
  /** Where a job is afterwards. */
  readonly after: (job: Locked) => { readonly phase: number; readonly queueId: number }
}

/** What became of the jobs of a set, by outcome. */
export type SetOutcomes = ReadonlyMap<BulkOutcome, number>

/** Holds, releases, moves or prioritises those of a set that nobody holds, in one transaction, audited. */
export async function changeJobs(
  store: Store,
  ids: readonly string[],
  { actor, order }: { readonly actor: Actor; readonly order: BulkOrder },
): Promise<SetOutcomes> {
  const { outcomes, queues } = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const locked = await tx.query<Locked>(LOCK_JOBS, [ids])
      const change = await changeOf(tx, order, locked)
      const judged = locked.map((job) => ({ job, why: job.phase === 2 ? 'running' : change.whyNot(job) }) as const)
      const jobs = judged.filter(({ why }) => why === null).map(({ job }) => job)
      const result = new Map<BulkOutcome, number>([[change.outcome, jobs.length]])
      for (const { why } of judged) if (why !== null) add(result, why)
      for (const why of await goneOnes(tx, ids, locked)) add(result, why)
      if (jobs.length > 0) await make(tx, processId, { actor, change, jobs })
      const after = jobs.map((job) => change.after(job))
      return {
        outcomes: result,
        queues: new Set(after.filter(({ phase }) => phase === 1).map(({ queueId }) => queueId)),
      }
    }),
  )
  store.notifier.ready(queues)
  return outcomes
}

async function changeOf(tx: Queryable, order: BulkOrder, jobs: readonly Locked[]): Promise<Change> {
  if (order.action === 'hold') return holding(order)
  if (order.action === 'release') return RELEASING
  return order.action === 'move' ? moving(tx, order, jobs) : prioritising(order)
}

const same = ({ phase, queue_id: queueId }: Locked) => ({ phase, queueId })

/** Places in HOLD_REASONS. */
const HOLD = 3
const PARENT = 4
const UNCONFIRMED = 5

function holding({ reason }: BulkOrder): Change {
  return {
    outcome: 'held',
    kind: 'held',
    verb: 'hold',
    whyNot: ({ hold }) => {
      if (hold === UNCONFIRMED) return 'unconfirmed'
      if (hold === PARENT) return 'waits_for_parent'
      return hold === HOLD ? 'already_held' : null
    },
    write: (tx, ids) => tx.query(HOLD_JOBS, [ids]),
    data: () => ({ reason }),
    after: ({ queue_id: queueId }) => ({ phase: 0, queueId }),
  }
}

const RELEASING: Change = {
  outcome: 'released',
  kind: 'released',
  verb: 'release',
  whyNot: ({ hold, phase }) => (hold === UNCONFIRMED ? 'unconfirmed' : phase === 1 ? 'not_waiting' : null),
  write: (tx, ids) => tx.query(RELEASE_JOBS, [ids]),
  data: ({ hold }) => ({ from: hold === null ? null : HOLD_REASONS[hold] }),
  after: ({ queue_id: queueId }) => ({ phase: 1, queueId }),
}

function prioritising({ priority }: BulkOrder): Change {
  const to = PRIORITIES.indexOf(priority ?? 'normal')
  return {
    outcome: 'prioritised',
    kind: 'priority_changed',
    verb: 'priority',
    whyNot: (job) => (job.priority === to ? 'unchanged' : null),
    write: (tx, ids) => tx.query(PRIORITISE_JOBS, [ids, to]),
    data: (job) => ({ from: PRIORITIES[job.priority], to: PRIORITIES[to], front: false }),
    after: same,
  }
}

async function moving(tx: Queryable, { lane }: BulkOrder, jobs: readonly Locked[]): Promise<Change> {
  if (lane === null) throw new TypeError('a move has a lane to move to')
  const queues = [...new Set(jobs.map((job) => job.queue_id))]
  const rows = await tx.query<{ id: number; name: string }>(LANE_NAMES, [queues])
  const names = new Map(rows.map((row) => [row.id, row.name]))
  return {
    outcome: 'moved',
    kind: 'moved',
    verb: 'move',
    whyNot: (job) => {
      if (job.hold === UNCONFIRMED) return 'unconfirmed'
      // Work that lies at one executor cannot be taken up at another.
      if (job.is_resumed) return 'running'
      return job.queue_id === lane.id ? 'unchanged' : null
    },
    write: (tx2, ids) => tx2.query(MOVE_JOBS, [ids, lane.id, lane.kind === 'printer' ? lane.id : null, lane.stationId]),
    data: (job) => ({ from: names.get(job.queue_id), to: lane.name }),
    after: ({ phase }) => ({ phase, queueId: lane.id }),
  }
}

/** Those that nobody can lock any more: they ended or were deleted. */
async function goneOnes(tx: Queryable, ids: readonly string[], locked: readonly Locked[]): Promise<BulkLeft[]> {
  if (locked.length === ids.length) return []
  const there = new Set(locked.map((job) => job.id))
  const gone = ids.filter((id) => !there.has(id))
  const states = await statesOf(tx, gone)
  return gone.map((id) => (states.has(id) ? 'already_final' : 'not_found'))
}

interface Made {
  readonly actor: Actor
  readonly change: Change
  readonly jobs: readonly Locked[]
}

async function make(tx: Queryable, processId: number, { actor, change, jobs }: Made): Promise<void> {
  await change.write(
    tx,
    jobs.map((job) => job.id),
  )
  await tx.query(COUNT_CHANGE, [processId, ...countChange(change, jobs)])
  await tx.query(TELL_JOBS, [
    EVENT_KINDS[change.kind],
    actor.name,
    plainArray(jobs, (job) => job.site_id),
    plainArray(jobs, (job) => job.id),
    plainArray(jobs, (job) => job.version + 1),
    plainArray(jobs, (job) => job.attempt),
    jsonArray(jobs, change.data),
  ])
  await writeAudit(
    tx,
    actor,
    jobs.map((job) => ({ action: `job.${change.verb}`, target: `job:${job.id}`, after: change.data(job) })),
  )
}

/** Queues, states and differences, each queue and state once. */
function countChange(change: Change, jobs: readonly Locked[]): [number[], number[], number[]] {
  const sums = new Map<string, { queueId: number; state: number; n: number }>()
  const count = (queueId: number, phase: number, n: number): void => {
    const key = `${queueId} ${phase}`
    const sum = sums.get(key) ?? { queueId, state: phase * 2, n: 0 }
    sums.set(key, { ...sum, n: sum.n + n })
  }
  for (const job of jobs) {
    const after = change.after(job)
    count(job.queue_id, job.phase, -1)
    count(after.queueId, after.phase, 1)
  }
  const all = [...sums.values()]
  return [all.map(({ queueId }) => queueId), all.map(({ state }) => state), all.map(({ n }) => n)]
}

function add(counts: Map<BulkOutcome, number>, outcome: BulkOutcome): void {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
}
