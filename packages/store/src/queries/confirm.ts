import { HOLD_REASONS, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { afterEnd } from './end.ts'
import { type Ended, endIdle } from './end-idle.ts'
import { lockIdle } from './hold.ts'
import { retryIn, type RetryOrigin } from './retry.ts'

const READ_UNCONFIRMED = statement(
  'read_unconfirmed',
  `select j.id, j.site_id, t.name as type, j.queue_id, j.priority, j.max_attempts, j.description, j.subject_type,
     j.subject_id, j.tags, j.input, j.account_id, j.parent_id, j.estimated_ms, j.items_total, j.items_failed, j.retry
   from job j join job_type t on t.id = j.type_id where j.id = $1`,
)

/** Everything of which nobody knew is now known to be out. */
const ITEMS_PRINTED = statement(
  'items_printed',
  `with printed as (
     update item set state = 2, outcome_at = now() where job_id = $1 and state in (1, 4) and attempt is not null
     returning 1
   )
   select (select count(*) from printed)::int + count(*) filter (where state = 2)::int as done,
     count(*) filter (where state = 0)::int as pending
   from item where job_id = $1`,
)

/** What came out by a person's word: everything before an index. */
const ITEMS_PRINTED_BEFORE = statement(
  'items_printed_before',
  `with said as (
     update item set state = case when idx < $2 then 2 else 3 end, attempt = coalesce(attempt, $3), outcome_at = now()
     where job_id = $1 and state in (0, 1, 4) returning state
   )
   select (select count(*) from said where state = 2)::int + count(*) filter (where state = 2)::int as done
   from item where job_id = $1`,
)

export interface ConfirmOptions {
  readonly actor: Actor
  /** True: it was printed. False: print the rest again, as a new job. */
  readonly printed: boolean
  /** With `printed: false`: the first item to print again; default the first that is not known to be out. */
  readonly from?: number
  readonly note?: string | null
}

export interface Confirmed {
  /** The new job that prints the rest; null when all was printed. */
  readonly retryId: string | null
}

/**
 * A person's word about a print that nobody can prove, audited: the job becomes final, and what is missing a new job.
 * Items that were never begun count as missing, so a batch with such items cannot be said to be printed as a whole.
 *
 * @throws state_conflict when the job does not wait for a confirmation, job_not_found, job_already_final
 */
export async function confirmJob(store: Store, jobId: string, options: ConfirmOptions): Promise<Confirmed> {
  const { ended, retryId, queueId } = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const job = await lockIdle(tx, jobId)
      if (job.hold !== 'unconfirmed') {
        throw problem('state_conflict', { detail: 'it does not wait for a confirmation' })
      }
      const origin = onlyRow(await tx.query<RetryOrigin>(READ_UNCONFIRMED, [job.id]))
      const place = { store, tx, processId }
      const settled = options.printed
        ? await sayPrinted({ ...place, origin }, options)
        : await printRest({ ...place, origin, attempt: job.attempt }, options)
      await writeAudit(tx, options.actor, [
        {
          action: 'job.confirm',
          target: `job:${job.id}`,
          after: {
            printed: options.printed,
            from: options.from ?? null,
            note: options.note ?? null,
            retryId: settled.retryId,
          },
        },
      ])
      return { ...settled, queueId: job.queueId }
    }),
  )
  await afterEnd(store, ended)
  if (retryId !== null) store.notifier.ready([queueId])
  return { retryId }
}

interface Place {
  readonly store: Store
  readonly tx: Parameters<typeof endIdle>[0]
  readonly processId: number
  readonly origin: RetryOrigin
}

interface Settled {
  readonly ended: readonly Ended[]
  readonly retryId: string | null
}

async function sayPrinted({ tx, processId, origin }: Place, { actor, note = null }: ConfirmOptions): Promise<Settled> {
  const items = origin.items_total === null ? undefined : await printedItems(tx, origin.id)
  if (items !== undefined && items.pending > 0) {
    throw problem('state_conflict', {
      detail: `${items.pending} items were never begun; say which was the last one printed`,
      extra: { pending: items.pending },
    })
  }
  const ended = await endIdle(tx, processId, {
    jobIds: [origin.id],
    end: {
      state: (origin.items_failed ?? 0) > 0 ? 'completed_with_errors' : 'completed',
      kind: 'confirmed',
      by: actor.name,
      summary: `Printed, says ${actor.name}`,
      onlyHold: HOLD_REASONS.indexOf('unconfirmed'),
      data: { printed: true, note, retryId: null },
      ...(items === undefined ? {} : { itemsDone: items.done }),
    },
  })
  return { ended, retryId: null }
}

async function printRest(
  { store, tx, processId, origin, attempt }: Place & { readonly attempt: number },
  { actor, from, note = null }: ConfirmOptions,
): Promise<Settled> {
  const first = from ?? (await firstMissing(tx, origin))
  const done = origin.items_total === null ? undefined : await printedBefore(tx, { origin, first, attempt })
  const items = origin.items_total === null ? {} : { items: from === undefined ? ('failed' as const) : { from } }
  const retryId = await retryIn({ store, tx, processId }, origin, { actor, ...items })
  const ended = await endIdle(tx, processId, {
    jobIds: [origin.id],
    end: {
      state: (done ?? 0) > 0 ? 'completed_with_errors' : 'failed',
      kind: 'confirmed',
      by: actor.name,
      summary: `Not printed as a whole, says ${actor.name}`,
      onlyHold: HOLD_REASONS.indexOf('unconfirmed'),
      data: { printed: false, note, retryId },
      ...(done === undefined ? {} : { itemsDone: done }),
    },
  })
  return { ended, retryId }
}

const FIRST_MISSING = statement(
  'first_missing_item',
  `select coalesce(min(idx), 0)::int as idx from item where job_id = $1 and state <> 2`,
)

async function firstMissing(tx: Place['tx'], origin: RetryOrigin): Promise<number> {
  return onlyRow(await tx.query<{ idx: number }>(FIRST_MISSING, [origin.id])).idx
}

async function printedItems(tx: Place['tx'], jobId: string): Promise<{ done: number; pending: number }> {
  return onlyRow(await tx.query<{ done: number; pending: number }>(ITEMS_PRINTED, [jobId]))
}

interface Before {
  readonly origin: RetryOrigin
  readonly first: number
  readonly attempt: number
}

async function printedBefore(tx: Place['tx'], { origin, first, attempt }: Before): Promise<number> {
  return onlyRow(await tx.query<{ done: number }>(ITEMS_PRINTED_BEFORE, [origin.id, first, Math.max(1, attempt)])).done
}
