import {
  ANALYTICS_MOST_DAYS,
  type AnalyticsBucket,
  type BucketAnalyticsQuery,
  DAY_MS,
  HOUR_MS,
  type JobAnalyticsQuery,
  type PrinterAnalyticsQuery,
  problem,
} from '@andon/core'
import type { AnalyticsFilter, AnalyticsRequest, AnalyticsSpan, AvailabilityRequest } from '@andon/store'
import type { Actor } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'

const USUAL_DAYS = 7

/** @throws `validation_failed` for a period that is none or too long */
export function printerFigures(query: PrinterAnalyticsQuery): AvailabilityRequest {
  return { ...spanOf(query, 'day'), printer: query.printer ?? null }
}

/** @throws `validation_failed` for a period that is none or too long */
export function jobFigures(query: JobAnalyticsQuery, actor: Actor): AnalyticsFilter {
  const { printer = null, type = null, user = null } = query
  return { ...spanOf(query, 'day'), printer, type, user, visible: visibilityOf(actor) }
}

/** @throws `validation_failed` for a period that is none or too long for its bucket, and for an unknown zone */
export function bucketFigures(query: BucketAnalyticsQuery, actor: Actor): AnalyticsRequest {
  const { bucket = 'day', by = 'printer', zone = 'UTC' } = query
  requireZone(zone)
  return { ...jobFigures(query, actor), ...spanOf(query, bucket), bucket, by, zone }
}

type PeriodQuery = Pick<PrinterAnalyticsQuery, 'since' | 'until'>

/**
 * The period of a request, by default the last seven days.
 *
 * @throws `validation_failed` for a period that is none or too long for its bucket
 */
export function spanOf(query: PeriodQuery, bucket: AnalyticsBucket): AnalyticsSpan {
  const until = query.until === undefined ? new Date() : new Date(query.until)
  const since = query.since === undefined ? new Date(until.getTime() - USUAL_DAYS * DAY_MS) : new Date(query.since)
  if (since >= until) {
    throw problem('validation_failed', {
      field: 'since',
      detail: `The period is empty: ${since.toISOString()} is not before ${until.toISOString()}`,
      allowed: 'a time before until',
    })
  }
  const mostDays = ANALYTICS_MOST_DAYS[bucket]
  // A clock that is put back makes a month of a zone an hour longer.
  if (until.getTime() - since.getTime() > mostDays * DAY_MS + HOUR_MS) {
    throw problem('validation_failed', {
      field: 'since',
      detail: `The period has ${Math.ceil((until.getTime() - since.getTime()) / DAY_MS)} days; by ${bucket} it may have ${mostDays}`,
      allowed: `at most ${mostDays} days before until`,
      ...(bucket === 'hour' ? { hint: 'Ask for a shorter period, or for bucket=day.' } : {}),
    })
  }
  return { since, until }
}

function requireZone(zone: string): void {
  if (isZone(zone)) return
  throw problem('validation_failed', {
    field: 'zone',
    detail: `There is no time zone ${zone}`,
    allowed: 'an IANA name such as Europe/Berlin',
  })
}

/** Names that JavaScript knows; offsets such as UTC+3, which mean the opposite to PostgreSQL, are not among them. */
function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
