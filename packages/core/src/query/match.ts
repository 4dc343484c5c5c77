import type { Query, QueryTerm, QueryText, QueryValue } from './ast.ts'
import { FACET_VALUES, type JobFacets, jobCompounds } from './facets.ts'
import { statesOf } from './fields.ts'
import { compoundsOf, facetValue } from './words.ts'

/** Levels of a JSON document that a path can go down. */
const PATH_LIMIT = 32

/** Whether a job is one that the query asks for. Ages and running durations are taken at `nowMs`. */
export function matchesQuery(query: Query, job: JobFacets, nowMs: number): boolean {
  return (
    query.terms.every((term) => matchesTerm(term, job, nowMs) !== term.isNegated) &&
    (query.text.length === 0 || matchesTexts(query.text, job))
  )
}

function matchesTerm(term: QueryTerm, job: JobFacets, nowMs: number): boolean {
  const facets = FACET_VALUES.get(term.field)
  if (facets !== undefined) return matchesWords(term, facets(job))
  if (term.field === 'input' || term.field === 'result') {
    return valuesAt(job[term.field], term.path).some((value) => matchesJson(term, value))
  }
  const time = timeOf(term.field, job)
  if (time !== undefined) return time !== null && matchesTime(term, time, nowMs)
  const number = numberOf(term.field, job, nowMs)
  return number !== null && matchesNumber(term, number)
}

function matchesWords({ field, values }: QueryTerm, words: readonly string[]): boolean {
  const folded = words.map(facetValue)
  return values.some((value) => {
    if (value.kind === 'wildcard') return folded.some((word) => matchesWildcard(value.text, word))
    if (value.kind !== 'word') return false
    if (field === 'state') return statesOf(value.text).some((state) => folded.includes(state))
    return folded.includes(facetValue(value.text))
  })
}

/** Matches from left to right, each piece at its first place: linear, and enough because `*` takes anything. */
function matchesWildcard(pattern: string, word: string): boolean {
  const pieces = pattern.split('*').map(facetValue)
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  if (!word.startsWith(first) || word.length < first.length + last.length || !word.endsWith(last)) return false
  const end = word.length - last.length
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = word.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}

function matchesTexts(texts: readonly QueryText[], job: JobFacets): boolean {
  const sources = jobCompounds(job)
  return texts.every((text) => matchesText(text, sources) !== text.isNegated)
}

/** A text without blanks stands within one compound; a phrase may run over several. */
function matchesText({ text, isPrefix }: QueryText, sources: readonly string[][][]): boolean {
  const wanted = compoundsOf(text, Number.POSITIVE_INFINITY)
  const parts = wanted.flat()
  const places = wanted.length === 1 ? sources.flat() : sources.map((compounds) => compounds.flat())
  return places.some((place) => containsParts(place, parts, isPrefix))
}

function containsParts(place: readonly string[], parts: readonly string[], isPrefix: boolean): boolean {
  const last = parts.length - 1
  return place.some((_, start) =>
    parts.every((part, index) => {
      const word = place[start + index]
      return isPrefix && index === last ? word?.startsWith(part) === true : word === part
    }),
  )
}

/** The scalars at a path; lists on the way are gone through, and their places can be named by number. */
function valuesAt(document: unknown, path: readonly string[]): readonly unknown[] {
  let values: unknown[] = [document]
  for (const key of path.slice(0, PATH_LIMIT)) {
    values = values.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return []
      if (Object.hasOwn(value, key)) return [(value as Record<string, unknown>)[key]]
      if (!Array.isArray(value)) return []
      return value.flatMap((entry) => (isRecord(entry) && Object.hasOwn(entry, key) ? [entry[key]] : []))
    })
  }
  return values.flatMap((value) => (Array.isArray(value) ? value : [value]))
}

function matchesJson(term: QueryTerm, value: unknown): boolean {
  if (value === undefined) return false
  const isPresenceAsked = term.values.some((wanted) => wanted.kind === 'wildcard' && wanted.text === '*')
  if (typeof value === 'object') return value === null ? asksFor(term, 'null') : isPresenceAsked
  if (term.op !== 'is') return typeof value === 'number' && matchesNumber(term, value)
  const word = facetValue(`${value as string | number | boolean}`)
  const isWildcardMet = (wanted: QueryValue): boolean =>
    wanted.kind === 'wildcard' && matchesWildcard(wanted.text, word)
  return asksFor(term, word) || term.values.some(isWildcardMet)
}

function asksFor(term: QueryTerm, word: string): boolean {
  return term.values.some((wanted) => wanted.kind === 'word' && facetValue(wanted.text) === word)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A time of a job; null when it has not come yet, undefined when the field is none. */
function timeOf(field: string, job: JobFacets): number | null | undefined {
  if (field === 'created') return job.createdAtMs
  if (field === 'started') return job.startedAtMs
  return field === 'finished' ? job.finishedAtMs : undefined
}

function numberOf(field: string, job: JobFacets, nowMs: number): number | null {
  if (field === 'duration') return job.startedAtMs === null ? null : (job.finishedAtMs ?? nowMs) - job.startedAtMs
  if (field === 'waited') return (job.startedAtMs ?? job.finishedAtMs ?? nowMs) - (job.queuedAtMs ?? job.createdAtMs)
  if (field === 'attempt') return job.attempt
  if (field === 'items.done') return job.itemsDone
  return field === 'items.failed' ? job.itemsFailed : job.itemsTotal
}

function matchesTime(term: QueryTerm, timeMs: number, nowMs: number): boolean {
  return timeWindows(term, nowMs).some(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs)
}

/** A stretch of time: `fromMs` is in it, `toMs` is not. */
export interface TimeWindow {
  readonly fromMs: number
  readonly toMs: number
}

/** The stretches of time that a time term asks for, without regard to its negation. */
export function timeWindows(term: QueryTerm, nowMs: number): TimeWindow[] {
  if (term.op === 'range') {
    const [from = OPEN, to = OPEN] = term.values
    // Of two ages the greater one is the earlier time, so that 2h..1d and 1d..2h both mean what is between.
    const [early, late] = from.kind === 'age' || to.kind === 'age' ? byAge(from, to) : [from, to]
    return [{ fromMs: windowOf(early, nowMs).fromMs, toMs: windowOf(late, nowMs).toMs }]
  }
  return term.values.map((value) => comparedWindow(term.op, value, nowMs))
}

const OPEN: QueryValue = { kind: 'open' }

function byAge(from: QueryValue, to: QueryValue): readonly [QueryValue, QueryValue] {
  const least = from.kind === 'age' ? from.ms : 0
  const most = to.kind === 'age' ? to.ms : Number.POSITIVE_INFINITY
  const ages = [least, most].toSorted((one, other) => one - other)
  return [toAge(ages[1]), toAge(ages[0])]
}

function toAge(ms: number | undefined): QueryValue {
  return ms === undefined || ms === Number.POSITIVE_INFINITY ? OPEN : { kind: 'age', ms }
}

function windowOf(value: QueryValue, nowMs: number): TimeWindow {
  if (value.kind === 'age') return { fromMs: nowMs - value.ms, toMs: nowMs - value.ms + 1 }
  if (value.kind === 'time') return { fromMs: value.timeMs, toMs: value.timeMs + value.spanMs }
  return { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }
}

function comparedWindow(op: QueryTerm['op'], value: QueryValue, nowMs: number): TimeWindow {
  const { fromMs, toMs } = windowOf(value, nowMs)
  const isAge = value.kind === 'age'
  // A greater age is an earlier time.
  const sense = isAge ? (op.startsWith('>') ? 'before' : 'after') : op.startsWith('>') ? 'after' : 'before'
  if (op === 'is' && !isAge) return { fromMs, toMs }
  const isIncluded = op === 'is' || op.endsWith('=')
  return sense === 'after'
    ? { fromMs: isIncluded ? fromMs : toMs, toMs: Number.POSITIVE_INFINITY }
    : { fromMs: Number.NEGATIVE_INFINITY, toMs: isIncluded ? toMs : fromMs }
}

/**
 * The stretch of time outside of which no job can match, as far as the terms on `field` say; infinite where they say
 * nothing. Lets a search leave out whole partitions.
 */
export function timeBounds(query: Query, field: 'created' | 'started' | 'finished', nowMs: number): TimeWindow {
  let bounds: TimeWindow = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }
  for (const term of query.terms) {
    if (term.field !== field || term.isNegated) continue
    const windows = timeWindows(term, nowMs)
    bounds = {
      fromMs: Math.max(bounds.fromMs, Math.min(...windows.map((window) => window.fromMs))),
      toMs: Math.min(bounds.toMs, Math.max(...windows.map((window) => window.toMs))),
    }
  }
  return bounds
}

function matchesNumber(term: QueryTerm, number: number): boolean {
  const [first, second] = term.values.map(numericOf)
  if (term.op === 'range')
    return number >= (first ?? Number.NEGATIVE_INFINITY) && number <= (second ?? Number.POSITIVE_INFINITY)
  if (term.op === 'is') return term.values.some((value) => numericOf(value) === number)
  if (first === null || first === undefined) return false
  if (term.op === '>') return number > first
  if (term.op === '>=') return number >= first
  return term.op === '<' ? number < first : number <= first
}

function numericOf(value: QueryValue): number | null {
  if (value.kind === 'number') return value.value
  return value.kind === 'duration' ? value.ms : null
}
