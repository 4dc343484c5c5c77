import {
  type AlertView,
  EVENT_KINDS,
  type Finding,
  type Occurrence,
  problem,
  RECOVERING_KINDS,
  type RuleCondition,
} from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { jsonArray, plainArray, textArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { isoOf } from './job-view.ts'
import { maySee } from './jobs.ts'
import type { Visibility } from './visibility.ts'

/** An alert with the name of its rule. */
export interface AlertRow {
  /** Whole number as text. */
  id: string
  rule_id: number
  rule: string
  condition: RuleCondition
  key: string
  occurrence: Occurrence
  count: number
  opened_at: Date
  seen_at: Date
  told_at: Date | null
  acknowledged_at: Date | null
  acknowledged_by: string | null
  closed_at: Date | null
}

/** What a rule found. */
export interface Found extends Finding {
  readonly ruleId: number
  /** Names of what it is about; none where that does not get well again. */
  readonly members: readonly string[]
}

/** Something that a rule watches and that is not seen to be well. */
export interface Unwell {
  readonly ruleId: number
  readonly name: string
  /** False: nobody can say how it is. */
  readonly isDown: boolean
}

/** What a pass changed of the alerts. */
export interface AlertChanges {
  readonly opened: number
  readonly closed: number
}

/** Alerts of things that happen, and are not over by themselves, are closed when they were not seen for so long. */
const FORGOTTEN_DAYS = 7

// The last word goes over to a new alert of the same key: quiet time counts from it. Where the last word was that it is
// well again, nothing was told of what is the matter now.
const COUNT_ALERTS = statement(
  'count_alerts',
  `with found as (
     select f.rule_id, f.key, f.occurrence, f.count, array(select jsonb_array_elements_text(f.members)) as members
     from unnest($1::int[], $2::text[], $3::jsonb[], $4::int[], $5::jsonb[]) as f (rule_id, key, occurrence, count, members)
   ), kept as (
     insert into alert as a (rule_id, key, occurrence, count, untold, members, told_at, over_told_at)
     select f.rule_id, f.key, f.occurrence, f.count, f.count, f.members, b.told_at, b.over_told_at
     from found f left join lateral (
       select case when l.over_told_at >= l.told_at then null else l.told_at end as told_at, l.over_told_at
       from alert l where l.rule_id = f.rule_id and l.key = f.key order by l.id desc limit 1
     ) b on true
     order by f.rule_id, f.key
     on conflict (rule_id, key) where closed_at is null do update
       set occurrence = excluded.occurrence, count = a.count + excluded.count, untold = a.untold + excluded.untold,
         members = array(select distinct m from unnest(a.members || excluded.members) m), seen_at = now()
     returning xmax = 0 as is_new
   )
   select count(*) filter (where is_new)::int as opened, 0 as closed from kept`,
)

// What still holds is not counted again, but what came to it is; its words may have changed, and how long it lasts is not
// worth a write each time. An alert stays open while one of its members is not well, whatever it takes to open one.
const HOLD_ALERTS = statement(
  'hold_alerts',
  `with found as (
     select f.rule_id, f.key, f.occurrence, f.count, coalesce(o.members, '{}') || n.members as members,
       case when o.id is null then f.count else greatest(f.count - o.count, cardinality(n.members)) end as news
     from unnest($1::int[], $2::text[], $3::jsonb[], $4::int[], $5::jsonb[]) as f (rule_id, key, occurrence, count, members)
     left join alert o on o.rule_id = f.rule_id and o.key = f.key and o.closed_at is null
     cross join lateral (select array(
       select m from jsonb_array_elements_text(f.members) m where m <> all(coalesce(o.members, '{}'))) as members) n
   ), kept as (
     insert into alert as a (rule_id, key, occurrence, count, untold, members, told_at, over_told_at)
     select f.rule_id, f.key, f.occurrence, f.count, f.news, f.members, b.told_at, b.over_told_at
     from found f left join lateral (
       select case when l.over_told_at >= l.told_at then null else l.told_at end as told_at, l.over_told_at
       from alert l where l.rule_id = f.rule_id and l.key = f.key order by l.id desc limit 1
     ) b on true
     order by f.rule_id, f.key
     on conflict (rule_id, key) where closed_at is null do update
       set occurrence = excluded.occurrence, count = a.count + excluded.untold, untold = a.untold + excluded.untold,
         members = excluded.members, seen_at = now()
       where excluded.untold > 0 or a.seen_at < now() - interval '30 seconds'
     returning xmax = 0 as is_new
   ), over as (
     update alert o set closed_at = now(),
       is_over_untold = r.condition->>'on' = any($7::text[]) and (o.told_at is not null or o.untold > 0)
     from rule r
     where r.id = o.rule_id and o.closed_at is null and o.rule_id = any($6::int[])
       and not exists (select from found f where f.rule_id = o.rule_id and f.key = o.key)
       and not exists (
         select from unnest($8::int[], $9::text[], $10::boolean[]) as u (rule_id, name, is_down)
         where u.rule_id = o.rule_id and (u.name = any(o.members) or (u.is_down and o.key = '')))
     returning o.id
   )
   select (select count(*) filter (where is_new) from kept)::int as opened, (select count(*) from over)::int as closed`,
)

const CLOSE_SETTLED = statement(
  'close_settled_alerts',
  `with settled as (
     select a.id, w.is_back from alert a join rule r on r.id = a.rule_id
     cross join lateral (
       select r.condition->>'on' = 'worker_lost' and a.members <> '{}' and not exists (
         select from unnest(a.members) m where not exists (
           select from worker w where w.stopped_at is null and w.lease_until > now() and w.name = m)) as is_back
     ) w
     where a.closed_at is null and (w.is_back or (a.untold = 0 and (r.condition->>'on' = 'job_completed'
       or (r.condition->>'on' = any($1::text[]) and a.seen_at < now() - $2::int * interval '1 day'))))
   ), over as (
     update alert a set closed_at = now(), is_over_untold = s.is_back and (a.told_at is not null or a.untold > 0)
     from settled s where a.id = s.id and a.closed_at is null and (s.is_back or a.untold = 0)
     returning a.id
   )
   select 0 as opened, count(*)::int as closed from over`,
)

const CLOSE_OF_RULE = statement(
  'close_alerts_of_rule',
  `update alert set closed_at = coalesce(closed_at, now()), untold = 0, is_over_untold = false
   where rule_id = $1 and (closed_at is null or untold > 0 or is_over_untold)`,
)

const TELL_ALERTS = statement(
  'tell_alerts',
  `insert into event (kind, topic, actor, data) values ($1, 'alerts', $2, $3::jsonb)`,
)

// Open ones first, each part newest first; part and place of the last entry make the cursor.
const LIST_ALERTS = statement(
  'list_alerts',
  `select * from (
     (select a.id, a.rule_id, r.name as rule, r.condition, a.key, a.occurrence, a.count, a.opened_at, a.seen_at, a.told_at,
        a.acknowledged_at, a.acknowledged_by, a.closed_at
      from alert a join rule r on r.id = a.rule_id
      where a.closed_at is null and not $1::boolean and ($2::bigint is null or a.id < $2) order by a.id desc limit $3)
     union all
     (select a.id, a.rule_id, r.name, r.condition, a.key, a.occurrence, a.count, a.opened_at, a.seen_at, a.told_at,
        a.acknowledged_at, a.acknowledged_by, a.closed_at
      from alert a join rule r on r.id = a.rule_id
      where a.closed_at is not null and not $4::boolean and (not $1::boolean or $2::bigint is null or a.id < $2)
      order by a.id desc limit $3)
   ) l order by closed_at is not null, id desc limit $3`,
)

const FIND_ALERT = statement(
  'find_alert',
  `select a.id, a.rule_id, r.name as rule, r.condition, a.key, a.occurrence, a.count, a.opened_at, a.seen_at, a.told_at,
     a.acknowledged_at, a.acknowledged_by, a.closed_at
   from alert a join rule r on r.id = a.rule_id where a.id = $1`,
)

// What happened and is not over by itself is seen to with that; what still holds stays open until it is over.
const ACKNOWLEDGE = statement(
  'acknowledge_alert',
  `update alert a set acknowledged_at = now(), acknowledged_by = $2, untold = 0,
     is_over_untold = a.is_over_untold and a.told_at is not null,
     closed_at = coalesce(a.closed_at, case when r.condition->>'on' = any($3::text[]) then now() end)
   from rule r where r.id = a.rule_id and a.id = $1 and a.acknowledged_at is null returning a.id`,
)

const COUNT_OPEN = statement(
  'count_open_alerts',
  `select count(*)::int as open, (count(*) filter (where acknowledged_at is null))::int as unacknowledged
   from (select acknowledged_at from alert where closed_at is null limit 10000) a`,
)

/** Conditions about something that happened, not about something that holds for a time. */
export const EVENT_CONDITIONS = ['job_failed', 'job_completed', 'worker_lost', 'schedule_missed'] as const

/** Opens alerts for what happened, or counts it on those that are open. */
export async function countAlerts(tx: Queryable, found: readonly Found[]): Promise<AlertChanges> {
  if (found.length === 0) return { opened: 0, closed: 0 }
  return onlyRow(await tx.query<AlertChanges>(COUNT_ALERTS, columnsOf(found)))
}

/**
 * Opens alerts for what holds now, and closes those of the same rules that hold no longer.
 *
 * @param ruleIds all rules that were asked, so that those that found nothing close theirs
 * @param unwell what keeps an alert open that is about it, and opens none
 */
export async function holdAlerts(
  tx: Queryable,
  ruleIds: readonly number[],
  found: readonly Found[],
  unwell: readonly Unwell[],
): Promise<AlertChanges> {
  if (ruleIds.length === 0) return { opened: 0, closed: 0 }
  return onlyRow(
    await tx.query<AlertChanges>(HOLD_ALERTS, [
      ...columnsOf(found),
      ruleIds,
      RECOVERING_KINDS,
      plainArray(unwell, ({ ruleId }) => ruleId),
      textArray(unwell, ({ name }) => name),
      plainArray(unwell, ({ isDown }) => isDown),
    ]),
  )
}

/** Closes lost workers that are back, and what was told and needs nobody: completions, and what was not seen for a week. */
export async function closeSettledAlerts(tx: Queryable): Promise<AlertChanges> {
  return onlyRow(await tx.query<AlertChanges>(CLOSE_SETTLED, [EVENT_CONDITIONS, FORGOTTEN_DAYS]))
}

/** Closes the alerts of a rule; what was not told of them will not be. */
export async function closeAlertsOf(tx: Queryable, ruleId: number): Promise<void> {
  await tx.query(CLOSE_OF_RULE, [ruleId])
}

/** Tells whoever watches that alerts have changed. */
export async function tellAlertsChanged(tx: Queryable, actor: string, data: object): Promise<void> {
  await tx.query(TELL_ALERTS, [EVENT_KINDS.alert_changed, actor, JSON.stringify(data)])
}

/** Where a list of alerts goes on. */
export interface AlertCursor {
  readonly isClosed: boolean
  readonly id: string
}

/** Open alerts first, then those that are over, each newest first. */
export function listAlerts(
  db: Queryable,
  asked: { readonly after: AlertCursor | null; readonly limit: number; readonly isOpenOnly: boolean },
): Promise<AlertRow[]> {
  const { after, isOpenOnly, limit } = asked
  return db.query<AlertRow>(LIST_ALERTS, [after?.isClosed ?? false, after?.id ?? null, limit, isOpenOnly])
}

/** How many are open, and how many of them nobody has seen to; both at most 10,000. */
export async function countOpenAlerts(
  db: Queryable,
): Promise<{ readonly open: number; readonly unacknowledged: number }> {
  return onlyRow(await db.query<{ open: number; unacknowledged: number }>(COUNT_OPEN))
}

/** Notes who sees to an alert; the first one stays. @throws alert_not_found */
export async function acknowledgeAlert(store: Store, id: string, actor: Actor): Promise<AlertRow> {
  const row = await store.transaction(async (tx) => {
    const acknowledged = await tx.query(ACKNOWLEDGE, [id, actor.name, EVENT_CONDITIONS])
    const [alert] = await tx.query<AlertRow>(FIND_ALERT, [id])
    if (alert === undefined) throw problem('alert_not_found')
    if (acknowledged.length > 0) {
      await tellAlertsChanged(tx, actor.name, { acknowledged: id })
      await writeAudit(tx, actor, [{ action: 'alert.acknowledge', target: `alert:${id}`, after: { rule: alert.rule } }])
    }
    return alert
  })
  store.notifier.events()
  return row
}

/** An alert as somebody may see it: of a job that is not theirs, only that there is one. */
export function toAlertView(row: AlertRow, visible: Visibility): AlertView {
  const { occurrence } = row
  const isHidden = occurrence.job !== null && !maySee(occurrence.job, visible)
  return {
    id: row.id,
    rule_id: row.rule_id,
    rule: row.rule,
    level: occurrence.level,
    title: isHidden ? row.rule : occurrence.title,
    what: isHidden ? null : occurrence.what,
    hint: isHidden ? null : occurrence.hint,
    count: row.count,
    opened_at: row.opened_at.toISOString(),
    seen_at: row.seen_at.toISOString(),
    told_at: isoOf(row.told_at),
    acknowledged_at: isoOf(row.acknowledged_at),
    acknowledged_by: row.acknowledged_by,
    closed_at: isoOf(row.closed_at),
    job_id: isHidden ? null : (occurrence.job?.id ?? null),
    path: isHidden ? '/alerts' : occurrence.path,
  }
}

function columnsOf(found: readonly Found[]): (string | null)[] {
  return [
    plainArray(found, ({ ruleId }) => ruleId),
    textArray(found, ({ key }) => key),
    jsonArray(found, ({ occurrence }) => occurrence),
    plainArray(found, ({ count }) => count),
    jsonArray(found, ({ members }) => members),
  ]
}
