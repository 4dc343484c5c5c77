import type {
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
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { withQuery } from './route.ts'

/** Each set of figures with what may be asked of it. */
export interface AnalyticsQueries {
  readonly availability: PrinterAnalyticsQuery
  readonly failures: BucketAnalyticsQuery
  readonly media: JobAnalyticsQuery
  readonly reprints: BucketAnalyticsQuery
  readonly throughput: BucketAnalyticsQuery
  readonly waits: BucketAnalyticsQuery
}

/**
 * Figures of a period, each beside those of the period of the same length before it; the last seven days unless told.
 * Of jobs, those that ended in it and that the reader may see. Rejects with `validation_failed` for periods that are
 * too long (31 days by hour, 366 otherwise) and for zones that nobody knows.
 */
export class AnalyticsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Jobs and labels. */
  throughput(query: BucketAnalyticsQuery = {}, options: CallOptions = {}): Promise<ThroughputView> {
    return this.#read('throughput', query, options)
  }

  /** How many jobs failed, and their error codes. */
  failures(query: BucketAnalyticsQuery = {}, options: CallOptions = {}): Promise<FailuresView> {
    return this.#read('failures', query, options)
  }

  /** Seconds that jobs waited and ran. */
  waits(query: BucketAnalyticsQuery = {}, options: CallOptions = {}): Promise<WaitsView> {
    return this.#read('waits', query, options)
  }

  /** Prints that were made again. */
  reprints(query: BucketAnalyticsQuery = {}, options: CallOptions = {}): Promise<ReprintsView> {
    return this.#read('reprints', query, options)
  }

  /** Seconds of printers in each state, and what stopped them. */
  availability(query: PrinterAnalyticsQuery = {}, options: CallOptions = {}): Promise<AvailabilityView> {
    return this.#read('availability', query, options)
  }

  /** Labels and sheets by media. */
  media(query: JobAnalyticsQuery = {}, options: CallOptions = {}): Promise<MediaView> {
    return this.#read('media', query, options)
  }

  /** The same figures as CSV (UTF-8, RFC 4180), both periods in one. */
  async csv<K extends keyof AnalyticsQueries>(
    name: K,
    query: AnalyticsQueries[K],
    options: CallOptions = {},
  ): Promise<string> {
    const path = `/api/analytics/${name}.csv`
    return (await this.#http.response({ path, accept: 'text/csv', query: { ...query }, ...options })).text()
  }

  /** Address of the CSV, for a link that the browser downloads. */
  csvUrl<K extends keyof AnalyticsQueries>(name: K, query: AnalyticsQueries[K]): string {
    return this.#http.origin + withQuery(`/api/analytics/${name}.csv`, { ...query })
  }

  #read<T>(name: keyof AnalyticsQueries, query: AnalyticsQueries[keyof AnalyticsQueries], options: CallOptions) {
    return this.#http.json<T>({ path: `/api/analytics/${name}`, query: { ...query }, ...options })
  }
}
