export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
export const WEEK_MS = 604_800_000

/**
 * A duration for people, in its two greatest units: `350 ms`, `4.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
 * Negative ones count as none.
 */
export function durationWords(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs))
  if (ms < SECOND_MS) return `${ms} ms`
  if (ms < 9_950) return `${(ms / SECOND_MS).toFixed(1)} s`
  const seconds = Math.round(ms / SECOND_MS)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return twoUnits(seconds, 60, ['min', 's'])
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 1_440) return twoUnits(minutes, 60, ['h', 'min'])
  return twoUnits(Math.round(ms / HOUR_MS), 24, ['d', 'h'])
}

function twoUnits(count: number, perGreater: number, [greater, smaller]: readonly [string, string]): string {
  const rest = count % perGreater
  const first = `${Math.floor(count / perGreater)} ${greater}`
  return rest === 0 ? first : `${first} ${rest} ${smaller}`
}

/**
 * How long ago or ahead a time is, for people: `just now` (within 5 s), `42 s ago`, `3 min ago`, `in 2 h`,
 * `5 d ago`; only the greatest unit, since the exact time is shown on hover.
 */
export function relativeTime(timeMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - timeMs)
  if (distance < 5_000) return 'just now'
  const words = oneUnit(distance)
  return timeMs > nowMs ? `in ${words}` : `${words} ago`
}

function oneUnit(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`
  return `${Math.floor(ms / DAY_MS)} d`
}
