/** Characters of a message that are looked at; errors differ within the first lines or not at all. */
const MESSAGE_LIMIT = 2_000

/**
 * The id of the group of errors that have the same cause, such as `printer_offline.3f09a1c2b47d`: the code and a hash
 * of the message and the place, in which numbers, ids, hexadecimal and quoted text do not count. The same for every
 * process and version, since groups are kept.
 *
 * @param where the place that makes two equal messages different causes: a job type, a printer, a file and function
 */
export function errorFingerprint(code: string, message: string, where = ''): string {
  const text = `${normaliseMessage(message)}\n${normaliseMessage(where)}`
  return `${code}.${hash53(text).toString(16).padStart(14, '0')}`
}

/** A message with everything that changes from one occurrence to the next replaced by `#` or `"…"`. */
export function normaliseMessage(message: string): string {
  return message
    .slice(0, MESSAGE_LIMIT)
    .toLowerCase()
    .replace(/"[^"]*"|“[^”]*”|`[^`]*`/g, '"…"')
    .replace(/(^|[\s([:=,])'[^']*'/g, '$1"…"')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '#')
    .replace(/\b0x[0-9a-f]+/g, '#')
    .replace(/[0-9a-z]+/g, (word) => (isHexId(word) ? '#' : word.replace(/[0-9]+/g, '#')))
    .replace(/#(?:[.,:]#)+/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Long words of hexadecimal digits with at least one figure in them: hashes and ids, not "facade". */
function isHexId(word: string): boolean {
  return word.length >= 8 && /^[0-9a-f]+$/.test(word) && /[0-9]/.test(word)
}

/** A 53-bit hash of UTF-16 units (two multiplicative lanes, mixed at the end); spreads well, is no defence. */
function hash53(text: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0)
}
