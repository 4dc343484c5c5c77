import {
  type CreateRule,
  DEFAULT_QUIET,
  EVENT_KINDS,
  type Grouping,
  JOB_STATES,
  type JobState,
  problem,
  type QuietTime,
  type RuleChannel,
  type RuleCondition,
  type RuleView,
  conditionWords,
  shownTarget,
} from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow, wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import { closeAlertsOf } from './alerts.ts'

/** A rule as it stands in the database. */
export interface RuleRow {
  id: number
  name: string
  condition: RuleCondition
  channel: RuleChannel
  /** `whsec_…`; null for channels that are not signed. */
  secret: string | null
  quiet: QuietTime
  grouping: Grouping
  /** What happened before is none of its business. */
  watches_since: Date
  paused_at: Date | null
  paused_by: string | null
  created_at: Date
  created_by: string
}

/** A rule with what it found and told. */
export interface ListedRule extends RuleRow {
  open_alerts: number
  told_at: Date | null
  told_job_id: string | null
  /** Position in `JOB_STATES`; null when nothing was told, or the delivery's job is not kept any more. */
  told_state: number | null
  told_is_test: boolean | null
}

/** A rule to be made; `secret` for webhooks only. */
export type NewRule = CreateRule & { readonly secret: string | null }

/** What of a rule is changed; what is left out stays. */
export type RuleChange = Partial<NewRule>

const LIST_RULES = statement(
  'list_rules',
  `select r.id, r.name, r.condition, r.channel, r.secret, r.quiet, r.grouping, r.watches_since, r.paused_at, r.paused_by,
     r.created_at, r.created_by,
     (select count(*) from alert a where a.rule_id = r.id and a.closed_at is null)::int as open_alerts,
     n.created_at as told_at, n.job_id as told_job_id, j.state as told_state, n.alert_id is null as told_is_test
   from rule r
   left join lateral (
     select created_at, job_id, alert_id from notification where rule_id = r.id order by id desc limit 1
   ) n on true
   left join lateral (select state from job_any where id = n.job_id) j on true
   where r.removed_at is null and ($1::int is null or r.id = $1)
   order by r.name`,
)

const ACTIVE_RULES = statement(
  'active_rules',
  `select id, name, condition, channel, secret, quiet, grouping, watches_since, paused_at, paused_by, created_at, created_by
   from rule where removed_at is null and paused_at is null order by id`,
)

const LOCK_RULE = statement(
  'lock_rule',
  `select id, name, condition, channel, secret, quiet, grouping, watches_since, paused_at, paused_by, created_at, created_by
   from rule where id = $1 and removed_at is null for update`,
)

const CREATE_RULE = statement(
  'create_rule',
  `insert into rule (name, condition, channel, secret, quiet, grouping, created_by)
   values ($1, $2::jsonb, $3::jsonb, $4, $5::jsonb, $6, $7)
   on conflict (site_id, name) where removed_at is null do nothing returning id`,
)

const CHANGE_RULE = statement(
  'change_rule',
  `update rule set name = $2, condition = $3::jsonb, channel = $4::jsonb, secret = $5, quiet = $6::jsonb, grouping = $7,
     watches_since = case when $8 then now() else watches_since end
   where id = $1
     and not exists (select from rule o where o.id <> $1 and o.name = $2 and o.site_id = rule.site_id and o.removed_at is null)
   returning id`,
)

const PAUSE_RULE = statement('pause_rule', `update rule set paused_at = now(), paused_by = $2 where id = $1`)

const RESUME_RULE = statement(
  'resume_rule',
  `update rule set paused_at = null, paused_by = null, watches_since = now() where id = $1`,
)

// Addresses of webhooks may be secrets: they go with the rule.
const REMOVE_RULE = statement(
  'remove_rule',
  `update rule set removed_at = now(), secret = null, channel = jsonb_build_object('kind', channel->'kind') where id = $1`,
)

const FORGET_MINUTES = statement('forget_rule_minutes', `delete from rule_minute where rule_id = $1`)

/** While no rule watched, nobody read the events: a rule that begins to watch need not read what was before. */
const WATCH_FROM_NOW = statement(
  'watch_from_now',
  `update rule_watch set snapshot = pg_current_snapshot(), part_seq = null, part_snapshot = null,
     floor = (select case when is_called then last_value else 0 end from event_seq)
   where not exists (select from rule where removed_at is null and paused_at is null)`,
)

const FORGET_STREAKS = statement(
  'forget_streaks',
  `delete from failure_streak where not exists (
     select from rule where removed_at is null and paused_at is null and condition->>'on' = 'failures_in_row')`,
)

const TELL_RULES = statement(
  'tell_rules',
  `insert into event (kind, topic, actor, data) values ($1, 'rule:' || $2::int, $3, $4::jsonb)`,
)

/** All rules by name. */
export function listRules(db: Queryable): Promise<ListedRule[]> {
  return db.query<ListedRule>(LIST_RULES, [null])
}

/** @throws rule_not_found */
export async function getRule(db: Queryable, id: number): Promise<ListedRule> {
  const [row] = await db.query<ListedRule>(LIST_RULES, [id])
  if (row === undefined) throw problem('rule_not_found')
  return row
}

/** Those that are neither removed nor paused. */
export function activeRules(db: Queryable): Promise<RuleRow[]> {
  return db.query<RuleRow>(ACTIVE_RULES)
}

/** Makes a rule; it watches from now on. @throws name_taken */
export function createRule(store: Store, rule: NewRule, actor: Actor): Promise<ListedRule> {
  return changed(store, async (tx) => {
    await beginToWatch(tx)
    const { name, condition, channel, secret, quiet = DEFAULT_QUIET, grouping = 'cause' } = rule
    const values = [name, JSON.stringify(condition), JSON.stringify(channel), secret, JSON.stringify(quiet), grouping]
    const [made] = await tx.query<{ id: number }>(CREATE_RULE, [...values, actor.name])
    if (made === undefined) throw nameTaken(name)
    await record(tx, made.id, { actor, action: 'create', after: { name, condition, quiet, grouping, ...to(channel) } })
    return getRule(tx, made.id)
  })
}

/**
 * Changes a rule. What it found by another condition or grouping is closed: nobody would ever see whether it is over.
 *
 * @throws rule_not_found, name_taken
 */
export function changeRule(store: Store, id: number, change: RuleChange, actor: Actor): Promise<ListedRule> {
  return changed(store, async (tx) => {
    const before = await lockRule(tx, id)
    const { name, condition, channel, secret, quiet, grouping } = { ...before, ...defined(change) }
    const watchesAnew = change.condition !== undefined || change.grouping !== undefined
    if (watchesAnew) await startAnew(tx, id)
    const values = [name, JSON.stringify(condition), JSON.stringify(channel), secret, JSON.stringify(quiet), grouping]
    const rows = await tx.query(CHANGE_RULE, [id, ...values, watchesAnew])
    if (rows.length === 0) throw nameTaken(name)
    await record(tx, id, {
      actor,
      action: 'change',
      before: { name: before.name, condition: before.condition, ...to(before.channel) },
      after: { ...defined({ ...change, channel: undefined }), ...to(channel), secret: undefined },
    })
    return getRule(tx, id)
  })
}

/** A paused rule watches nothing: its alerts are closed. Paused again, it stays as it is. @throws rule_not_found */
export function pauseRule(store: Store, id: number, actor: Actor): Promise<ListedRule> {
  return changed(store, async (tx) => {
    const rule = await lockRule(tx, id)
    if (rule.paused_at === null) {
      await tx.query(PAUSE_RULE, [id, actor.name])
      await startAnew(tx, id)
      await record(tx, id, { actor, action: 'pause' })
    }
    return getRule(tx, id)
  })
}

/** Has a rule watch again, from now on. @throws rule_not_found */
export function resumeRule(store: Store, id: number, actor: Actor): Promise<ListedRule> {
  return changed(store, async (tx) => {
    const rule = await lockRule(tx, id)
    if (rule.paused_at !== null) {
      await beginToWatch(tx)
      await tx.query(RESUME_RULE, [id])
      await record(tx, id, { actor, action: 'resume' })
    }
    return getRule(tx, id)
  })
}

/** What it found and told is still listed. @throws rule_not_found */
export function removeRule(store: Store, id: number, actor: Actor): Promise<void> {
  return changed(store, async (tx) => {
    const { channel, condition, name } = await lockRule(tx, id)
    await tx.query(REMOVE_RULE, [id])
    await startAnew(tx, id)
    await record(tx, id, { actor, action: 'remove', before: { name, condition, ...to(channel) } })
  })
}

/** A rule as it is shown, without what is secret of it. */
export function toRuleView(row: ListedRule): RuleView {
  const { channel, paused_at, paused_by, told_at, told_job_id, told_state } = row
  return {
    id: row.id,
    name: row.name,
    condition: row.condition,
    watches: conditionWords(row.condition),
    channel: { ...to(channel), to: channel.kind === 'email' ? channel.to : null },
    quiet: row.quiet,
    grouping: row.grouping,
    pause: paused_at === null ? null : { at: paused_at.toISOString(), by: paused_by ?? 'system' },
    open_alerts: row.open_alerts,
    last_notification:
      told_at === null || told_job_id === null
        ? null
        : {
            at: told_at.toISOString(),
            job_id: told_job_id,
            state: stateAt(told_state),
            is_test: row.told_is_test === true,
          },
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
  }
}

/** The state that a column stands for; null stays null. */
export function stateAt(state: number | null): JobState | null {
  return state === null ? null : wordAt(JOB_STATES, state)
}

async function changed<T>(store: Store, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const result = await store.transaction(work)
  store.notifier.events()
  return result
}

async function lockRule(tx: Queryable, id: number): Promise<RuleRow> {
  const rows = await tx.query<RuleRow>(LOCK_RULE, [id])
  if (rows.length === 0) throw problem('rule_not_found')
  return onlyRow(rows)
}

async function beginToWatch(tx: Queryable): Promise<void> {
  await tx.query(WATCH_FROM_NOW)
  await tx.query(FORGET_STREAKS)
}

async function startAnew(tx: Queryable, id: number): Promise<void> {
  await closeAlertsOf(tx, id)
  await tx.query(FORGET_MINUTES, [id])
}

interface Recorded {
  readonly actor: Actor
  readonly action: 'create' | 'change' | 'pause' | 'resume' | 'remove'
  readonly before?: object
  readonly after?: object
}

async function record(tx: Queryable, id: number, { action, actor, after, before }: Recorded): Promise<void> {
  await tx.query(TELL_RULES, [EVENT_KINDS.rule_changed, id, actor.name, JSON.stringify({ action })])
  await writeAudit(tx, actor, [{ action: `rule.${action}`, target: `rule:${id}`, before, after }])
}

/** A channel as the audit may keep it. */
function to(channel: RuleChannel): { kind: RuleChannel['kind']; target: string } {
  return { kind: channel.kind, target: shownTarget(channel) }
}

function defined<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>
}

function nameTaken(name: string): Error {
  return problem('name_taken', { field: '/name', detail: `"${name}" exists already` })
}
