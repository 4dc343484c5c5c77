import { DAY_MS, MINUTE_MS, SECOND_MS } from '../time.ts'
import { formatDuration } from '../written-time.ts'
import type { Query, QueryTerm, QueryText, QueryValue } from './ast.ts'
import { looksLikeField } from './scan.ts'

/** Writes a query so that reading it gives the same query: fields first, then free text. */
export function printQuery(query: Query): string {
  return [...query.terms.map(printTerm), ...query.text.map(printText)].join(' ')
}

/** Writes one `field:value`. */
export function printTerm(term: QueryTerm): string {
  const name = [term.field, ...term.path].join('.')
  return `${term.isNegated ? '-' : ''}${name}:${printValues(term)}`
}

function printValues({ op, values }: QueryTerm): string {
  const written = values.map(printValue)
  if (op === 'range') return written.join('..')
  return op === 'is' ? written.join(',') : `${op}${written.join('')}`
}

function printValue(value: QueryValue): string {
  if (value.kind === 'word') return quoteValue(value.text)
  if (value.kind === 'wildcard') return value.text
  if (value.kind === 'number') return String(value.value)
  if (value.kind === 'time') return printTime(value.timeMs, value.spanMs)
  return value.kind === 'open' ? '' : formatDuration(value.ms)
}

/** A time to the place to which it was written. */
function printTime(timeMs: number, spanMs: number): string {
  const iso = new Date(timeMs).toISOString()
  if (spanMs === DAY_MS) return iso.slice(0, 10)
  if (spanMs === MINUTE_MS) return `${iso.slice(0, 16)}Z`
  return spanMs === SECOND_MS ? `${iso.slice(0, 19)}Z` : iso
}

function printText({ text, isPrefix, isNegated }: QueryText): string {
  const isBare = /^[^\s"*-][^\s"*]*$/.test(text) && !looksLikeField(text) && !['AND', 'OR', 'NOT'].includes(text)
  return `${isNegated ? '-' : ''}${isBare || isPrefix ? text : quote(text)}${isPrefix ? '*' : ''}`
}

/** A value as it must be written in a query: in quotes where a blank, comma, quote, star, dots or sign asks for it. */
export function quoteValue(text: string): string {
  return /^[^\s",*<>][^\s",*]*$/.test(text) && !text.includes('..') ? text : quote(text)
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
