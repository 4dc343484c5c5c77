import { alertMessage, conditionWords, isQuietHour } from '@andon/core'
import { type NotificationDraft, type RuleRow, type UntoldAlert, untoldAlerts, type WatchTurn } from '@andon/store'

/** Alerts that are told in one pass; the others are told in the next. */
const ALERTS = 500

/** Makes deliveries for alerts that may be told now. Those of the same rule and key are one, however many they are. */
export async function notifyUntold(turn: WatchTurn, rules: readonly RuleRow[], nowMs: number): Promise<void> {
  const awake = rules.filter(({ quiet: { hours } }) => hours === null || !isQuietHour(hours, nowMs))
  const alerts = await untoldAlerts(turn.tx, awake, ALERTS)
  const drafts = [...Map.groupBy(alerts, ({ key, rule_id }) => `${rule_id} ${key}`).values()].flatMap((equal) => {
    const newest = equal.at(-1)
    const rule = awake.find(({ id }) => id === newest?.rule_id)
    return rule === undefined || newest === undefined ? [] : [draftOf(rule, equal, newest)]
  })
  await turn.notify(drafts)
}

function draftOf(rule: RuleRow, equal: readonly UntoldAlert[], newest: UntoldAlert): NotificationDraft {
  const since = Math.min(
    ...equal.map(({ opened_at, told_at }) => Math.max(opened_at.getTime(), told_at?.getTime() ?? 0)),
  )
  const message = alertMessage({
    rule: { name: rule.name, watches: conditionWords(rule.condition) },
    occurrence: newest.occurrence,
    times: equal.reduce((sum, { untold }) => sum + untold, 0),
    since: new Date(since),
    at: newest.seen_at,
  })
  return {
    rule,
    alertIds: equal.map(({ id }) => id),
    input: { rule_id: rule.id, alert_id: newest.id, is_test: false, message },
    createdBy: `rule:${rule.name}`,
    accountId: null,
  }
}
