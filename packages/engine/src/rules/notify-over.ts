import { conditionWords, isQuietHour, isRecovering, wellAgainMessage } from '@andon/core'
import { endOver, type NotificationDraft, type OverAlert, overAlerts, type RuleRow, type WatchTurn } from '@andon/store'
import { type Look, lookAtStates } from './look-at-states.ts'

/** Alerts whose end is told in one pass; the others are told in the next. */
const ALERTS = 500

/** Alerts of one rule and key that are over, oldest first. */
interface Ended {
  readonly rule: RuleRow
  readonly alerts: readonly OverAlert[]
  readonly newest: OverAlert
}

/**
 * Tells whoever was told of something that it is well again, once and while it is. What is gone is not told of; what is
 * not seen to be well waits.
 */
export async function notifyOver(turn: WatchTurn, rules: readonly RuleRow[], nowMs: number): Promise<void> {
  const awake = rules.filter(({ quiet: { hours } }) => hours === null || !isQuietHour(hours, nowMs))
  const ended = endedOf(awake, await overAlerts(turn.tx, awake, ALERTS))
  if (ended.length === 0) return
  const concerned = new Set(ended.map(({ rule }) => rule))
  const looks = new Map((await lookAtStates(turn.tx, [...concerned])).map((look) => [look.rule.id, look]))
  const byOutcome = Map.groupBy(ended, (one) => outcomeOf(one, looks.get(one.rule.id)))
  const [well, gone] = [byOutcome.get('well') ?? [], byOutcome.get('gone') ?? []]
  await turn.notify(well.flatMap(draftOf))
  await endOver(turn.tx, idsOf(well), { isTold: true })
  await endOver(turn.tx, idsOf(gone), { isTold: false })
}

function endedOf(rules: readonly RuleRow[], over: readonly OverAlert[]): Ended[] {
  return [...Map.groupBy(over, ({ key, rule_id }) => `${rule_id} ${key}`).values()].flatMap((alerts) => {
    const newest = alerts.at(-1)
    const rule = rules.find(({ id }) => id === newest?.rule_id)
    return rule === undefined || newest === undefined ? [] : [{ rule, alerts, newest }]
  })
}

/** What was not looked at is well by what closed its alert: a worker that is back. */
function outcomeOf({ alerts, newest }: Ended, look: Look | undefined): 'well' | 'gone' | 'wait' {
  const members = new Set(alerts.flatMap((alert) => alert.members.map((name) => look?.standing.get(name))))
  if (members.has('down') || members.has('unclear') || isAnyDown(newest, look)) return 'wait'
  if (look !== undefined && !members.has('well')) return 'gone'
  // Who is told late of what is over meanwhile is told that as well, afterwards.
  return newest.told_at === null ? 'wait' : 'well'
}

/** Of alerts about all that a rule finds: the message would say that all are well. */
function isAnyDown({ key }: OverAlert, look: Look | undefined): boolean {
  return key === '' && look !== undefined && new Set(look.standing.values()).has('down')
}

function draftOf({ alerts, newest, rule }: Ended): NotificationDraft[] {
  const { condition, name } = rule
  if (!isRecovering(condition)) return []
  const message = wellAgainMessage({
    rule: { name, watches: conditionWords(condition) },
    condition,
    key: newest.key,
    occurrence: newest.occurrence,
    openedAt: firstTold(alerts, newest).opened_at,
    closedAt: newest.closed_at,
  })
  return [
    {
      rule,
      alertIds: alerts.map(({ id }) => id),
      input: { rule_id: rule.id, alert_id: newest.id, is_test: false, is_over: true, message },
      createdBy: `rule:${name}`,
      accountId: null,
    },
  ]
}

/** The first of those that the last message was about: what it tells to be over began there. */
function firstTold(alerts: readonly OverAlert[], newest: OverAlert): OverAlert {
  const lastTold = newest.told_at?.getTime() ?? 0
  return alerts.find(({ told_at: at }) => at !== null && at.getTime() >= lastTold) ?? newest
}

function idsOf(ended: readonly Ended[]): string[] {
  return ended.flatMap(({ alerts }) => alerts.map(({ id }) => id))
}
