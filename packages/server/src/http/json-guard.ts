import { problem } from '@andon/core'
import { checkValue, MAX_JSON_DEPTH, pointerToken, tooDeep } from '@andon/core/requests'

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
  checkValue(value)
  return value
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
      if (levels.length >= MAX_JSON_DEPTH) throw tooDeep(placeOfLevels(bytes, levels))
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

function placeOfLevels(bytes: Buffer, levels: readonly Level[]): string {
  const tokens = levels.map((level) =>
    level.isList ? String(level.index) : pointerToken(bytes.toString('utf8', level.keyFrom, level.keyTo).slice(0, 50)),
  )
  return `/${tokens.join('/')}`
}
