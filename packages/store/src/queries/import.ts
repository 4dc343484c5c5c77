import {
  errorFingerprint,
  type FinalState,
  JOB_STATES,
  PRIORITIES,
  type Priority,
  PROOFS,
  type Proof,
} from '@andon/core'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'

/** A job that ended elsewhere or long ago and becomes part of the history. */
export interface FinishedJob {
  /** UUIDv7 of its creation: decides its month. */
  readonly id: string
  readonly typeId: number
  readonly queueId: number
  readonly state: FinalState
  readonly priority: Priority
  readonly attempt: number
  readonly maxAttempts: number
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date
  readonly description: string | null
  readonly subject: { readonly type: string; readonly id: string } | null
  readonly tags: Readonly<Record<string, string>> | null
  readonly createdBy: string
  readonly items: { readonly total: number; readonly done: number; readonly failed: number } | null
  readonly printerId: number | null
  readonly proof: Proof | null
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null
  readonly summary: string | null
}

const ENSURE_PARTITIONS = statement(
  'import_ensure_partitions',
  `select ensure_partitions(month) from generate_series($1::timestamptz, $2::timestamptz + interval '1 month', interval '1 month') as month`,
)

// What the counters had reached in earlier minutes is raised as well: the jobs did not end in this one.
const INSERT_FINISHED = statement(
  'import_finished',
  `with imported as (
     insert into job_done (
       id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at, created_at, queued_at,
       started_at, finished_at, description, subject_type, subject_id, tags, created_by,
       items_total, items_done, items_failed, printer_id, proof, error, fingerprint, summary)
     select r.id, 1, r.type_id, r.queue_id, r.state, r.priority, r.attempt, r.max_attempts, 1, r.created_at, r.created_at,
       r.created_at, r.started_at, r.finished_at, r.description, r.subject_type, r.subject_id, r.tags, r.created_by,
       r.items_total, r.items_done, r.items_failed, r.printer_id, r.proof, r.error, r.fingerprint, r.summary
     from jsonb_to_recordset($1::jsonb) as r (
       id uuid, type_id int, queue_id int, state smallint, priority smallint, attempt smallint, max_attempts smallint,
       created_at timestamptz, started_at timestamptz, finished_at timestamptz, description text, subject_type text,
       subject_id text, tags jsonb, created_by text, items_total int, items_done int, items_failed int,
       printer_id int, proof smallint, error jsonb, fingerprint text, summary text)
     on conflict (id) do nothing
     returning queue_id, state
   ), shifted as (
     update throughput t set n = t.n + i.n
     from (select state, count(*) as n from imported group by state) i where t.state = i.state and t.process_id = 0
   )
   insert into counter (process_id, queue_id, state, n)
   select 0, queue_id, state, count(*) from imported group by queue_id, state
   on conflict (process_id, queue_id, state) do update set n = counter.n + excluded.n`,
)

/**
 * Adds finished jobs to the history, a set at a time; ones that are there already are left as they are. They can be
 * found by search once the indexer was told (`indexJobs`).
 */
export async function importFinished(store: Store, jobs: readonly FinishedJob[]): Promise<void> {
  if (jobs.length === 0) return
  const created = jobs.map(({ createdAt }) => createdAt.getTime())
  await store.query(ENSURE_PARTITIONS, [new Date(Math.min(...created)), new Date(Math.max(...created))])
  await store.query(INSERT_FINISHED, [JSON.stringify(jobs.map(toRecord))])
}

function toRecord(job: FinishedJob): Record<string, unknown> {
  const { items, subject } = job
  return {
    id: job.id,
    type_id: job.typeId,
    queue_id: job.queueId,
    state: JOB_STATES.indexOf(job.state),
    priority: PRIORITIES.indexOf(job.priority),
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    description: job.description,
    subject_type: subject?.type ?? null,
    subject_id: subject?.id ?? null,
    tags: job.tags,
    created_by: job.createdBy,
    items_total: items?.total ?? null,
    items_done: items?.done ?? null,
    items_failed: items?.failed ?? null,
    printer_id: job.printerId,
    proof: job.proof === null ? null : PROOFS.indexOf(job.proof),
    error: job.error,
    fingerprint: job.error === null ? null : errorFingerprint(job.error.code, job.error.message),
    summary: job.summary,
  }
}
