import type { QuietTime } from '../wire/rules.ts'

/** Whether a moment lies in hours of the day as its zone's clocks show it; `to` is not in them. */
export function isQuietHour({ from, to, zone }: NonNullable<QuietTime['hours']>, atMs: number): boolean {
  const clock = clockAt(zone, atMs)
  return from <= to ? clock >= from && clock < to : clock >= from || clock < to
}

/** Whether there is a time zone of this name. */
export function isTimeZone(zone: string): boolean {
  try {
    return clockAt(zone, 0) !== ''
  } catch {
    return false
  }
}

/** `HH:MM`, which sorts as it runs. @throws RangeError for an unknown zone */
function clockAt(zone: string, atMs: number): string {
  const shown = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return shown.format(atMs)
}
