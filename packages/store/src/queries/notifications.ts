import {
  deliveryKind,
  type FixedRetryPolicy,
  MINUTE_MS,
  type NotificationInput,
  type NotificationView,
  NOTIFY_TYPES,
  type Occurrence,
  type RuleChannel,
  SECOND_MS,
  shownTarget,
} from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { plainArray, textArray } from '../arrays.ts'
import { prepareJobs } from '../new-jobs.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { createInTransaction } from './create.ts'
import type { StoredError } from './job-row.ts'
import { isoOf, toErrorView } from './job-view.ts'
import { maySee } from './jobs.ts'
import { type RuleRow, stateAt } from './rules.ts'
import type { Visibility } from './visibility.ts'

/** Where deliveries wait. */
export const NOTIFICATION_QUEUE = 'notifications'

/** After half a minute, 2, 10 and 30 minutes, 2 and 6 hours: whoever is to be told may be away for a morning. */
const NOTIFY_RETRY: FixedRetryPolicy = {
  kind: 'fixed',
  delaysMs: [30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, 120 * MINUTE_MS, 360 * MINUTE_MS],
}

/** A delivery to be made. */
export interface NotificationDraft {
  readonly rule: Pick<RuleRow, 'id' | 'name' | 'channel'>
  /** The alerts that it tells of, or whose end it tells, the newest last; none for a test. */
  readonly alertIds: readonly string[]
  readonly input: NotificationInput
  readonly createdBy: string
  /** Whose job it is; null for those that rules make. */
  readonly accountId: number | null
}

/** An alert of which something was not told yet. */
export interface UntoldAlert {
  id: string
  rule_id: number
  key: string
  occurrence: Occurrence
  untold: number
  told_at: Date | null
  opened_at: Date
  seen_at: Date
}

/** An alert whose end is to be told. */
export interface OverAlert {
  id: string
  rule_id: number
  key: string
  /** Names of all that it was about. */
  members: string[]
  occurrence: Occurrence
  opened_at: Date
  closed_at: Date
  /** When somebody was last told that it is the matter; null when nobody was since it was told to be well. */
  told_at: Date | null
}

// An alert keeps silent for the quiet minutes of its rule after its last message. What is over, and was told of, waits
// for the message that says so, unless the same is the matter again.
const UNTOLD_ALERTS = statement(
  'untold_alerts',
  `select a.id, a.rule_id, a.key, a.occurrence, a.untold, a.told_at, a.opened_at, a.seen_at
   from alert a join unnest($1::int[], $2::int[]) as r (id, minutes) on r.id = a.rule_id
   where a.untold > 0 and (a.told_at is null or a.told_at <= now() - r.minutes * interval '1 minute')
     and (a.told_at is null or not a.is_over_untold or exists (
       select from alert b where b.rule_id = a.rule_id and b.key = a.key and b.closed_at is null))
   order by a.id limit $3 for update of a`,
)

const ALERTS_TOLD = statement(
  'alerts_told',
  `update alert set untold = 0, told_at = now() where id = any($1::bigint[])`,
)

// That something is well is told once in the quiet minutes of its rule, and not while the same is the matter again.
const OVER_ALERTS = statement(
  'over_alerts',
  `select a.id, a.rule_id, a.key, a.members, a.occurrence, a.opened_at, a.closed_at, a.told_at
   from alert a join unnest($1::int[], $2::int[]) as r (id, minutes) on r.id = a.rule_id
   where a.is_over_untold
     and (a.told_at is null or a.over_told_at is null or a.over_told_at <= now() - r.minutes * interval '1 minute')
     and not exists (select from alert b where b.rule_id = a.rule_id and b.key = a.key and b.closed_at is null)
   order by a.id limit $3 for update of a`,
)

// All of their keys, so that none that was beyond the limit of its look is told by itself.
const OVER_TOLD = statement(
  'over_told',
  `update alert a set is_over_untold = false, untold = 0,
     over_told_at = case when $2::boolean then now() else a.over_told_at end
   from alert t where t.id = any($1::bigint[]) and a.rule_id = t.rule_id and a.key = t.key and a.is_over_untold`,
)

const INSERT_NOTIFICATIONS = statement(
  'insert_notifications',
  `insert into notification (rule_id, alert_id, job_id, channel, target, title, times, created_by)
   select * from unnest($1::int[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[])`,
)

const LIST_NOTIFICATIONS = statement(
  'list_notifications',
  `select n.id, n.rule_id, r.name as rule, n.alert_id, n.job_id, n.channel, n.target, n.title, n.times, n.created_by,
     n.created_at, a.occurrence, j.state, j.attempt, j.max_attempts, j.finished_at, j.summary, j.error
   from notification n
   join rule r on r.id = n.rule_id
   left join alert a on a.id = n.alert_id
   left join lateral (
     select state, attempt, max_attempts, finished_at, summary, error from job_any where id = n.job_id
   ) j on true
   where ($1::bigint is null or n.id < $1) and ($2::int is null or n.rule_id = $2)
   order by n.id desc limit $3`,
)

// A retry by hand is another job for the same delivery: the first of its chain is the one that a rule made.
const ADOPT_NOTIFICATION = statement(
  'adopt_notification',
  `with recursive chain as (
     select id, retry_of, 0 as depth from job_any where id = $1
     union all
     select j.id, j.retry_of, c.depth + 1 from chain c join job_any j on j.id = c.retry_of where c.depth < 50
   ), adopted as (
     update notification set job_id = $1 where job_id in (select id from chain) returning rule_id
   )
   select r.channel, r.secret from adopted a left join rule r on r.id = a.rule_id and r.removed_at is null`,
)

interface NotificationRow {
  id: string
  rule_id: number
  rule: string
  alert_id: string | null
  job_id: string
  channel: RuleChannel['kind']
  target: string
  title: string
  times: number
  created_by: string
  created_at: Date
  occurrence: Occurrence | null
  state: number | null
  attempt: number | null
  max_attempts: number | null
  finished_at: Date | null
  summary: string | null
  error: StoredError | null
}

/** A place within a transaction that makes jobs. */
export interface JobPlace {
  readonly store: Store
  readonly tx: Queryable
  readonly processId: number
}

/** Alerts of these rules that may be told again, oldest first; nobody acknowledges them meanwhile. */
export function untoldAlerts(
  tx: Queryable,
  rules: readonly Pick<RuleRow, 'id' | 'quiet'>[],
  limit: number,
): Promise<UntoldAlert[]> {
  return tx.query<UntoldAlert>(UNTOLD_ALERTS, [...quietOf(rules), limit])
}

/** Alerts of these rules that are over, which may be told now, oldest first. */
export function overAlerts(
  tx: Queryable,
  rules: readonly Pick<RuleRow, 'id' | 'quiet'>[],
  limit: number,
): Promise<OverAlert[]> {
  return tx.query<OverAlert>(OVER_ALERTS, [...quietOf(rules), limit])
}

/** Notes that nobody needs to be told any more that these are over, nor what was untold of them: it was told, or is moot. */
export async function endOver(
  tx: Queryable,
  ids: readonly string[],
  { isTold }: { readonly isTold: boolean },
): Promise<void> {
  if (ids.length > 0) await tx.query(OVER_TOLD, [ids, isTold])
}

/** Deliveries that were made. */
export interface MadeNotifications {
  /** Of their jobs, in the order of the drafts. */
  readonly jobIds: readonly string[]
  /** Lanes that have work then. */
  readonly queues: ReadonlySet<number>
}

/** Makes deliveries as part of a larger transaction; the caller notifies after it. */
export async function notifyIn(
  { store, tx, processId }: JobPlace,
  drafts: readonly NotificationDraft[],
): Promise<MadeNotifications> {
  if (drafts.length === 0) return { jobIds: [], queues: new Set() }
  const jobs = await prepareJobs(store, drafts.map(jobOf))
  const created = await createInTransaction(tx, processId, jobs)
  await tx.query(INSERT_NOTIFICATIONS, [
    plainArray(drafts, ({ rule }) => rule.id),
    plainArray(drafts, ({ alertIds }) => alertIds.at(-1)),
    plainArray(created, ({ id }) => id),
    textArray(drafts, ({ rule }) => rule.channel.kind),
    textArray(drafts, ({ rule }) => shownTarget(rule.channel)),
    textArray(drafts, ({ input }) => input.message.title),
    plainArray(drafts, ({ input }) => input.message.times),
    textArray(drafts, ({ createdBy }) => createdBy),
  ])
  const told = drafts.flatMap(({ alertIds, input }) => (input.is_over === true ? [] : alertIds))
  if (told.length > 0) await tx.query(ALERTS_TOLD, [told])
  return { jobIds: created.map(({ id }) => id), queues: new Set(jobs.map(({ lane }) => lane.id)) }
}

/** Has somebody told at once, to try out a rule; the id of the delivery's job. */
export async function notifyNow(store: Store, draft: NotificationDraft, actor: Actor): Promise<string> {
  const made = await store.counters.use((processId) =>
    store.transaction(async (tx) => {
      const { jobIds, queues } = await notifyIn({ store, tx, processId }, [draft])
      const jobId = onlyRow(jobIds)
      await writeAudit(tx, actor, [{ action: 'rule.test', target: `rule:${draft.rule.id}`, after: { jobId } }])
      return { jobId, queues }
    }),
  )
  store.notifier.ready(made.queues)
  return made.jobId
}

/**
 * Where the delivery of this job goes, by what its rule says now; a job that is a retry of another takes the delivery
 * over. Null when no rule made the job; the channel is null when the rule was removed.
 */
export async function adoptNotification(
  db: Queryable,
  jobId: string,
): Promise<{ readonly channel: RuleChannel | null; readonly secret: string | null } | null> {
  return firstRow(await db.query<{ channel: RuleChannel | null; secret: string | null }>(ADOPT_NOTIFICATION, [jobId]))
}

/** What was told, newest first. */
export function listNotifications(
  db: Queryable,
  asked: { readonly before: string | null; readonly ruleId: number | null; readonly limit: number },
): Promise<NotificationRow[]> {
  return db.query<NotificationRow>(LIST_NOTIFICATIONS, [asked.before, asked.ruleId, asked.limit])
}

/** A delivery with its outcome, as somebody may see it: about a job that is not theirs, only that there was one. */
export function toNotificationView(row: NotificationRow, visible: Visibility): NotificationView {
  const job = row.occurrence?.job ?? null
  return {
    id: row.id,
    rule_id: row.rule_id,
    rule: row.rule,
    alert_id: row.alert_id,
    job_id: row.job_id,
    channel: row.channel,
    target: row.target,
    title: job === null || maySee(job, visible) ? row.title : row.rule,
    times: row.times,
    is_test: row.alert_id === null,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    state: stateAt(row.state),
    attempt: row.attempt ?? 0,
    max_attempts: row.max_attempts ?? 0,
    finished_at: isoOf(row.finished_at),
    summary: row.summary,
    error: row.error === null ? null : toErrorView(row.error),
  }
}

function quietOf(rules: readonly Pick<RuleRow, 'id' | 'quiet'>[]): (string | null)[] {
  return [plainArray(rules, ({ id }) => id), plainArray(rules, ({ quiet }) => quiet.minutes)]
}

function jobOf({ accountId, createdBy, input, rule }: NotificationDraft) {
  return {
    type: NOTIFY_TYPES[deliveryKind(rule.channel.kind)],
    queue: NOTIFICATION_QUEUE,
    description: `${rule.name}: ${input.message.title}`,
    subject: { type: 'rule', id: String(rule.id) },
    input,
    createdBy,
    accountId,
    retry: NOTIFY_RETRY,
  }
}
