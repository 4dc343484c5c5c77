import { problem } from '@andon/core'

/** Levels of objects and lists that a request may have. */
export const MAX_JSON_DEPTH = 32

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Reads the JSON of a request: UTF-8, at most 32 levels deep, no NUL, no lone surrogates, no integers that cannot be
 * kept exactly, no `__proto__`. Linear in the size of the body, and the depth is known before anything is built.
 *
 * @throws a problem that names the place
 */
export function parseGuardedJson(body: Uint8Array): unknown {
  refuseDepth(body)
  const value = parse(decode(body))
  // Places are only made for what is refused: their texts would cost more than all else.
  if (!isSound(value)) checkValue(value, '')
  return value
}

/** Checks texts that came by another way than JSON: path, query, headers of the application. */
export function checkText(text: string, field: string): void {
  if (text.includes('\0')) throw problem('nul_character', { field, detail: `${nameOf(field)} contains U+0000` })
  if (!text.isWellFormed()) {
    throw problem('invalid_unicode', { field, detail: `${nameOf(field)} contains a lone surrogate` })
  }
}

/** One reference token of a JSON pointer (RFC 6901 §3). */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body)
  } catch (cause) {
    throw problem('invalid_unicode', { detail: 'The body is not UTF-8', cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const said = cause instanceof SyntaxError ? cause.message : ''
    const position = /at position (\d+)/.exec(said)?.[1]
    const place = position === undefined ? 'at its end' : placeOf(text, Number(position))
    throw problem('invalid_json', { detail: `The body is not valid JSON ${place}`, cause })
  }
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split('\n')
  return `at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

interface Level {
  isList: boolean
  index: number
  keyFrom: number
  keyTo: number
}

/** Walks the bytes once; strings are skipped by searching for their end. */
function refuseDepth(body: Uint8Array): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const levels: Level[] = []
  let textFrom = 0
  let textTo = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    const level = levels.at(-1)
    if (byte === QUOTE) {
      textFrom = at + 1
      at = endOfText(bytes, textFrom)
      textTo = at
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (levels.length >= MAX_JSON_DEPTH) throw tooDeep(bytes, levels)
      levels.push({ isList: byte === OPEN_LIST, index: 0, keyFrom: 0, keyTo: 0 })
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) levels.pop()
    else if (byte === COMMA && level) level.index += 1
    else if (byte === COLON && level) {
      level.keyFrom = textFrom
      level.keyTo = textTo
    }
  }
}

/** Position of the quote that ends the text, or the end of the body. Runs of backslashes are looked at once each. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    at = bytes.indexOf(QUOTE, at)
    if (at === -1) return bytes.length
    let backslashes = 0
    while (at - 1 - backslashes >= from && bytes[at - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return at
    at += 1
  }
}

function tooDeep(bytes: Buffer, levels: readonly Level[]): Error {
  const tokens = levels.map((level) =>
    level.isList ? String(level.index) : pointerToken(bytes.toString('utf8', level.keyFrom, level.keyTo).slice(0, 50)),
  )
  return problem('json_too_deep', {
    field: `/${tokens.join('/')}`,
    detail: `The JSON has more than ${MAX_JSON_DEPTH} levels`,
    allowed: `${MAX_JSON_DEPTH} levels`,
  })
}

/** Whether `checkValue` would refuse nothing. The depth is bounded by now, so recursion is too. */
function isSound(value: unknown): boolean {
  if (typeof value === 'string') return isSoundText(value)
  if (typeof value === 'number') return isExact(value)
  if (Array.isArray(value)) return value.every(isSound)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, entry]) => key !== '__proto__' && isSoundText(key) && isSound(entry))
}

function isSoundText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

function checkValue(value: unknown, field: string): void {
  if (typeof value === 'string') checkText(value, field)
  else if (typeof value === 'number') checkNumber(value, field)
  else if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) checkValue(entry, `${field}/${index}`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      const place = `${field}/${pointerToken(key)}`
      checkText(key, place)
      if (key === '__proto__') throw problem('validation_failed', { field: place, detail: 'This name is not allowed' })
      checkValue(entry, place)
    }
  }
}

function checkNumber(value: number, field: string): void {
  if (isExact(value)) return
  throw problem('number_out_of_range', {
    field,
    detail: `${nameOf(field)} cannot be kept exactly`,
    allowed: '-9007199254740991 to 9007199254740991',
  })
}

function nameOf(field: string): string {
  return field === '' ? 'The body' : field.replaceAll('\0', '␀').toWellFormed()
}
