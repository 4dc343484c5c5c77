/** What rules can watch, in the order in which they are offered. */
export const CONDITION_KINDS = [
  'job_failed',
  'job_completed',
  'job_slow',
  'queue_waiting',
  'failure_rate',
  'failures_in_row',
  'printer_down',
  'station_down',
  'worker_lost',
  'schedule_missed',
] as const
export type ConditionKind = (typeof CONDITION_KINDS)[number]

/** Conditions of things that get well again, which is told as well. */
export const RECOVERING_KINDS = [
  'queue_waiting',
  'printer_down',
  'station_down',
  'worker_lost',
] as const satisfies readonly ConditionKind[]
export type RecoveringKind = (typeof RECOVERING_KINDS)[number]

/** How rules can tell. */
export const CHANNEL_KINDS = ['email', 'webhook', 'slack', 'teams'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** Which occurrences are equal: those of one cause (default), all of the rule, or none. */
export const GROUPINGS = ['cause', 'rule', 'each'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** How much an alert needs somebody, from not at all. */
export const LEVELS = ['success', 'warning', 'error'] as const
export type AlertLevel = (typeof LEVELS)[number]

/** Minutes after a message in which an equal alert is not told again, when the rule does not say it. */
export const QUIET_MINUTES = 15

/** Seconds that a printer has to be down when the condition does not say it: what mends itself is not worth a message. */
export const PRINTER_DOWN_S = 60
