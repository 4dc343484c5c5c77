import type { CreatedJob, CreatePrint } from '@andon/core'
import { AnalyticsApi } from './analytics.ts'
import { ErrorsApi } from './errors.ts'
import { FloorApi } from './floor.ts'
import { Http, type HttpOptions } from './http.ts'
import { JobTypesApi } from './job-types.ts'
import { type CallOptions, JobsApi } from './jobs.ts'
import { PoolsApi, QueuesApi, WorkersApi } from './lanes.ts'
import { Live, type LiveOptions } from './live.ts'
import { AuditApi, SessionApi, TokensApi, UsersApi } from './people.ts'
import { createPrint, DocumentsApi, PrintersApi } from './printers.ts'
import { HistoryApi, RetentionApi } from './retention.ts'
import { AlertsApi, NotificationsApi, RulesApi } from './rules.ts'
import { SchedulesApi } from './schedules.ts'
import { StationsApi } from './stations.ts'
import { AttentionApi, HealthApi, ViewsApi } from './views.ts'

/** How a client is made. Only the address is needed in a browser that is signed in. */
export interface AndonOptions extends HttpOptions, LiveOptions {}

/**
 * A client of one Andon server, for Node and browsers.
 *
 *     const andon = new Andon({ url, token })
 *     const job = await andon.jobs.create({ type: 'pdf.report', input: { id: 7 }, priority: 'high' })
 *     for await (const update of andon.jobs.watch(job.id)) console.log(update.state)
 *
 * Every method rejects with an `AndonError` of `@andon/core`: the server's own refusals, `server_unreachable` when
 * nobody answers, `timed_out` when the answer takes too long. Reads, new jobs and new prints are repeated when the server is
 * away for a moment or asks for patience; the latter carry an idempotency key, so that they still happen once.
 */
export class Andon implements Disposable {
  /** What rules found. */
  readonly alerts: AlertsApi
  /** Figures of printing over a period. */
  readonly analytics: AnalyticsApi
  readonly attention: AttentionApi
  readonly audit: AuditApi
  readonly documents: DocumentsApi
  /** Groups of errors with the same cause. */
  readonly errors: ErrorsApi
  /** The production floor of the shop. */
  readonly floor: FloorApi
  readonly health: HealthApi
  /** The months of history, and the archive. */
  readonly history: HistoryApi
  readonly jobs: JobsApi
  /** Types of jobs, with what their jobs get. */
  readonly jobTypes: JobTypesApi
  /** The live stream. Connects with the first subscription. */
  readonly live: Live
  /** Who was told, and what became of it. */
  readonly notifications: NotificationsApi
  readonly pools: PoolsApi
  readonly printers: PrintersApi
  readonly queues: QueuesApi
  /** How long jobs are kept. */
  readonly retention: RetentionApi
  /** What to watch for, and how to tell. */
  readonly rules: RulesApi
  /** Jobs that are made again and again. */
  readonly schedules: SchedulesApi
  readonly session: SessionApi
  /** Machines at desks that drive printers. */
  readonly stations: StationsApi
  readonly tokens: TokensApi
  readonly users: UsersApi
  readonly views: ViewsApi
  readonly workers: WorkersApi
  /** Without a slash at its end. */
  readonly url: string
  readonly #http: Http

  constructor(options: AndonOptions) {
    const http = new Http(options)
    this.#http = http
    this.url = http.origin
    this.alerts = new AlertsApi(http)
    this.analytics = new AnalyticsApi(http)
    this.attention = new AttentionApi(http)
    this.audit = new AuditApi(http)
    this.documents = new DocumentsApi(http)
    this.errors = new ErrorsApi(http)
    this.floor = new FloorApi(http)
    this.health = new HealthApi(http)
    this.history = new HistoryApi(http)
    this.live = new Live(http, options)
    this.jobs = new JobsApi(http, () => this.live)
    this.jobTypes = new JobTypesApi(http)
    this.notifications = new NotificationsApi(http)
    this.pools = new PoolsApi(http)
    this.printers = new PrintersApi(http)
    this.queues = new QueuesApi(http)
    this.retention = new RetentionApi(http)
    this.rules = new RulesApi(http)
    this.schedules = new SchedulesApi(http)
    this.session = new SessionApi(http)
    this.stations = new StationsApi(http)
    this.tokens = new TokensApi(http)
    this.users = new UsersApi(http)
    this.views = new ViewsApi(http)
    this.workers = new WorkersApi(http)
  }

  /** Prints a document or 1 to 500 labels on a printer or a pool; `documents.upload` comes first for files. */
  print(print: CreatePrint, options: CallOptions = {}): Promise<CreatedJob> {
    return createPrint(this.#http, print, options)
  }

  /** Ends the live stream. Requests under way are not touched. */
  close(): void {
    this.live.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
