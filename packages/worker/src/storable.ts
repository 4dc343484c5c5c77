import { messageOf, problem } from '@andon/core'

/** What PostgreSQL keeps in no text: NUL, and halves of surrogate pairs, as `JSON.stringify` writes them. */
const UNSTORABLE_ESCAPE = /\\u(?:0000|d[89a-f])/

/** The text as a database can keep it: one bad character would refuse the whole set that it is written with. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/**
 * The value as JSON keeps it, so that nothing that a handler returns or logs can spoil the set it is written with.
 *
 * @throws handler_failed for what JSON cannot say: circles, bigints, a `toJSON` that throws
 */
export function storableJson(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return storableText(value)
  const text = stringify(value)
  if (text === undefined) return null
  return UNSTORABLE_ESCAPE.test(text) ? cleaned(JSON.parse(text)) : value
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const detail = `The value cannot be written as JSON: ${messageOf(cause)}`
    throw problem('handler_failed', { detail, cause })
  }
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [storableText(key), cleaned(member)]))
}

/**
 * The value as it can travel to another process: what JSON keeps of it.
 *
 * @throws handler_failed for what JSON cannot say
 */
export function plainJson(value: unknown): unknown {
  const text = stringify(storableJson(value))
  return text === undefined ? undefined : JSON.parse(text)
}

/** A log line never fails its handler: what JSON cannot say is kept as text. */
export function logData(data: unknown): unknown {
  try {
    return storableJson(data)
  } catch {
    return storableText(Object.prototype.toString.call(data))
  }
}
