import {
  AvailabilityView,
  BucketAnalyticsQuery,
  FailuresView,
  JobAnalyticsQuery,
  MediaView,
  PrinterAnalyticsQuery,
  ReprintsView,
  ThroughputView,
  WaitsView,
} from '@andon/core'
import { readAvailability, readFailures, readMedia, readReprints, readThroughput, readWaits } from '@andon/store'
import type { Static, TSchema } from 'typebox'
import { bucketFigures, jobFigures, printerFigures } from '../commands/analytics-request.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { ANALYTICS } from '../policies/analytics.ts'
import {
  availabilityCsv,
  failuresCsv,
  mediaCsv,
  reprintsCsv,
  throughputCsv,
  waitsCsv,
} from '../presenters/analytics-csv.ts'

/** One set of figures: as JSON at its name, and as CSV beside it. */
interface Figures<Q extends TSchema, V> {
  readonly name: string
  readonly summary: string
  readonly query: Q
  readonly schema: TSchema
  readonly read: (query: Static<Q>, actor: Actor) => Promise<V>
  readonly csv: (view: V) => string
}

/** What was printed in a period, compared with the one before. */
export function analyticsRoutes({ store }: ServerContext): Route[] {
  return [
    ...figureRoutes({
      name: 'throughput',
      summary: 'Jobs that ended and labels that came out, by hour or day',
      query: BucketAnalyticsQuery,
      schema: ThroughputView,
      read: (query, actor) => readThroughput(store, bucketFigures(query, actor)),
      csv: throughputCsv,
    }),
    ...figureRoutes({
      name: 'failures',
      summary: 'How many jobs failed, and why',
      query: BucketAnalyticsQuery,
      schema: FailuresView,
      read: (query, actor) => readFailures(store, bucketFigures(query, actor)),
      csv: failuresCsv,
    }),
    ...figureRoutes({
      name: 'waits',
      summary: 'How long jobs waited and ran: half of them, and 95 of 100',
      query: BucketAnalyticsQuery,
      schema: WaitsView,
      read: (query, actor) => readWaits(store, bucketFigures(query, actor)),
      csv: waitsCsv,
    }),
    ...figureRoutes({
      name: 'reprints',
      summary: 'Prints that were made again',
      query: BucketAnalyticsQuery,
      schema: ReprintsView,
      read: (query, actor) => readReprints(store, bucketFigures(query, actor)),
      csv: reprintsCsv,
    }),
    ...figureRoutes({
      name: 'availability',
      summary: 'How long printers could print, and what stopped them',
      query: PrinterAnalyticsQuery,
      schema: AvailabilityView,
      read: (query) => readAvailability(store, printerFigures(query)),
      csv: availabilityCsv,
    }),
    ...figureRoutes({
      name: 'media',
      summary: 'What prints were made on',
      query: JobAnalyticsQuery,
      schema: MediaView,
      read: (query, actor) => readMedia(store, jobFigures(query, actor)),
      csv: mediaCsv,
    }),
  ]
}

function figureRoutes<Q extends TSchema, V>({ csv, name, query, read, schema, summary }: Figures<Q, V>): Route[] {
  const common = { method: 'GET', tag: 'analytics', policy: ANALYTICS.read, query } as const
  return [
    route({
      ...common,
      url: `/api/analytics/${name}`,
      summary: `${summary}; with the period before`,
      answer: { status: 200, schema },
      run: (call) => read(call.query as Static<Q>, call.actor),
    }),
    route({
      ...common,
      url: `/api/analytics/${name}.csv`,
      summary: `${summary}; as CSV`,
      answer: { status: 200, schema: null, type: 'text/csv' },
      run: async (call) => {
        const text = csv(await read(call.query as Static<Q>, call.actor))
        const file = `${name}-${new Date().toISOString().slice(0, 10)}.csv`
        call.reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${file}"`)
        await call.reply.send(text)
        return call.reply
      },
    }),
  ]
}
