import { type EventView, eventKindName, JOB_STATES } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import type { JobRow } from './job-row.ts'

interface EventRow {
  seq: string
  at: Date
  kind: number
  actor: string | null
  data: unknown
}

// Events of a job are never older than the job: their partitions before it are left out.
const JOB_EVENTS = statement(
  'job_events',
  `select seq, at, kind, actor, data from event
   where job_id = $1 and seq > $2 and at >= $3::timestamptz - interval '1 day'
   order by seq limit $4`,
)

/** How many recorded events one page has at most. */
const PAGE = 500

/** One page of a job's story. */
export interface TimelinePage {
  readonly events: EventView[]
  /** The `seq` to go on from; null on the last page. */
  readonly nextSeq: number | null
}

/**
 * The story of a job, oldest first: what was recorded about it, and on the first page what its own times tell (plain
 * transitions are recorded for many jobs at once and carry nothing but the time). Events of the same kind at the same
 * second are told once.
 *
 * @param afterSeq 0 for the first page
 */
export async function jobTimeline(db: Queryable, job: JobRow, afterSeq: number): Promise<TimelinePage> {
  const rows = await db.query<EventRow>(JOB_EVENTS, [job.id, afterSeq, job.created_at, PAGE])
  const recorded = rows.map(toEventView)
  const last = rows.length === PAGE ? Number(rows.at(-1)?.seq) : null
  const derived = afterSeq === 0 ? derivedEvents(job) : []
  const missing = derived.filter((event) => !recorded.some((other) => isSame(event, other)))
  return { events: [...missing, ...recorded].toSorted(byTime), nextSeq: last }
}

function derivedEvents(job: JobRow): EventView[] {
  const times: [kind: string, at: Date | null, actor: string | null][] = [
    ['created', job.created_at, job.created_by],
    ['ready', job.queued_at, null],
    ['sent', job.sent_at, job.worker],
    ['running', job.started_at, job.worker],
    [wordAt(JOB_STATES, job.state), job.finished_at, job.state === 7 ? job.cancel_by : null],
  ]
  return times.flatMap(([kind, at, actor]) =>
    at === null ? [] : [{ seq: null, at: at.toISOString(), kind, actor, data: null }],
  )
}

function toEventView(row: EventRow): EventView {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    kind: eventKindName(row.kind) ?? 'unknown',
    actor: row.actor,
    data: row.data,
  }
}

function isSame(one: EventView, other: EventView): boolean {
  return one.kind === other.kind && Math.abs(Date.parse(one.at) - Date.parse(other.at)) < 1_000
}

function byTime(one: EventView, other: EventView): number {
  return Date.parse(one.at) - Date.parse(other.at) || (one.seq ?? 0) - (other.seq ?? 0)
}
