import { conditionWords, isQuietHour, isRecovering, wellAgainMessage } from '@andon/core'
import {
  type NotificationDraft,
  type OverAlert,
  overAlerts,
  overTold,
  type RuleRow,
  type WatchTurn,
} from '@andon/store'

/** Alerts whose end is told in one pass; the others are told in the next. */
const ALERTS = 500

/** Tells whoever was told of something that it is well again, once; what is the matter again by then is not told. */
export async function notifyOver(turn: WatchTurn, rules: readonly RuleRow[], nowMs: number): Promise<void> {
  const awake = rules.filter(({ quiet: { hours } }) => hours === null || !isQuietHour(hours, nowMs))
  const alerts = await overAlerts(turn.tx, awake, ALERTS)
  if (alerts.length === 0) return
  const over = alerts.filter(({ is_back: isBack }) => !isBack)
  const drafts = [...Map.groupBy(over, ({ key, rule_id }) => `${rule_id} ${key}`).values()].flatMap((equal) => {
    const rule = awake.find(({ id }) => id === equal[0]?.rule_id)
    return rule === undefined ? [] : draftOf(rule, equal)
  })
  await turn.notify(drafts)
  await overTold(
    turn.tx,
    alerts.map(({ id }) => id),
  )
}

function draftOf(rule: RuleRow, equal: readonly OverAlert[]): NotificationDraft[] {
  const [first, newest] = [equal[0], equal.at(-1)]
  const { condition, name } = rule
  if (first === undefined || newest === undefined || !isRecovering(condition)) return []
  const message = wellAgainMessage({
    rule: { name, watches: conditionWords(condition) },
    condition,
    key: newest.key,
    occurrence: newest.occurrence,
    openedAt: first.opened_at,
    closedAt: newest.closed_at,
  })
  return [
    {
      rule,
      alertIds: equal.map(({ id }) => id),
      input: { rule_id: rule.id, alert_id: newest.id, is_test: false, is_over: true, message },
      createdBy: `rule:${name}`,
      accountId: null,
    },
  ]
}
