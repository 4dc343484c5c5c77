import type { Store } from '@andon/store'
import { jobRows, jobStats, listQueues, toQueueView } from '@andon/store'
import type { Logger } from 'pino'
import type { JobPresenter } from '../presenters/jobs.ts'
import type { PrinterPresenter } from '../presenters/printers.ts'
import type { LiveSource } from './source.ts'

export interface StoreSourceOptions {
  readonly store: Store
  readonly jobs: JobPresenter
  readonly printers: PrinterPresenter
  readonly log: Logger
}

/** The live source over the database. */
export function storeSource({ store, jobs, printers }: StoreSourceOptions): LiveSource {
  return {
    follow: async () => ({ async [Symbol.asyncDispose]() {} }),
    seq: () => 0,
    jobsSince: async () => [],
    jobs: async (ids) => {
      await jobs.prepare()
      return jobRows(store, ids)
    },
    printers: () => printers.all(),
    queues: async () => (await listQueues(store)).map(toQueueView),
    stats: () => jobStats(store),
  }
}
