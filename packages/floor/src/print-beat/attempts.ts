import { parseTime } from '@andon/core'

/** An attempt of a press to print a job, as a record of the shop's table. */
export interface PrintBeatRecord {
  /** A bigint as text. */
  readonly marker: string
  /** The press as the entry names it. With marker and completion time it tells one attempt from all others. */
  readonly device: string
  /** Name of the imposition. */
  readonly name: string
  readonly status: 'PRINTED' | 'ABORTED'
  /** Null when Print Beat does not say. */
  readonly completed_at: string | null
  readonly copies: number | null
  /** The entry as it came. */
  readonly payload: Readonly<Record<string, unknown>>
}

/** An entry that is no record, kept for a person to see. */
export interface SetAsideEntry {
  readonly marker: string | null
  readonly reason: string
  /** As JSON. */
  readonly entry: string
}

/** What a page came to. */
export interface ReadPage {
  readonly records: readonly PrintBeatRecord[]
  readonly setAside: readonly SetAsideEntry[]
  /** Highest marker of the page, also among what was set aside; null when no entry has one. */
  readonly lastMarker: string | null
}

const HIGHEST_COPIES = 2_147_483_647

/** Takes entries apart one by one: a bad one does not stop the others. */
export function readPage(entries: readonly unknown[]): ReadPage {
  const records: PrintBeatRecord[] = []
  const setAside: SetAsideEntry[] = []
  let last: bigint | null = null
  for (const entry of entries) {
    const marker = markerOf(entry)
    if (marker !== null && (last === null || BigInt(marker) > last)) last = BigInt(marker)
    const read = readEntry(entry, marker)
    if (typeof read === 'string') setAside.push({ marker, reason: read, entry: JSON.stringify(entry) })
    else records.push(read)
  }
  return { records, setAside, lastMarker: last === null ? null : String(last) }
}

/** The record, or in words why it is none. */
function readEntry(entry: unknown, marker: string | null): PrintBeatRecord | string {
  if (!isObject(entry)) return 'The entry is no object.'
  if (marker === null) return 'The marker is no whole number.'
  const device = entry['deviceId'] ?? entry['pressSerialNumber']
  if (typeof device !== 'string' || device === '') return 'The entry names no press.'
  const { copies = null, jobCompleteTime = null, jobName: name } = entry
  if (typeof name !== 'string') return 'jobName is no text.'
  const status = statusOf(entry['jobProgress'])
  if (status === null) return `jobProgress is ${shown(entry['jobProgress'])}, neither PRINTED nor ABORTED.`
  const completedAt = timeOf(jobCompleteTime)
  if (completedAt === undefined) return `jobCompleteTime is ${shown(jobCompleteTime)}, no time.`
  if (!isCount(copies)) return `copies is ${shown(copies)}, no number of copies.`
  return { marker, device, name, status, completed_at: completedAt, copies, payload: entry }
}

/** Markers are numbers; beyond 2^53 one could not be told from its neighbours any more, unless it comes as text. */
function markerOf(entry: unknown): string | null {
  const marker = isObject(entry) ? entry['marker'] : null
  if (typeof marker === 'number' && Number.isSafeInteger(marker) && marker >= 0) return String(marker)
  return typeof marker === 'string' && /^\d{1,18}$/.test(marker) ? String(BigInt(marker)) : null
}

function statusOf(value: unknown): 'PRINTED' | 'ABORTED' | null {
  const word = typeof value === 'string' ? value.toUpperCase() : ''
  return word === 'PRINTED' || word === 'ABORTED' ? word : null
}

/** UTC with milliseconds; null when there is none, undefined when it cannot be read. */
function timeOf(value: unknown): string | null | undefined {
  if (value === null || value === '') return null
  if (typeof value !== 'string') return undefined
  const time = parseTime(value.replace(/(\.\d{3})\d+/, '$1'))
  return time === null ? undefined : new Date(time.timeMs).toISOString()
}

function isCount(value: unknown): value is number | null {
  return (
    value === null || (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= HIGHEST_COPIES)
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 60)
}
