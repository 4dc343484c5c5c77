import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS } from './time.ts'

/** The units of a duration as people write it, greatest first; a week is 7 and a day 24 hours. */
const UNITS = [
  ['w', WEEK_MS],
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
] as const

const UNIT_MS: ReadonlyMap<string, number> = new Map(UNITS)

/** The longest duration that is understood: a hundred years. */
const LONGEST_MS = 36_525 * DAY_MS

/**
 * Reads a duration such as `2h`, `30s`, `1d12h`, `1.5h`, `250ms` or `0`: units w, d, h, m, s and ms, each at most
 * once and the greatest first, without spaces.
 *
 * @returns milliseconds, or null when the text is no duration or is longer than a hundred years
 */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0
  let rest = text.toLowerCase()
  let total = 0
  let smallest = Number.POSITIVE_INFINITY
  while (rest !== '') {
    const part = /^([0-9]{1,12}(?:\.[0-9]{1,9})?)(ms|[wdhms])/.exec(rest)
    const unitMs = UNIT_MS.get(part?.[2] ?? '')
    if (part === null || unitMs === undefined || unitMs >= smallest) return null
    total += Number(part[1]) * unitMs
    smallest = unitMs
    rest = rest.slice(part[0].length)
  }
  return text === '' || total > LONGEST_MS ? null : Math.round(total)
}

/** A duration in the form that {@link parseDuration} reads, exact to the millisecond: `1d12h`, `90s` is `1m30s`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs))
  let text = ''
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs)
    if (count > 0) text += `${count}${unit}`
    rest -= count * unitMs
  }
  return text === '' ? '0s' : text
}

/**
 * Reads a time as people write it: `2026-11-22`, `2026-11-22T10:30`, `2026-11-22T10:30:05Z`, with `Z` or an offset.
 * Without an offset it is UTC. A date that the calendar does not have is refused, and so are
 * years before 1900 and after 2999.
 *
 * @returns milliseconds since 1970 and how long the written place lasts (a day, a minute, a second, or a millisecond),
 *   or null when the text is no time
 */
export function parseTime(text: string): { readonly timeMs: number; readonly spanMs: number } | null {
  const match = TIME.exec(text.toUpperCase())
  if (match === null) return null
  const [, date = '', minute, second, fraction, offset] = match
  const clock = minute === undefined ? '00:00:00' : `${minute}:${second ?? '00'}`
  const timeMs = Date.parse(`${date}T${clock}${fraction ?? ''}Z`)
  if (Number.isNaN(timeMs) || new Date(timeMs).toISOString().slice(0, 10) !== date) return null
  const spanMs =
    fraction !== undefined ? 1 : second !== undefined ? SECOND_MS : minute !== undefined ? MINUTE_MS : DAY_MS
  return { timeMs: timeMs - offsetMs(offset), spanMs }
}

const TIME =
  /^((?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(\.[0-9]{1,3})?)?(Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?)?$/

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset === 'Z') return 0
  const sign = offset.startsWith('-') ? -1 : 1
  return sign * (Number(offset.slice(1, 3)) * HOUR_MS + Number(offset.slice(-2)) * MINUTE_MS)
}
