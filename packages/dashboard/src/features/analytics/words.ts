import { type AnalyticsBucket, DAY_MS, durationWords, SECOND_MS } from '@andon/core'
import { count, exactTime, plural, shortCount, shortDay } from '../../ui/format.ts'
import { type AnalyticsView, dayIn } from './view.ts'

/** How a figure stands against the one of the period before. */
export interface Change {
  /** Null where there was nothing before to stand against. */
  readonly direction: 'up' | 'down' | 'same' | null
  /** `12 % more`, `3 points lower`, `none before`. */
  readonly words: string
  /** Null where neither way is better. */
  readonly isBetter: boolean | null
}

/** Which way is better; `neither` for what is only more or less. */
export type Better = 'more' | 'less' | 'neither'

/** Less than this is shown as the same. */
const LEAST_CHANGE = 0.005

/** The change of an amount: in parts of what was before. Null ones are not known. */
export function amountChange(now: number | null, before: number | null, better: Better = 'neither'): Change | null {
  if (now === null || before === null) return null
  if (before === 0) return now === 0 ? same() : { direction: null, words: 'none before', isBetter: null }
  const change = now / before - 1
  if (Math.abs(change) < LEAST_CHANGE) return same()
  const percent = `${Math.round(Math.abs(change) * 100).toLocaleString('en')} %`
  return { ...towards(change, better), words: `${percent} ${change > 0 ? 'more' : 'less'}` }
}

/** The change of a time, in words for times. */
export function timeChange(now: number | null, before: number | null): Change | null {
  const change = amountChange(now, before, 'less')
  if (change === null || change.direction === 'same' || before === 0) return change
  return { ...change, words: change.words.replace('more', 'longer').replace('less', 'shorter') }
}

/** The change of a share: in percentage points, since a part of a part says little. */
export function shareChange(now: number | null, before: number | null, better: Better): Change | null {
  if (now === null || before === null) return null
  const points = (now - before) * 100
  if (Math.abs(points) < 0.05) return same()
  const size = Math.abs(points) >= 10 ? Math.round(Math.abs(points)) : Number(Math.abs(points).toFixed(1))
  const words = `${size} ${size === 1 ? 'point' : 'points'} ${points > 0 ? 'higher' : 'lower'}`
  return { ...towards(points, better), words }
}

function same(): Change {
  return { direction: 'same', words: 'as before', isBetter: null }
}

function towards(change: number, better: Better): Pick<Change, 'direction' | 'isBetter'> {
  return { direction: change > 0 ? 'up' : 'down', isBetter: isBetter(change, better) }
}

function isBetter(change: number, better: Better): boolean | null {
  return better === 'neither' ? null : change > 0 === (better === 'more')
}

/** A number; a dash where there is none. */
export function countOrNone(value: number | null): string {
  return value === null ? '–' : count(value)
}

/** `2.4 %`; a dash when there is nothing to take a part of. */
export function percent(share: number | null): string {
  if (share === null) return '–'
  const value = share * 100
  if (value === 0 || value === 100) return `${value} %`
  // What is nearly all must not read as all.
  const places = value < 10 || value > 99 ? 1 : 0
  const shown = Math.min(99.9, Math.max(0.1, value))
  return `${shown.toFixed(places)} %`
}

/** Seconds as people say them; a dash when there are none to speak of. */
export function secondsText(seconds: number | null): string {
  return seconds === null ? '–' : durationWords(seconds * SECOND_MS)
}

/** A time on an axis, in one unit. */
export function axisSeconds(seconds: number): string {
  if (seconds >= 3_600) return `${shortCount(Math.round((seconds / 3_600) * 10) / 10)} h`
  if (seconds >= 60) return `${Math.round((seconds / 60) * 10) / 10} min`
  return `${Math.round(seconds * 10) / 10} s`
}

/** `Tue 24 Nov` for days and `Tue 24 Nov, 10:00` for hours, in a zone. */
export function startWords(start: string, { bucket, zone }: { bucket: AnalyticsBucket; zone: string }): string {
  return formatterOf(zone, bucket)
    .format(Date.parse(start))
    .replace(/^(\w+),/, '$1')
}

/** The same for an axis, where there is little room: `24 Nov`, `10:00`. */
export function startMark(start: string, { bucket, zone }: { bucket: AnalyticsBucket; zone: string }): string {
  const words = startWords(start, { bucket, zone })
  return bucket === 'hour' ? (words.split(', ')[1] ?? words) : words.replace(/^\w+ /, '')
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string, bucket: AnalyticsBucket): Intl.DateTimeFormat {
  const key = `${zone} ${bucket}`
  const known = formatters.get(key)
  if (known !== undefined) return known
  const day = { weekday: 'short', day: 'numeric', month: 'short', timeZone: zone } as const
  const hour = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const made = new Intl.DateTimeFormat('en-GB', bucket === 'hour' ? { ...day, ...hour } : day)
  formatters.set(key, made)
  return made
}

/** What a group is called where it has no name. */
export function groupName(name: string | null): string {
  return name ?? 'Without a printer'
}

/** An A4 sheet reads better than `iso_a4_210x297mm`; the name in full is kept beside it. */
export function mediaName(media: string | null): string {
  if (media === null) return 'The printer’s own'
  const [, name = '', size = ''] = /^[a-z]+_(.+)_([0-9.]+x[0-9.]+(?:mm|in))$/.exec(media) ?? []
  if (name === '') return media
  const title = /^[a-z]\d+$/.test(name) ? name.toUpperCase() : name.replaceAll('-', ' ')
  return `${title}, ${size.replace('x', ' × ').replace(/(mm|in)$/, ' $1')}`
}

/** `1,240 labels` */
export function amountWords(value: number, unit: 'labels' | 'jobs' | 'reprints' | 'sheets'): string {
  return `${count(value)} ${value === 1 ? unit.slice(0, -1) : unit}`
}

/** Which time is looked at and what it is compared with, in one line. */
export function periodWords({ period, since, until, zone }: AnalyticsView): string {
  const before = `compared with the ${lengthWords(until.getTime() - since.getTime())} before`
  if (period !== null) {
    const [from, to] = [since, until].map((at) => exactTime(at.getTime(), zone).slice(0, -3))
    return `${from} – ${to}, ${before}`
  }
  const [first, last] = [since.getTime(), until.getTime() - 1].map((atMs) => shortDay(dayIn(zone, atMs)))
  return `${first === last ? first : `${first} – ${last}`}, ${before}`
}

/** Days, also where a clock change made one of them longer or shorter. */
function lengthWords(ms: number): string {
  const days = Math.round(ms / DAY_MS)
  return days <= 1 ? '24 hours' : plural(days, 'day')
}
