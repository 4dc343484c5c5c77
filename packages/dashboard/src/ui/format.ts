import { durationWords, SECOND_MS } from '@andon/core'

/** Whole numbers with separators: `12,480`. */
export function count(value: number): string {
  return value.toLocaleString('en')
}

/** `1 job`, `3 jobs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** A number small enough for a tile: `980`, `12.4k`, `1.2M`. */
export function shortCount(value: number): string {
  if (value < 10_000) return count(value)
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value).toLowerCase()
}

/** The first part of an id, enough to tell neighbours apart: UUIDv7 begins with the time, so its end is shown. */
export function shortId(id: string): string {
  return id.slice(-8)
}

/** An exact time in a zone, with seconds: `22 Nov 2026, 10:02:41`. `zone` is `local` or an IANA name. */
export function exactTime(time: string | number, zone: string): string {
  return formatter(zone, true).format(new Date(time))
}

/** The time of day with seconds: `10:02:41`. */
export function clockTime(time: string | number, zone: string): string {
  return formatter(zone, false).format(new Date(time))
}

/** The time of day without seconds: `10:02`. */
export function minuteTime(time: string | number, zone: string): string {
  return clockTime(time, zone).slice(0, 5)
}

/** A day as it is written in a query, `2026-11-24`, in words: `24 Nov 2026`. */
export function shortDay(day: string): string {
  return exactTime(`${day}T00:00:00Z`, 'UTC').split(',')[0] ?? day
}

/** A time that is counted while it is read: in whole seconds, since tenths would only flicker. */
export function secondsWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS))
  return seconds < 60 ? `${seconds} s` : durationWords(seconds * SECOND_MS)
}

/** The day in a zone: `Sunday, 22 November`. */
export function dayName(time: string | number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', ...inZone(zone) }).format(
    new Date(time),
  )
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string, hasDate: boolean): Intl.DateTimeFormat {
  const key = `${zone} ${hasDate}`
  const known = formatters.get(key)
  if (known !== undefined) return known
  const date = hasDate ? ({ day: 'numeric', month: 'short', year: 'numeric' } as const) : {}
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const
  const made = new Intl.DateTimeFormat('en-GB', { ...date, ...clock, ...inZone(zone) })
  formatters.set(key, made)
  return made
}

function inZone(zone: string): { timeZone?: string } {
  return zone === 'local' ? {} : { timeZone: zone }
}
