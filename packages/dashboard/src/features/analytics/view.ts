import { ANALYTICS_GROUPS, type AnalyticsBucket, type AnalyticsGroup, DAY_MS, HOUR_MS, MINUTE_MS } from '@andon/core'
import type { AnalyticsQueries } from '@andon/sdk'

/** What the address of the page holds: the whole view. */
export interface AnalyticsSearch {
  /** One of `PERIODS`; 7 days when nothing is said. */
  readonly period?: string
  /** Days of the shop's zone, `2026-11-24`, both in the period; they go before `period`. */
  readonly from?: string
  readonly to?: string
  /** `printer`, `type` or `user`. */
  readonly by?: string
  /** `labels` or `jobs`. */
  readonly count?: string
  readonly printer?: string
  /** Prints when nothing is said; `*` is every job. */
  readonly type?: string
  readonly user?: string
}

/** Periods that end now. */
export const PERIODS = [
  { id: '24h', word: '24 hours', ms: DAY_MS },
  { id: '7d', word: '7 days', ms: 7 * DAY_MS },
  { id: '30d', word: '30 days', ms: 30 * DAY_MS },
] as const

export const PRINT_TYPES = 'print.*'
const EVERY_TYPE = '*'
/** Up to this length a period is cut into hours. */
const HOURS_UP_TO_MS = 2 * DAY_MS + HOUR_MS
/** Periods that end now move on in steps, so that figures are asked for again only then. */
const STEP_MS = 5 * MINUTE_MS

/** The view as the page works with it. */
export interface AnalyticsView {
  /** Null: days were chosen. */
  readonly period: (typeof PERIODS)[number]['id'] | null
  readonly since: Date
  readonly until: Date
  readonly bucket: AnalyticsBucket
  readonly zone: string
  readonly by: AnalyticsGroup
  readonly count: 'labels' | 'jobs'
  readonly printer: string | null
  /** Null is every job. */
  readonly type: string | null
  readonly user: string | null
}

/** Reads the address; what it says that cannot be is as if it were not there. `zone` is an IANA name. */
export function viewOf(search: AnalyticsSearch, { nowMs, zone }: { nowMs: number; zone: string }): AnalyticsView {
  const days = daysOf(search, zone)
  const period = PERIODS.find(({ id }) => id === search.period) ?? PERIODS[1]
  // Always after now: what has just ended is in the period.
  const untilMs = (Math.floor(nowMs / STEP_MS) + 1) * STEP_MS
  const span = days ?? { since: new Date(untilMs - period.ms), until: new Date(untilMs) }
  const asked = search.type || PRINT_TYPES
  const type = asked === EVERY_TYPE ? null : asked
  return {
    ...span,
    period: days === null ? period.id : null,
    bucket: span.until.getTime() - span.since.getTime() <= HOURS_UP_TO_MS ? 'hour' : 'day',
    zone,
    by: ANALYTICS_GROUPS.find((word) => word === search.by) ?? 'printer',
    count: search.count === 'jobs' || !hasLabels(type) ? 'jobs' : 'labels',
    printer: search.printer || null,
    type,
    user: search.user || null,
  }
}

/** Whether there are prints among the jobs of a type, null for all types: others have no labels. */
export function hasLabels(type: string | null): boolean {
  return type === null || type.startsWith('print.')
}

/** What is asked of the server for each set of figures. */
export function queriesOf(view: AnalyticsView): AnalyticsQueries {
  const { bucket, by, printer, type, user, zone } = view
  const span = { since: view.since.toISOString(), until: view.until.toISOString() }
  const place = printer === null ? span : { ...span, printer }
  const jobs = { ...place, ...(type === null ? {} : { type }), ...(user === null ? {} : { user }) }
  const cut = { ...jobs, bucket, by, zone }
  return { availability: place, failures: cut, media: jobs, reprints: cut, throughput: cut, waits: cut }
}

/** The name of the zone that days are of: the browser's own where `local` was chosen. */
export function zoneName(zone: string): string {
  if (zone !== 'local') return zone
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone
  // What a browser says that does not know where it is.
  return /^[A-Za-z][\w+/-]*$/.test(own) && own !== 'Etc/Unknown' ? own : 'UTC'
}

/** The day of a moment in a zone: `2026-11-24`. */
export function dayIn(zone: string, atMs: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(atMs)
}

/** The first moment of a day of a zone; null for what is no day. */
export function dayStart(day: string, zone: string): Date | null {
  const midnightMs = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(midnightMs)) return null
  // The zone's clock at the first guess may be another than at the place that is meant.
  const guessMs = midnightMs - aheadMs(midnightMs, zone)
  return new Date(midnightMs - aheadMs(guessMs, zone))
}

function daysOf({ from, to }: AnalyticsSearch, zone: string): { since: Date; until: Date } | null {
  if (from === undefined || to === undefined) return null
  const since = dayStart(from, zone)
  const last = dayStart(to, zone)
  if (since === null || last === null || last < since) return null
  const next = new Date(Date.parse(`${to}T12:00:00Z`) + DAY_MS).toISOString().slice(0, 10)
  const until = dayStart(next, zone)
  return until === null ? null : { since, until }
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
function aheadMs(atMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(atMs)
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '00'
  const clock = `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}Z`
  return Date.parse(clock) - Math.floor(atMs / 1000) * 1000
}
