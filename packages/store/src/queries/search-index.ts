import { facetToken, type JobFacets, searchTokens, uuidTime } from '@andon/core'
import { jsonArray, plainArray, textArray, timeArray } from '../arrays.ts'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import { facetExtras, toFacets } from './job-facets.ts'
import { type JobRow, jobRows } from './job-row.ts'

/** Jobs that are written as one statement: some 300 KB of tokens. */
const BATCH = 500

/** Attempts beyond this count are found as this one, and looked at again. */
export const MOST_TRIES = 20

// What an index already has is left alone, so that each error counts once in its group, whoever indexes its job again.
const INDEX_JOBS = statement(
  'index_jobs',
  `with input as (
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::jsonb[])
       as j (id, tokens, fingerprint, type_id, account_id, at, error)
   ), indexed as (
     insert into job_search (job_id, tokens) select id, array_to_tsvector(tokens::text[]) from input
     on conflict (job_id) do nothing returning job_id
   ), failed as (
     select i.id, i.fingerprint, i.type_id, coalesce(i.account_id, 0) as account_id, i.at, i.error
     from input i join indexed x on x.job_id = i.id where i.fingerprint is not null
   ), causes as (
     insert into error_cause as c (fingerprint, type_id, account_id, code, message, hint, job_id, last_at)
     select distinct on (fingerprint, type_id, account_id) fingerprint, type_id, account_id, error->>'code',
       error->>'message', error->>'hint', id, at
     from failed order by fingerprint, type_id, account_id, at desc
     on conflict (fingerprint, type_id, account_id) do update set
       message = case when excluded.last_at < c.last_at then c.message else excluded.message end,
       hint = case when excluded.last_at < c.last_at then c.hint else excluded.hint end,
       job_id = case when excluded.last_at < c.last_at then c.job_id else excluded.job_id end,
       last_at = greatest(c.last_at, excluded.last_at)
     returning id, fingerprint, type_id, account_id
   ), hours as (
     insert into error_hour as h (cause_id, hour, n, first_at, last_at)
     select c.id, date_trunc('hour', f.at, 'UTC'), count(*), min(f.at), max(f.at)
     from failed f join causes c using (fingerprint, type_id, account_id) group by 1, 2 order by 1, 2
     on conflict (hour, cause_id) do update set n = h.n + excluded.n, first_at = least(h.first_at, excluded.first_at),
       last_at = greatest(h.last_at, excluded.last_at)
   )
   select job_id from indexed`,
)

const INDEX_AGAIN = statement(
  'index_jobs_again',
  `update job_search s set tokens = array_to_tsvector(j.tokens::text[])
   from unnest($1::uuid[], $2::text[]) as j (id, tokens)
   where s.job_id = j.id and s.tokens is distinct from array_to_tsvector(j.tokens::text[])`,
)

/**
 * Makes finished jobs found by words and facets, and counts their errors in their groups; ids of live or unknown jobs
 * are passed over. May be repeated.
 */
export async function indexJobs(db: Queryable, ids: readonly string[]): Promise<number> {
  let indexed = 0
  for (let start = 0; start < ids.length; start += BATCH) {
    const rows = (await jobRows(db, ids.slice(start, start + BATCH))).filter((row) => row.phase === 3)
    const withItems = rows.filter((row) => row.items_total !== null).map((row) => row.id)
    const extras = await facetExtras(db, withItems, { itemRefs: true, payloads: false })
    const tokens = rows.map((row) => arrayText(tokensOf(row, toFacets(row, extras.get(row.id)))))
    if (rows.length > 0) await write(db, rows, tokens)
    indexed += rows.length
  }
  return indexed
}

async function write(db: Queryable, rows: readonly JobRow[], tokens: readonly string[]): Promise<void> {
  const ids = rows.map((row) => row.id)
  const fresh = await db.query(INDEX_JOBS, [
    ids,
    tokens,
    textArray(rows, (row) => row.fingerprint),
    plainArray(rows, (row) => row.type_id),
    plainArray(rows, (row) => row.account_id),
    timeArray(rows, (row) => row.finished_at),
    jsonArray(rows, errorText),
  ])
  if (fresh.length < rows.length) await db.query(INDEX_AGAIN, [ids, tokens])
}

/** What a group shows of an error; null where there is none. */
function errorText({ error }: JobRow): object | null {
  return error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? null }
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
