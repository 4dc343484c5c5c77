import { csvField, csvRow, JOB_CSV_COLUMNS, JOB_STATES, PROOFS, type Query, timeBounds } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import type { JobRow } from './job-row.ts'
import { type ListFilter, type ListRequest, makeFilter } from './list-filter.ts'
import { listJobs } from './list.ts'

/** Rows that are read and made into text at once, twice, since the next are read meanwhile: more only fill the heap. */
const BATCH = 500

/** Rows of a page where jobs have to be looked for. */
const PAGE = 500
const PAGE_BUDGET_MS = 500

/** What the conditions of the plain statement say in full. */
const PLAIN_FIELDS = new Set(['state', 'type', 'queue', 'priority', 'created'])

// Cells that hold nothing but figures and words of ours are joined here, which halves the work; the others are made
// safe by core's rules.
const READ_ROWS = statement(
  'read_csv_rows',
  `select j.id,
     to_char(j.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ',' || coalesce(t.name, '') as head,
     j.description, coalesce(j.subject_type || ' ' || j.subject_id, j.subject_id) as subject,
     coalesce(p.name, q.name) as printer,
     concat_ws(',', coalesce(j.items_total::text, ''), coalesce(j.items_done::text, ''),
       coalesce(j.items_failed::text, ''), ($10::text[])[j.state + 1], coalesce(($11::text[])[j.proof + 1], '')) as middle,
     j.created_by,
     concat_ws(',', coalesce(to_char(j.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), ''),
       coalesce(to_char(j.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), ''),
       coalesce(round(extract(epoch from j.finished_at - j.started_at), 3)::text, ''), j.attempt) as times,
     j.error->>'code' as error_code, j.error->>'message' as error_message
   from (
     select id, created_at, started_at, finished_at, state, proof, attempt, items_total, items_done, items_failed,
       description, subject_type, subject_id, created_by, type_id, printer_id, queue_id, error
     from job_any
     where ($1::uuid is null or id < $1)
       and ($2::smallint[] is null or state = any($2)) and ($3::int[] is null or type_id = any($3))
       and ($4::int[] is null or queue_id = any($4)) and ($5::smallint[] is null or priority = any($5))
       and ($6::int is null or account_id = $6 or type_id = any($7::int[]))
       and ($8::timestamptz is null or created_at >= $8) and ($9::timestamptz is null or created_at < $9)
     order by id desc limit $12
   ) j
   left join job_type t on t.id = j.type_id
   left join lane p on p.id = j.printer_id
   left join lane q on q.id = j.queue_id and q.kind = 'printer'
   order by j.id desc`,
)

interface CsvCells {
  id: string
  head: string
  description: string | null
  subject: string | null
  printer: string | null
  middle: string
  created_by: string
  times: string
  error_code: string | null
  error_message: string | null
}

/** What is exported: everything that matches, newest first. */
export type CsvRequest = Omit<ListRequest, 'nowMs'> & { readonly nowMs?: number }

/**
 * The jobs that match as CSV (RFC 4180, columns of `JOB_CSV_COLUMNS`), in pieces of some hundred rows, the header
 * first. Each job once, as it is when it is reached; no transaction is held open, however long the reader takes.
 */
export async function* exportCsv(db: Queryable, request: CsvRequest): AsyncGenerator<string> {
  yield csvRow(JOB_CSV_COLUMNS.map((column) => column.name))
  const nowMs = request.nowMs ?? Date.now()
  const filter = await makeFilter(db, { ...request, nowMs })
  if (filter.isEmpty) return
  yield* isPlain(request.query) ? plainRows(db, filter) : foundRows(db, { ...request, nowMs })
}

/** Whether the plain statement's conditions are all that the query says. */
function isPlain({ terms, text }: Query): boolean {
  return (
    text.length === 0 &&
    terms.every(
      (term) =>
        PLAIN_FIELDS.has(term.field) &&
        (term.field !== 'created' || (!term.isNegated && (term.op === 'range' || term.values.length === 1))),
    )
  )
}

async function* plainRows(db: Queryable, filter: ListFilter): AsyncGenerator<string> {
  const created = timeBounds(filter.query, 'created', filter.nowMs)
  const read = (before: string | null): Promise<CsvCells[]> => {
    const rows = db.query<CsvCells>(READ_ROWS, [
      before,
      filter.states,
      filter.typeIds,
      filter.queueIds,
      filter.priorities,
      filter.accountId,
      filter.printTypeIds,
      timeOf(created.fromMs),
      timeOf(created.toMs),
      JOB_STATES,
      PROOFS,
      BATCH,
    ])
    // It is awaited when the reader comes back for it; until then a failure has nobody to tell.
    rows.catch(() => undefined)
    return rows
  }
  let next: Promise<CsvCells[]> | null = read(null)
  try {
    while (next !== null) {
      const rows: CsvCells[] = await next
      const last = rows.at(-1)
      next = rows.length === BATCH && last !== undefined ? read(last.id) : null
      if (rows.length > 0) yield rows.map(cellsText).join('')
    }
  } finally {
    // A reader that went away leaves a batch on its way.
    await next?.catch(() => undefined)
  }
}

async function* foundRows(db: Queryable, request: ListRequest): AsyncGenerator<string> {
  let cursor: string | null = null
  do {
    const page = await listJobs(db, { ...request, cursor, limit: PAGE, budgetMs: PAGE_BUDGET_MS })
    if (page.rows.length > 0) yield page.rows.map(rowText).join('')
    cursor = page.nextCursor
  } while (cursor !== null)
}

function cellsText(row: CsvCells): string {
  const { head, middle, times } = row
  const named = `${csvField(row.description)},${csvField(row.subject)},${csvField(row.printer)}`
  const error = row.error_code === null ? ',' : `${csvField(row.error_code)},${csvField(row.error_message)}`
  return `${head},${named},${middle},${csvField(row.created_by)},${times},${error}\r\n`
}

function rowText(row: JobRow): string {
  const { subject_type: type, subject_id: id, started_at: started, finished_at: finished } = row
  const durationMs = started === null || finished === null ? null : finished.getTime() - started.getTime()
  return csvRow([
    row.created_at,
    row.type,
    row.description,
    type === null || id === null ? id : `${type} ${id}`,
    row.printer,
    row.items_total,
    row.items_done,
    row.items_failed,
    JOB_STATES[row.state],
    row.proof === null ? null : PROOFS[row.proof],
    row.created_by,
    started,
    finished,
    durationMs === null ? null : (durationMs / 1_000).toFixed(3),
    row.attempt,
    row.error?.code,
    row.error?.message,
  ])
}

function timeOf(ms: number): Date | null {
  return Number.isFinite(ms) ? new Date(ms) : null
}
