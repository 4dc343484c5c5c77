import { facetToken, type JobFacets, searchTokens, uuidTime } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import { facetExtras, toFacets } from './job-facets.ts'
import { type JobRow, jobRows } from './job-row.ts'

/** Jobs that are written as one statement: some 300 KB of tokens. */
const BATCH = 500

/** Attempts beyond this count are found as this one, and looked at again. */
export const MOST_TRIES = 20

const INDEX_JOBS = statement(
  'index_jobs',
  `insert into job_search (job_id, tokens)
   select j.id, array_to_tsvector(j.tokens::text[]) from unnest($1::uuid[], $2::text[]) as j (id, tokens)
   on conflict (job_id) do update set tokens = excluded.tokens where job_search.tokens is distinct from excluded.tokens`,
)

/** Makes finished jobs found by words and facets; ids of live or unknown jobs are passed over. May be repeated. */
export async function indexJobs(db: Queryable, ids: readonly string[]): Promise<number> {
  let indexed = 0
  for (let start = 0; start < ids.length; start += BATCH) {
    const rows = (await jobRows(db, ids.slice(start, start + BATCH))).filter((row) => row.phase === 3)
    const withItems = rows.filter((row) => row.items_total !== null).map((row) => row.id)
    const extras = await facetExtras(db, withItems, { itemRefs: true, payloads: false })
    const tokens = rows.map((row) => arrayText(tokensOf(row, toFacets(row, extras.get(row.id)))))
    if (rows.length > 0) await db.query(INDEX_JOBS, [rows.map((row) => row.id), tokens])
    indexed += rows.length
  }
  return indexed
}

/** The day (UTC) of a time, as a token: `day=20261122`. Lets a search look at one stretch of history after the other. */
export function dayToken(name: 'day' | 'fin', timeMs: number): string {
  return `${name}=${new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '')}`
}

/** Durations by powers of two: bucket n holds 2^n to 2^(n+1) milliseconds, bucket 0 also what is shorter. */
export function durationBucket(ms: number): number {
  return Math.floor(Math.log2(Math.max(1, ms)))
}

/** The token of the number of a job's last attempt. */
export function tryToken(attempt: number): string {
  return `try=${Math.min(attempt, MOST_TRIES)}`
}

/** Who may see a job: prints everybody, the others their own account. */
export function seeToken(who: number | 'print'): string {
  return `see=${who}`
}

function tokensOf(row: JobRow, facets: JobFacets): string[] {
  const tokens = searchTokens(facets)
  tokens.push(dayToken('day', uuidTime(row.id) ?? row.created_at.getTime()), tryToken(row.attempt))
  if (facets.type.startsWith('print.')) tokens.push(seeToken('print'))
  if (row.account_id !== null) tokens.push(seeToken(row.account_id))
  if ((row.items_failed ?? 0) > 0) tokens.push(facetToken('bad', '1'))
  if (row.finished_at !== null) tokens.push(dayToken('fin', row.finished_at.getTime()))
  if (row.finished_at !== null && row.started_at !== null) {
    tokens.push(`dur=${durationBucket(row.finished_at.getTime() - row.started_at.getTime())}`)
  }
  return tokens
}

/** An array literal within an array of texts: quotes and backslashes escaped once, the driver does the rest. */
function arrayText(tokens: readonly string[]): string {
  return `{${tokens.map((token) => `"${token.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
