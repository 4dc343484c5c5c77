import { messageOf, problem } from '@andon/core'
import { Cron } from 'croner'
import cronstrue from 'cronstrue'

/** How far ahead a time is looked for before an expression counts as one that never comes true. */
const LOOKS = 500

/**
 * The first time after `after` at which a cron expression comes true in a time zone; null when it never does again.
 *
 * Five fields, or six with seconds first. Where a clock change skips an hour, a fixed time within it comes true at the
 * end of the gap; where an hour comes twice, a fixed time comes true the first time only, and an interval such as
 * `*\/10 * * * *` both times.
 *
 * @throws validation_failed for what is no expression or time zone
 */
export function nextRun(cron: string, timeZone: string, after: Date): Date | null {
  return parse(cron, timeZone).nextRun(after)
}

/** The next `count` times; fewer when there are no more. */
export function nextRuns(
  cron: string,
  timeZone: string,
  options: { readonly after: Date; readonly count: number },
): Date[] {
  return parse(cron, timeZone).nextRuns(Math.min(options.count, LOOKS), options.after)
}

/** Each is a search through the calendar: whoever was away for longer wants to know no more exactly. */
const MISSED_AT_MOST = 100

/** How often an expression came true after one moment until another; at most 100. */
export function missedRuns(
  cron: string,
  timeZone: string,
  { after, until }: { readonly after: Date; readonly until: Date },
): number {
  const times = parse(cron, timeZone)
  let count = 0
  for (let at = times.nextRun(after); at !== null && at <= until && count < MISSED_AT_MOST; at = times.nextRun(at)) {
    count += 1
  }
  return count
}

/** An expression for people, such as "At 06:00, Monday through Friday"; null where there are no words for it. */
export function cronWords(cron: string): string | null {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true })
  } catch {
    return null
  }
}

function parse(cron: string, timeZone: string): Cron {
  checkTimeZone(timeZone)
  const parts = cron.trim().split(/\s+/).length
  if (parts !== 5 && parts !== 6)
    throw noCron(cron, `it has ${parts} ${parts === 1 ? 'part' : 'parts'} instead of five`)
  try {
    return new Cron(cron, { timezone: timeZone, paused: true, mode: '5-or-6-parts' })
  } catch (cause) {
    throw noCron(cron, messageOf(cause).replace(/^CronPattern: /, ''), cause)
  }
}

function noCron(cron: string, why: string, cause?: unknown): Error {
  return problem('validation_failed', {
    detail: `"${cron.slice(0, 100)}" is not a cron expression: ${why}`,
    field: '/cron',
    allowed: 'minute hour day month weekday, such as 0 6 * * MON-FRI',
    cause,
  })
}

function checkTimeZone(timeZone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone })
  } catch (cause) {
    throw problem('validation_failed', {
      detail: `"${timeZone.slice(0, 100)}" is not a time zone`,
      field: '/time_zone',
      allowed: 'a name of the time zone database, such as Europe/Berlin',
      cause,
    })
  }
}
