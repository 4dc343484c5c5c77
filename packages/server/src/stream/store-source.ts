import {
  countOpenAlerts,
  EventFeed,
  facetExtras,
  jobRows,
  jobStats,
  listQueues,
  type Store,
  toFacets,
  toQueueView,
} from '@andon/store'
import type { JobPresenter } from '../presenters/jobs.ts'
import type { PrinterPresenter } from '../presenters/printers.ts'
import type { LiveSource } from './source.ts'

export interface StoreSourceOptions {
  readonly store: Store
  readonly jobs: JobPresenter
  readonly printers: PrinterPresenter
}

/** The live source over the database and its feed of events. */
export function storeSource({ store, jobs, printers }: StoreSourceOptions): LiveSource {
  const feed = new EventFeed(store)
  return {
    follow: async (onEvents) => {
      const subscription = feed.subscribe(onEvents)
      await feed.start()
      return {
        async [Symbol.asyncDispose]() {
          subscription[Symbol.dispose]()
          await feed.stop()
        },
      }
    },
    seq: () => feed.cursor,
    jobsSince: async (since, limit) => {
      const backfill = await feed.backfill(since)
      if (backfill.kind === 'reset') return null
      const ids = new Set(backfill.events.flatMap(({ jobIds }) => jobIds))
      return ids.size > limit ? null : [...ids]
    },
    jobs: async (ids) => {
      await jobs.prepare()
      return jobRows(store, ids)
    },
    facets: async (rows, needs) => {
      const ids = needs.itemRefs ? rows.map((row) => row.id) : []
      const extras = await facetExtras(store, ids, { ...needs, payloads: false })
      return new Map(rows.map((row) => [row.id, toFacets(row, extras.get(row.id))]))
    },
    printers: () => printers.all(),
    queues: async () => (await listQueues(store)).map(toQueueView),
    stats: () => jobStats(store),
    alerts: () => countOpenAlerts(store),
  }
}
