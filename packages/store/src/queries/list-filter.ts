import {
  facetToken,
  JOB_STATES,
  type JobFacets,
  matchesQuery,
  PRIORITIES,
  type Query,
  type QueryTerm,
  queryTokens,
  timeBounds,
  type TimeWindow,
  type TokenClause,
  toTsquery,
  uuidFloor,
} from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import type { FacetNeeds } from './job-facets.ts'
import { dayToken, durationBucket, MOST_TRIES, seeToken, tryToken } from './search-index.ts'
import { mayReadAll, type Visibility } from './visibility.ts'

/** Who asks for what. */
export interface ListRequest {
  readonly query: Query
  readonly visible: Visibility
  /** Whether `input.…` and `result.…` may be looked into. */
  readonly canReadPayloads: boolean
  /** The moment that ages are taken at. */
  readonly nowMs: number
}

/**
 * A query as the database can answer it. Everything in it lets more through than the query at most, never less: each
 * row that comes back is looked at again with the query itself.
 */
export interface ListFilter extends ListRequest {
  /** Nothing can match: a name that nobody has. */
  readonly isEmpty: boolean
  readonly hasLive: boolean
  readonly hasDone: boolean
  /** Allowed values; null where any will do. */
  readonly states: readonly number[] | null
  readonly typeIds: readonly number[] | null
  readonly queueIds: readonly number[] | null
  readonly workerIds: readonly number[] | null
  readonly printerIds: readonly number[] | null
  readonly priorities: readonly number[] | null
  /** Null when the reader may see everything. */
  readonly accountId: number | null
  readonly printTypeIds: readonly number[]
  /** Bounds of ids: from in it, to not. Null is open. */
  readonly idFrom: string | null
  readonly idTo: string | null
  /** What the search index can answer. */
  readonly clauses: readonly TokenClause[]
  readonly needs: FacetNeeds
  /** The query asks for states and queues alone, so that counters can answer how many there are. */
  readonly isCountable: boolean
}

/** Ids are made a little before or after the time of their row, by clocks that differ. */
const CLOCK_SLACK_MS = 3_600_000

/** Days that are named one by one in a search. */
const DAYS_NAMED = 60
const DAY_MS = 86_400_000

/** Names that stand for one wildcard in a search; a wildcard with more stays one. */
const NAMES_LIMIT = 100

const READ_NAMES = statement(
  'read_facet_names',
  `select 'type' as field, id, name from job_type
   union all select kind, id, name from lane
   union all select 'worker', id, name from worker where $1
   order by 1, 2`,
)

interface NameRow {
  field: 'type' | 'queue' | 'printer' | 'pool' | 'worker'
  id: number
  name: string
}

/** Makes the filter of a request; reads the names of types, lanes and (when asked for) workers. */
export async function makeFilter(db: Queryable, request: ListRequest): Promise<ListFilter> {
  const { query, visible, nowMs } = request
  const asks = (field: string): boolean => query.terms.some((term) => term.field === field)
  const names = await db.query<NameRow>(READ_NAMES, [asks('worker')])
  const lanes = names.filter(({ field }) => field !== 'type' && field !== 'worker')
  const types = names.filter(({ field }) => field === 'type')
  const states = allowedWords(query, 'state', JOB_STATES)
  const typeIds = allowedIds(query, 'type', types)
  const queueIds = both(allowedIds(query, 'queue', lanes), positiveIds(query, 'pool', lanes, 'pool'))
  const printerIds = positiveIds(query, 'printer', lanes, 'printer')
  const workerIds = positiveIds(query, 'worker', names, 'worker')
  const priorities = allowedWords(query, 'priority', PRIORITIES)
  const bounds = idBounds(query, nowMs)
  return {
    ...request,
    isEmpty: [states, typeIds, queueIds, printerIds, workerIds, priorities].some((set) => set?.length === 0),
    hasLive: states === null || states.some((state) => state < 4),
    hasDone: states === null || states.some((state) => state >= 4),
    states,
    typeIds,
    queueIds,
    printerIds,
    workerIds,
    priorities,
    accountId: mayReadAll(visible) ? null : visible.accountId,
    printTypeIds: types.filter(({ name }) => name.startsWith('print.')).map(({ id }) => id),
    ...bounds,
    clauses: [...namedClauses(query, names), ...ownClauses(query, nowMs), ...visibleClauses(visible)],
    needs: {
      itemRefs: query.text.length > 0 || asks('item.ref'),
      payloads: request.canReadPayloads && (asks('input') || asks('result')),
    },
    isCountable:
      mayReadAll(visible) &&
      query.text.length === 0 &&
      query.terms.every(({ field }) => field === 'state' || field === 'queue'),
  }
}

/** The text of a tsquery for the filter, with further clauses; null when there is nothing to look for. */
export function filterTsquery(filter: ListFilter, more: readonly TokenClause[] = []): string | null {
  return toTsquery({ clauses: [...filter.clauses, ...more], isExact: false })
}

/** Whether some clause says what a job must have, so that the index need not be read from end to end. */
export function isIndexable(filter: ListFilter): boolean {
  return filter.clauses.some((clause) => !clause.isNegated)
}

/** The days (UTC) that touch a stretch of time, as a clause; null when there are more than 60. */
export function daysClause(name: 'day' | 'fin', { fromMs, toMs }: TimeWindow): TokenClause | null {
  if (toMs - fromMs > DAYS_NAMED * DAY_MS) return null
  const days = new Set<string>()
  for (let ms = fromMs; ms < toMs; ms += DAY_MS) days.add(dayToken(name, ms))
  days.add(dayToken(name, toMs - 1))
  return { anyOf: [...days].map((token) => ({ token, isPrefix: false })), isNegated: false }
}

/** A job of which only one facet is known, to ask a query's terms on that facet. */
const NOBODY: JobFacets = {
  id: '',
  state: 'pending',
  type: '',
  queue: null,
  printer: null,
  pool: null,
  station: null,
  worker: null,
  createdBy: '',
  tags: {},
  subject: null,
  description: null,
  summary: null,
  errorCode: null,
  errorMessage: null,
  fingerprint: null,
  itemRefs: [],
  priority: 'normal',
  proof: null,
  waitReason: null,
  parent: null,
  retryOf: null,
  attempt: 0,
  itemsTotal: null,
  itemsDone: null,
  itemsFailed: null,
  createdAtMs: 0,
  queuedAtMs: null,
  startedAtMs: null,
  finishedAtMs: null,
  input: null,
  result: null,
}

function passes(terms: readonly QueryTerm[], facets: Partial<JobFacets>): boolean {
  return matchesQuery({ terms, text: [] }, { ...NOBODY, ...facets }, 0)
}

function allowedWords(query: Query, field: 'state' | 'priority', words: readonly string[]): number[] | null {
  const terms = query.terms.filter((term) => term.field === field)
  if (terms.length === 0) return null
  return words.flatMap((word, index) => (passes(terms, { [field]: word }) ? [index] : []))
}

function allowedIds(query: Query, field: 'type' | 'queue', names: readonly NameRow[]): number[] | null {
  const terms = query.terms.filter((term) => term.field === field)
  if (terms.length === 0) return null
  return names.filter(({ name }) => passes(terms, { [field]: name })).map(({ id }) => id)
}

/** Ids that satisfy the terms that are not negated: a job that has no value at all satisfies the others. */
function positiveIds(
  query: Query,
  field: 'printer' | 'pool' | 'worker',
  names: readonly NameRow[],
  kind: NameRow['field'],
): number[] | null {
  const terms = query.terms.filter((term) => term.field === field && !term.isNegated)
  if (terms.length === 0) return null
  return names.filter((row) => row.field === kind && passes(terms, { [field]: row.name })).map(({ id }) => id)
}

function both(one: number[] | null, other: number[] | null): number[] | null {
  if (one === null || other === null) return one ?? other
  return one.filter((id) => other.includes(id))
}

function idBounds(query: Query, nowMs: number): { idFrom: string | null; idTo: string | null } {
  const created = timeBounds(query, 'created', nowMs)
  const started = timeBounds(query, 'started', nowMs)
  const finished = timeBounds(query, 'finished', nowMs)
  // What was started or finished before a time was created before it.
  const toMs = Math.min(created.toMs, started.toMs, finished.toMs)
  return {
    idFrom: Number.isFinite(created.fromMs) ? uuidFloor(created.fromMs - CLOCK_SLACK_MS) : null,
    idTo: Number.isFinite(toMs) ? uuidFloor(Math.max(0, toMs + CLOCK_SLACK_MS)) : null,
  }
}

/** The query's own clauses, in which wildcards over names that are known become those names. */
function namedClauses(query: Query, names: readonly NameRow[]): TokenClause[] {
  const { clauses } = queryTokens(query)
  return clauses.map((clause) => {
    if (!clause.anyOf.some(({ isPrefix }) => isPrefix)) return clause
    const anyOf = clause.anyOf.flatMap((asked) => {
      const name = asked.token.slice(0, Math.max(0, asked.token.indexOf('=')))
      const fields = asked.isPrefix ? NAMED_FIELDS.get(name) : undefined
      if (fields === undefined) return [asked]
      const tokens = new Set(
        names
          .filter((row) => fields.includes(row.field))
          .map((row) => facetToken(name, row.name))
          .filter((token) => token.startsWith(asked.token)),
      )
      return tokens.size > NAMES_LIMIT ? [asked] : [...tokens].map((token) => ({ token, isPrefix: false }))
    })
    return anyOf.length === 0 ? clause : { ...clause, anyOf }
  })
}

/** Names of tokens whose values are all known, with where they are. */
const NAMED_FIELDS: ReadonlyMap<string, readonly NameRow['field'][]> = new Map([
  ['t', ['type']],
  ['q', ['queue', 'printer', 'pool']],
  ['p', ['printer']],
  ['pool', ['pool']],
])

function visibleClauses(visible: Visibility): TokenClause[] {
  if (mayReadAll(visible)) return []
  const tokens = [seeToken('print'), seeToken(visible.accountId)]
  return [{ anyOf: tokens.map((token) => ({ token, isPrefix: false })), isNegated: false }]
}

/** Clauses for what core has no tokens for: durations, attempts, failed items, the day of the end. */
function ownClauses(query: Query, nowMs: number): TokenClause[] {
  const finished = timeBounds(query, 'finished', nowMs)
  const days = daysClause('fin', { ...finished, toMs: Math.min(finished.toMs, nowMs + DAY_MS) })
  const terms = query.terms.filter((term) => !term.isNegated)
  return [
    ...durationClause(terms.filter((term) => term.field === 'duration')),
    ...terms.flatMap((term) => numberClause(term)),
    ...(Number.isFinite(finished.fromMs) && days !== null ? [days] : []),
  ]
}

const MOST_BUCKET = 45

/** Several terms on durations are one clause: two that never meet would make the index compare whole days. */
function durationClause(terms: readonly QueryTerm[]): TokenClause[] {
  if (terms.length === 0) return []
  const bounds = terms.map(boundsOf)
  const from = durationBucket(Math.max(...bounds.map(([least]) => least)))
  const to = Math.min(MOST_BUCKET, durationBucket(Math.min(...bounds.map(([, most]) => most))))
  return [anyOf(range(from, to).map((bucket) => `dur=${bucket}`))]
}

function numberClause(term: QueryTerm): TokenClause[] {
  const [least, most] = boundsOf(term)
  if (term.field === 'attempt') {
    const from = Math.min(MOST_TRIES, Math.max(0, Math.ceil(least)))
    return [anyOf(range(from, Math.min(MOST_TRIES, most)).map(tryToken))]
  }
  const isAboveNone = least > 0 || (least === 0 && term.op === '>')
  return term.field === 'items.failed' && isAboveNone ? [anyOf(['bad=1'])] : []
}

/** The least and the most that a number can be to satisfy a term, both included. */
function boundsOf(term: QueryTerm): [number, number] {
  const values = term.values.map((value) =>
    value.kind === 'number' ? value.value : value.kind === 'duration' ? value.ms : null,
  )
  const numbers = values.filter((value) => value !== null)
  const low = Math.min(...numbers)
  const high = Math.max(...numbers)
  if (term.op === 'is') return [low, high]
  if (term.op === 'range') return [values[0] ?? Number.NEGATIVE_INFINITY, values[1] ?? Number.POSITIVE_INFINITY]
  return term.op.startsWith('>') ? [low, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, high]
}

function range(from: number, to: number): number[] {
  const least = Math.max(0, from)
  return Array.from({ length: Math.max(0, Math.floor(to) - least + 1) }, (_, index) => least + index)
}

/** Without any token nothing could match, and a token that nobody has says so. */
function anyOf(tokens: readonly string[]): TokenClause {
  const found = tokens.length === 0 ? ['none='] : [...new Set(tokens)]
  return { anyOf: found.map((token) => ({ token, isPrefix: false })), isNegated: false }
}
