import { problem } from '@andon/core'

/** What a label template is filled with: one value for each `{{field}}`. */
export type TemplateData = Readonly<Record<string, string | number | boolean | null>>

const FIELD = /\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}/g
/** The field data in which a placeholder may stand. */
const FIELD_DATA = /(\^F[DV])([\s\S]*?)(\^FS)/gi
const HEX_MARK = '_'
const MAX_VALUE_LENGTH = 4_000

/** Names of the fields of a template, each once, in the order in which they appear. */
export function templateFields(template: string): string[] {
  return [...new Set([...template.matchAll(FIELD)].map((match) => match[1] ?? ''))]
}

/**
 * Fills a ZPL template. Values go into field data as hexadecimal where a character could be taken for a command:
 * `^`, `~`, control characters, the mark itself, and whatever is not ASCII (as UTF-8, which the template has to choose
 * with `^CI28`). Field data with a placeholder gets its `^FH` if it has none. Outside of field data only letters,
 * digits, dots and minus signs are put in, since nothing can be quoted there.
 *
 * @throws AndonError `validation_failed` naming the field that is missing, too long, or not allowed at its place.
 */
export function mergeZpl(template: string, data: TemplateData): string {
  const filled = template.replace(FIELD_DATA, (whole: string, ...parts: unknown[]) => {
    const [fd, body, fs, at] = parts as [string, string, string, number]
    if (body.search(FIELD) < 0) return whole
    const own = ownMark(template.slice(0, at))
    const mark = own ?? HEX_MARK
    // Without a mark of its own the template's text is literal: what it holds must not become an escape.
    const literal = own === null ? escapeMark(body, mark) : body
    const merged = literal.replace(FIELD, (_, name: string) => escapeZpl(valueOf(data, name), mark))
    return `${own === null ? `^FH${mark}` : ''}${fd}${merged}${fs}`
  })
  return filled.replace(FIELD, (_, name: string) => bareValue(data, name))
}

/** Writes a value so that a ZPL printer prints it and never obeys it, inside field data with `^FH<mark>`. */
export function escapeZpl(value: string, mark: string = HEX_MARK): string {
  let escaped = ''
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0
    const isPlain = code >= 0x20 && code < 0x7f && !'^~\\'.includes(character) && character !== mark
    escaped += isPlain ? character : hexBytes(character, mark)
  }
  return escaped
}

function hexBytes(character: string, mark: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `${mark}${byte.toString(16).padStart(2, '0').toUpperCase()}`)
    .join('')
}

/** The mark of the `^FH` that is in force for the field that `before` leads up to; null when it has none. */
function ownMark(before: string): string | null {
  const field = before.slice(Math.max(before.toUpperCase().lastIndexOf('^FS'), 0))
  const found = /\^FH([^^~]?)/gi
  const last = [...field.matchAll(found)].at(-1)
  if (last === undefined) return null
  return last[1] === undefined || last[1] === '' ? HEX_MARK : last[1]
}

function escapeMark(body: string, mark: string): string {
  return body
    .split(FIELD_KEEP)
    .map((part) => (part.startsWith('{{') ? part : part.replaceAll(mark, hexBytes(mark, mark))))
    .join('')
}

const FIELD_KEEP = /(\{\{\s*[A-Za-z0-9_.-]{1,64}\s*\}\})/

function bareValue(data: TemplateData, name: string): string {
  const value = valueOf(data, name)
  if (/^[A-Za-z0-9.-]{0,64}$/.test(value)) return value
  throw problem('validation_failed', {
    field: `/data/${name}`,
    detail: `"${name}" stands outside of ^FD … ^FS, where only simple values can be put in.`,
    allowed: 'letters, digits, dots and minus signs',
  })
}

function valueOf(data: TemplateData, name: string): string {
  const value = Object.hasOwn(data, name) ? data[name] : undefined
  if (value === undefined) {
    throw problem('validation_failed', {
      field: `/data/${name}`,
      detail: `The template needs "${name}".`,
      allowed: 'a text or number',
    })
  }
  const text = value === null ? '' : String(value)
  if (text.length <= MAX_VALUE_LENGTH) return text.toWellFormed()
  throw problem('validation_failed', {
    field: `/data/${name}`,
    detail: `"${name}" is too long.`,
    allowed: `at most ${MAX_VALUE_LENGTH} characters`,
  })
}
