import { parseDuration, parseTime } from '@andon/core/base'
import { UsageError } from '../exit.ts'

/** A time to come as RFC 3339, of a flag that takes a duration from now, such as `30m`, or a time. */
export function momentFlag(flag: string, written: string, nowMs: number): string {
  const durationMs = parseDuration(written)
  const timeMs = durationMs === null ? parseTime(written)?.timeMs : nowMs + durationMs
  if (timeMs !== undefined) return new Date(timeMs).toISOString()
  throw new UsageError(
    `${flag} does not understand "${written}".`,
    'Give a duration such as 30m, or a time such as 2026-11-22T14:00Z.',
  )
}

/** A time that was as RFC 3339, of a flag that takes an age, such as `2h`, or a time. */
export function pastFlag(flag: string, written: string, nowMs: number): string {
  const ageMs = parseDuration(written)
  const timeMs = ageMs === null ? parseTime(written)?.timeMs : nowMs - ageMs
  if (timeMs !== undefined) return new Date(timeMs).toISOString()
  throw new UsageError(
    `${flag} does not understand "${written}".`,
    'Give an age such as 2h, or a time such as 2026-11-22T14:00Z.',
  )
}
