import { type AnalyticsBucket, type AnalyticsGroup, HOUR_MS, uuidFloor } from '@andon/core'
import type { Visibility } from '../visibility.ts'
import { mayReadAll } from '../visibility.ts'

/** From `since`, and before `until`. */
export interface AnalyticsSpan {
  readonly since: Date
  readonly until: Date
}

/** Which jobs the figures are of. */
export interface AnalyticsFilter extends AnalyticsSpan {
  readonly visible: Visibility
  /** Name of one printer; null is all jobs, those without a printer too. */
  readonly printer: string | null
  /** A type, or `print.*` for all whose names begin so; null is all. */
  readonly type: string | null
  /** Name of the account that made them; null is everybody. */
  readonly user: string | null
}

/** The same figures by the hour or day of a zone, and for each printer, type or user. */
export interface AnalyticsRequest extends AnalyticsFilter {
  readonly bucket: AnalyticsBucket
  /** An IANA name. */
  readonly zone: string
  readonly by: AnalyticsGroup
}

/** Ids are made a little before or after the time of their row, by clocks that differ. */
const CLOCK_SLACK_MS = HOUR_MS

/** The period of the same length that ends where this one begins. */
export function spanBefore({ since, until }: AnalyticsSpan): AnalyticsSpan {
  return { since: new Date(2 * since.getTime() - until.getTime()), until: since }
}

/** Values of $1 to $8 of the statements about jobs; one statement reads both periods, which touch. */
export function filterValues(filter: AnalyticsFilter): unknown[] {
  const { printer, since, type, until, user, visible } = filter
  return [
    spanBefore(filter).since,
    since,
    until,
    // What ended before a time was made before it: months after the period are left out.
    uuidFloor(until.getTime() + CLOCK_SLACK_MS),
    printer,
    type,
    user,
    mayReadAll(visible) ? null : visible.accountId,
  ]
}

/** Values of $9 to $11, where figures are told apart. */
export function cutValues({ bucket, by, zone }: AnalyticsRequest): unknown[] {
  return [bucket, zone, by]
}

/** The members of a span as they are on the wire. */
export function spanView({ since, until }: AnalyticsSpan): { since: string; until: string } {
  return { since: since.toISOString(), until: until.toISOString() }
}

/** A part of a whole, 0 to 1; null of nothing. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
