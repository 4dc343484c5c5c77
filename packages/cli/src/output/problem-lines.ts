import type { AndonError } from '@andon/core'
import type { Paint } from './paint.ts'
import { plain } from './text.ts'

/** A refusal for the person at the terminal: what happened, why, what to do, and the code for those who look it up. */
export function problemLines(error: AndonError, paint: Paint): string[] {
  const lines = [`${paint(['red', 'bold'], 'error:')} ${error.title}`]
  if (error.detail !== error.title && !isInFields(error)) lines.push(`  ${plain(error.detail)}`)
  lines.push(...queryLines(error, paint), ...fieldLines(error), ...candidateLines(error))
  lines.push(`${paint('cyan', '  → ')}${plain(error.hint)}`)
  lines.push(paint('dim', `  code ${codeOf(error)}${requestOf(error)}`))
  return lines
}

/** The query with a caret under the place that is wrong; the query itself is what the command sent. */
function queryLines(error: AndonError, paint: Paint): string[] {
  const { position, query } = error.extra
  if (typeof query !== 'string' || typeof position !== 'object' || position === null) return []
  const start = Number(Reflect.get(position, 'start'))
  const end = Number(Reflect.get(position, 'end'))
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > query.length) return []
  const marks = '^'.repeat(Math.max(1, Math.min(end, query.length) - start))
  return ['', `    ${plain(query)}`, `    ${' '.repeat(start)}${paint('red', marks)}`, ...expectedLines(error), '']
}

function expectedLines(error: AndonError): string[] {
  const { expected } = error.extra
  if (!Array.isArray(expected) || expected.length === 0) return []
  return [`    possible here: ${expected.slice(0, 12).join(', ')}${expected.length > 12 ? ', …' : ''}`]
}

/** The server's words for one wrong field are those of its line. */
function isInFields({ detail, errors }: AndonError): boolean {
  return errors.some((one) => detail === `${one.field} ${one.detail}`.replace(/^\//, ''))
}

function fieldLines(error: AndonError): string[] {
  if (error.code === 'query_invalid') return []
  if (error.errors.length > 0) {
    return error.errors.map(({ field, detail, allowed }) => `  ${plain(`${field}: ${detail}${allowedText(allowed)}`)}`)
  }
  if (error.field === null || error.field === '') return []
  return [`  ${plain(`field ${error.field}${allowedText(error.allowed)}`)}`]
}

function allowedText(allowed: string | readonly string[] | null | undefined): string {
  if (allowed === null || allowed === undefined) return ''
  return ` (allowed: ${typeof allowed === 'string' ? allowed : allowed.join(', ')})`
}

/** An ambiguous short id: the ones that it could be. */
function candidateLines(error: AndonError): string[] {
  const { candidates } = error.extra
  if (!Array.isArray(candidates)) return []
  return candidates.slice(0, 10).map((candidate) => {
    const id = typeof candidate === 'object' && candidate !== null ? Reflect.get(candidate, 'id') : candidate
    return `    ${plain(String(id))}`
  })
}

function codeOf(error: AndonError): string {
  const code = error.extra['code']
  return typeof code === 'string' ? plain(code) : error.code
}

function requestOf(error: AndonError): string {
  const id = error.extra['request_id']
  return typeof id === 'string' && id !== '' ? ` · request ${plain(id)}` : ''
}
