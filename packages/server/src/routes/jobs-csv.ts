import { csvRow, JOB_CSV_COLUMNS, type JobView, type Query } from '@andon/core'
import { listJobs } from '@andon/store'
import type { FastifyReply } from 'fastify'
import type { ServerContext } from '../context.ts'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { Readable } from 'node:stream'

export interface CsvRequest {
  readonly actor: Actor
  readonly query: Query
}

/** Streams the jobs that match as CSV; never more than a page of them is in memory. */
export async function sendJobsCsv(context: ServerContext, reply: FastifyReply, request: CsvRequest): Promise<void> {
  const name = `jobs-${new Date().toISOString().slice(0, 10)}.csv`
  reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}"`)
  await reply.send(Readable.from(rows(context, request)))
}

async function* rows({ jobs, store }: ServerContext, { actor, query }: CsvRequest): AsyncGenerator<string> {
  yield csvRow(JOB_CSV_COLUMNS.map((column) => column.name))
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listJobs>> = await listJobs(store, {
      query,
      visible: visibilityOf(actor),
      canReadPayloads: canReadPayloads(actor),
      cursor,
      limit: 500,
    })
    const views = await jobs.views(page.rows)
    if (views.length > 0) yield views.map(line).join('')
    cursor = page.nextCursor
  } while (cursor !== null)
}

function line(view: JobView): string {
  return csvRow(JOB_CSV_COLUMNS.map((column) => field(view, column.field)))
}

function field(view: JobView, name: (typeof JOB_CSV_COLUMNS)[number]['field']): string | number | null {
  switch (name) {
    case 'items_total':
      return view.items?.total ?? null
    case 'items_done':
      return view.items?.done ?? null
    case 'items_failed':
      return view.items?.failed ?? null
    case 'subject':
      return view.subject?.id ?? null
    case 'duration_s':
      return view.started_at && view.finished_at
        ? (Date.parse(view.finished_at) - Date.parse(view.started_at)) / 1000
        : null
    case 'attempts':
      return view.attempt
    case 'error_code':
      return view.error?.code ?? null
    case 'error_message':
      return view.error?.message ?? null
    default:
      return view[name]
  }
}
