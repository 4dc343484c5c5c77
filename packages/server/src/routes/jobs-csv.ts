import { Readable } from 'node:stream'
import type { Query } from '@andon/core'
import { exportCsv } from '@andon/store'
import type { FastifyReply } from 'fastify'
import type { ServerContext } from '../context.ts'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'

export interface CsvRequest {
  readonly actor: Actor
  readonly query: Query
}

/** Streams the jobs that match as CSV: as fast as the reader takes it, never more than a few thousand rows in memory. */
export async function sendJobsCsv(
  { store }: ServerContext,
  reply: FastifyReply,
  { actor, query }: CsvRequest,
): Promise<void> {
  const rows = exportCsv(store, { query, visible: visibilityOf(actor), canReadPayloads: canReadPayloads(actor) })
  const name = `jobs-${new Date().toISOString().slice(0, 10)}.csv`
  reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}"`)
  await reply.send(Readable.from(rows, { highWaterMark: 1 }))
}
