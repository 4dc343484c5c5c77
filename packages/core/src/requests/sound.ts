import { type AndonError, problem } from '../errors.ts'

/** Levels of objects and lists that a request may have. */
export const MAX_JSON_DEPTH = 32

/**
 * Refuses what cannot be kept as it was sent: NUL, lone surrogates, integers that are not exact, `__proto__`, more than
 * 32 levels.
 *
 * @param value as JSON gives it
 * @throws a problem that names the place: `nul_character`, `invalid_unicode`, `number_out_of_range`, `json_too_deep`,
 *   `validation_failed`
 */
export function checkValue(value: unknown): void {
  // Places are only made for what is refused: their texts would cost more than all else.
  if (!isSound(value, MAX_JSON_DEPTH)) refuseValue(value, '', MAX_JSON_DEPTH)
}

/** Checks texts that came by another way than JSON: path, query, headers of the application. */
export function checkText(text: string, field: string): void {
  if (text.includes('\0')) throw problem('nul_character', { field, detail: `${nameOf(field)} contains U+0000` })
  if (!text.isWellFormed()) {
    throw problem('invalid_unicode', { field, detail: `${nameOf(field)} contains a lone surrogate` })
  }
}

/** The refusal of a place below which nothing may stand. */
export function tooDeep(field: string): AndonError {
  return problem('json_too_deep', {
    field,
    detail: `The JSON has more than ${MAX_JSON_DEPTH} levels`,
    allowed: `${MAX_JSON_DEPTH} levels`,
  })
}

/** One reference token of a JSON pointer (RFC 6901 §3). */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** Whether `refuseValue` would refuse nothing. */
function isSound(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return isSoundText(value)
  if (typeof value === 'number') return isExact(value)
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((entry) => isSound(entry, levels - 1))
  return Object.entries(value).every(
    ([key, entry]) => key !== '__proto__' && isSoundText(key) && isSound(entry, levels - 1),
  )
}

function isSoundText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

function refuseValue(value: unknown, field: string, levels: number): void {
  if (typeof value === 'string') checkText(value, field)
  else if (typeof value === 'number') checkNumber(value, field)
  else if (typeof value === 'object' && value !== null) {
    if (levels === 0) throw tooDeep(field)
    for (const [key, entry] of Object.entries(value)) {
      const place = `${field}/${pointerToken(key)}`
      checkText(key, place)
      if (key === '__proto__') throw problem('validation_failed', { field: place, detail: 'This name is not allowed' })
      refuseValue(entry, place, levels - 1)
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
