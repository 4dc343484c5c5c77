/** Fills the array with random bytes, like `crypto.getRandomValues`. */
export type RandomBytes = (bytes: Uint8Array<ArrayBuffer>) => unknown

/** The sources of a generator; production passes `Date.now` and `crypto.getRandomValues`. */
export interface UuidSources {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: RandomBytes
}

/** Random bytes of one id: 6 for the start of the counter, 4 for the end of the id. */
const BYTES_PER_ID = 10

/** Ids that one call of the random source serves. */
const IDS_PER_DRAW = 64

/**
 * A generator of UUIDv7 (RFC 9562 §5.7) whose ids rise strictly within the process: the 42 bits after the time are a
 * counter with a random start for each millisecond, the last 32 are random. When the clock stands or goes back the
 * last time is used on. The counter starts in its lower half: 2^41 ids fit in what is left, more than any process makes.
 */
export function uuidGenerator({ now, random }: UuidSources): () => string {
  const bytes = new Uint8Array(BYTES_PER_ID * IDS_PER_DRAW)
  const view = new DataView(bytes.buffer)
  let offset = bytes.length
  let lastMs = -1
  let counter = 0

  return () => {
    if (offset >= bytes.length) {
      random(bytes)
      offset = 0
    }
    const nowMs = Math.max(0, Math.trunc(now()))
    if (nowMs > lastMs) {
      lastMs = nowMs
      counter = (view.getUint16(offset) % 512) * 2 ** 32 + view.getUint32(offset + 2)
    } else {
      counter += 1
    }
    const tail = view.getUint32(offset + 6)
    offset += BYTES_PER_ID
    return format(lastMs, counter, tail)
  }
}

/** Whether `text` is a UUID of any version in the usual form; capitals are accepted. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
}

/** When a UUIDv7 was made, in milliseconds since 1970; null for anything else. */
export function uuidTime(id: string): number | null {
  if (!isUuid(id) || id[14] !== '7') return null
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** The lowest UUIDv7 of a millisecond: ids made at or after that time are not below it. */
export function uuidFloor(timeMs: number): string {
  return format(Math.max(0, Math.trunc(timeMs)), 0, 0)
}

/**
 * The range of ids that begin with a prefix as people type it (4 to 36 characters, dashes optional, capitals
 * accepted), both ends included; null when `prefix` cannot be the beginning of an id.
 */
export function uuidPrefixRange(prefix: string): { readonly from: string; readonly to: string } | null {
  const digits = prefix.replaceAll('-', '').toLowerCase()
  if (digits.length < 4 || !/^[0-9a-f]{4,32}$/.test(digits)) return null
  const from = dashed(digits.padEnd(32, '0'))
  const to = dashed(digits.padEnd(32, 'f'))
  const typed = prefix.toLowerCase()
  return typed === digits || from.startsWith(typed) ? { from, to } : null
}

/**
 * A short form of an id for narrow places: its last `length` characters without dashes, since the first ones are the
 * time and equal for all jobs of one batch.
 */
export function uuidShort(id: string, length = 8): string {
  return id.replaceAll('-', '').slice(-length).toLowerCase()
}

/**
 * The shortest prefix length (at least `least`, default 8) at which no two of the ids look alike, for lists whose
 * ids people type back.
 */
export function uniquePrefixLength(ids: readonly string[], least = 8): number {
  const sorted = [...new Set(ids)].toSorted()
  let longest = least
  for (let index = 1; index < sorted.length; index += 1) {
    longest = Math.max(longest, commonPrefix(sorted[index - 1] ?? '', sorted[index] ?? '') + 1)
  }
  return Math.min(longest, 36)
}

function commonPrefix(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

/** 48 bits of time, version 7, 12 bits of counter, variant 10, 30 bits of counter, 32 random bits. */
function format(timeMs: number, counter: number, random: number): string {
  const high = 0x7000 + Math.floor(counter / 2 ** 30)
  const low = 0x80000000 + (counter % 2 ** 30)
  return `${hex32(timeMs / 2 ** 16)}-${hex16(timeMs % 2 ** 16)}-${hex16(high)}-${hex16(low >>> 16)}-${hex16(low)}${hex32(random)}`
}

/** By the byte: numbers that are written by themselves take three times as long, and each job has an id. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex32(bits: number): string {
  return hex16(bits >>> 16) + hex16(bits)
}

function hex16(bits: number): string {
  return `${HEX[(bits >>> 8) & 0xff]}${HEX[bits & 0xff]}`
}

function dashed(digits: string): string {
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
}
