import { durationWords } from '../time.ts'
import type { ConditionOf, RuleCondition } from '../wire/rules.ts'
import { RECOVERING_KINDS, type RecoveringKind } from './kinds.ts'
import { type AlertMessage, fitText, fitTitle } from './message.ts'
import type { Occurrence } from './occurrence.ts'

/** Whether a condition is about something that gets well again. */
export function isRecovering(condition: RuleCondition): condition is ConditionOf<RecoveringKind> {
  return (RECOVERING_KINDS as readonly string[]).includes(condition.on)
}

/** What somebody was told of, and that it is over. */
export interface WellAgainFacts {
  readonly rule: { readonly name: string; readonly watches: string }
  readonly condition: ConditionOf<RecoveringKind>
  /** Of the alert: the name of what it is about; empty for all that the rule finds. */
  readonly key: string
  readonly occurrence: Occurrence
  readonly openedAt: Date
  readonly closedAt: Date
}

/** The message that what was told is well again. */
export function wellAgainMessage(facts: WellAgainFacts): AlertMessage {
  const { closedAt, condition, key, occurrence, openedAt, rule } = facts
  const held = durationWords(closedAt.getTime() - openedAt.getTime())
  return {
    level: 'success',
    title: fitTitle(wellWords(condition, key)),
    what: fitText(`“${occurrence.title}” is over; it lasted ${held}.`),
    hint: null,
    times: 1,
    since: openedAt.toISOString(),
    at: closedAt.toISOString(),
    rule: rule.name,
    watches: rule.watches,
    path: occurrence.path,
    job: null,
  }
}

function wellWords(condition: ConditionOf<RecoveringKind>, key: string): string {
  switch (condition.on) {
    case 'printer_down': {
      const name = key || condition.printer
      return name ? `${name} is well again` : 'All printers are well again'
    }
    case 'station_down': {
      const name = key || condition.station
      return name ? `Station ${name} is well again` : 'All stations are well again'
    }
    case 'queue_waiting': {
      const name = key || condition.queue
      return name ? `Jobs of ${name} no longer wait too long` : 'No job waits too long any more'
    }
    case 'worker_lost': {
      const name = key || condition.worker
      return name ? `Worker ${name} is back` : 'All lost workers are back'
    }
  }
}
