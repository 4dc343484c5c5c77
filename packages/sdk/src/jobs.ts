import type {
  AttemptView,
  BulkJobs,
  BulkPreview,
  CancelJob,
  ConfirmJob,
  CreateJob,
  CreatedJob,
  EventView,
  ItemState,
  ItemView,
  JobDetail,
  JobPage,
  JobStats,
  JobView,
  LogView,
  MoveJob,
  PrioritiseJob,
  RetryJob,
} from '@andon/core'
import { followJob, followLogs, type FollowLogsOptions, type WaitOptions, waitForJob } from './follow.ts'
import type { Http } from './http.ts'
import { newKey } from './key.ts'
import type { Live } from './live.ts'
import { eachRow, type ListOptions, type Page } from './page.ts'
import { route } from './route.ts'

/** Which jobs to list. */
export interface ListJobs extends ListOptions {
  /** The query language (docs/queries.md), such as `state:failed printer:"Badge 01"`. */
  readonly q?: string | undefined
}

/** Which items of a job to list. */
export interface ListItems extends ListOptions {
  readonly state?: ItemState | undefined
}

/** Which log lines of a job to list. */
export interface ListLogs extends ListOptions {
  /** This level and those above it. */
  readonly level?: LogView['level'] | undefined
  /** Only lines whose message holds this text. */
  readonly search?: string | undefined
}

/** What to do to which jobs: those of a `query`, or up to 10,000 `ids` in full. */
export type BulkOrder = Omit<BulkJobs, 'dry_run'>

/** What could stand at the caret of a query: each candidate replaces the text from `start` to `end`. */
export interface QueryCompletion {
  readonly candidates: readonly { readonly doc: string; readonly kind: string; readonly text: string }[]
  /** In UTF-16 units, like `end`. */
  readonly start: number
  readonly end: number
}

/** Options of a call that can be stopped. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Everything about jobs. Wherever an id is asked for, a unique beginning of at least four characters will do; an
 * ambiguous one is refused with `ambiguous_id` and the `candidates` in `extra`. Too many requests reject with
 * `rate_limited`, whose `retryAfterMs` says how long to wait; short waits of requests that may be repeated are kept here.
 */
export class JobsApi {
  readonly #http: Http
  readonly #live: () => Live

  constructor(http: Http, live: () => Live) {
    this.#http = http
    this.#live = live
  }

  /**
   * Makes one job. Without an `idempotency_key` the call makes one of its own, so that the repetition of a lost
   * request never makes a second job.
   */
  create(job: CreateJob, options: CallOptions = {}): Promise<CreatedJob> {
    return this.#create<CreatedJob>('/api/jobs', job, options)
  }

  /** Makes 1 to 1,000 jobs, all or none; the answers stand in the order of the jobs. */
  async createMany(jobs: readonly CreateJob[], options: CallOptions = {}): Promise<CreatedJob[]> {
    const answer = await this.#create<{ jobs: CreatedJob[] }>('/api/jobs', { jobs }, options)
    return answer.jobs
  }

  /** One page, newest first. A page cut by its time budget says how far it searched in `searched_until`. */
  list(options: ListJobs = {}): Promise<JobPage> {
    const { signal, ...query } = options
    return this.#http.json<JobPage>({ path: '/api/jobs', query, signal })
  }

  /** Every job that matches, page after page. */
  each(options: ListJobs = {}): AsyncGenerator<JobView, void, undefined> {
    return eachRow((cursor) => this.list({ limit: 500, ...options, cursor }), options.cursor)
  }

  /**
   * One job as it is: its state, progress and error. Rejects with `job_not_found` for jobs that are not there or not the
   * reader's to see.
   */
  get(id: string, options: CallOptions = {}): Promise<JobDetail> {
    return this.#http.json<JobDetail>({ path: route`/api/jobs/${id}`, ...options })
  }

  /**
   * Asks for the job's end. A waiting job ends at once; a running one shows `is_cancelling` until its holder has
   * stopped. `kill` skips the grace period. Rejects with `job_not_found`, with `job_already_final` when it has ended, and
   * with `forbidden` when the token or its account may not cancel.
   */
  cancel(id: string, options: CancelJob = {}): Promise<JobDetail> {
    return this.#act(id, 'cancel', options)
  }

  /** Makes a new job that does the work again. A second retry of one job is refused with `already_retried`. */
  retry(id: string, options: RetryJob = {}): Promise<CreatedJob> {
    return this.#act<CreatedJob>(id, 'retry', options)
  }

  /** Keeps a job that waits from being started. */
  hold(id: string, options: { readonly reason?: string } = {}): Promise<JobDetail> {
    return this.#act(id, 'hold', options)
  }

  /** Lets a held or scheduled job run as soon as it is its turn. */
  release(id: string): Promise<JobDetail> {
    return this.#act(id, 'release', {})
  }

  /** Puts a waiting job off until a time (RFC 3339). */
  snooze(id: string, options: { readonly until: string }): Promise<JobDetail> {
    return this.#act(id, 'snooze', options)
  }

  /** Changes the priority, or with `front` puts the job before all others of its priority. */
  prioritise(id: string, options: PrioritiseJob): Promise<JobDetail> {
    return this.#act(id, 'priority', options)
  }

  /** Moves a waiting job to another queue or printer. */
  move(id: string, options: MoveJob): Promise<JobDetail> {
    return this.#act(id, 'move', options)
  }

  /**
   * Settles a print that nobody can prove: with `printed: true` the job ends as completed and is returned, otherwise
   * the rest becomes a new job, which is returned.
   */
  confirm(id: string, options: ConfirmJob & { readonly printed: true }): Promise<JobDetail>
  confirm(id: string, options: ConfirmJob & { readonly printed: false }): Promise<CreatedJob>
  confirm(id: string, options: ConfirmJob): Promise<CreatedJob | JobDetail>
  confirm(id: string, options: ConfirmJob): Promise<CreatedJob | JobDetail> {
    return this.#act<CreatedJob | JobDetail>(id, 'confirm', options)
  }

  /** A new job with the same input, unlinked to this one. */
  clone(id: string): Promise<CreatedJob> {
    return this.#act<CreatedJob>(id, 'clone', {})
  }

  /**
   * Has one thing done to many jobs, by a job whose id comes back: follow that one for progress, and find what became
   * of how many in its `result`. What matches is decided when it runs; jobs made after the request are left alone.
   */
  bulk(order: BulkOrder, options: CallOptions = {}): Promise<CreatedJob> {
    return this.#create<CreatedJob>('/api/jobs/bulk', order, options)
  }

  /** What `bulk` would do now to how many. */
  previewBulk(order: BulkOrder, options: CallOptions = {}): Promise<BulkPreview> {
    const body = { ...order, dry_run: true }
    return this.#http.json<BulkPreview>({ method: 'POST', path: '/api/jobs/bulk', body, ...options })
  }

  /** One page of the job's items, in their order. */
  items(id: string, options: ListItems = {}): Promise<Page<ItemView>> {
    return this.#page<ItemView>(route`/api/jobs/${id}/items`, options)
  }

  /** Every item of the job, in its order. */
  eachItem(id: string, options: ListItems = {}): AsyncGenerator<ItemView, void, undefined> {
    return eachRow((cursor) => this.items(id, { limit: 500, ...options, cursor }), options.cursor)
  }

  /** Address of the picture (PNG) of one label; needs the session's cookie or the token like any other. */
  itemPreviewUrl(id: string, index: number): string {
    return this.#http.origin + route`/api/jobs/${id}/items/${index}/preview`
  }

  /** The tries so far, oldest first. */
  async attempts(id: string, options: CallOptions = {}): Promise<AttemptView[]> {
    const { data } = await this.#http.json<{ data: AttemptView[] }>({
      path: route`/api/jobs/${id}/attempts`,
      ...options,
    })
    return data
  }

  /** One page of what happened to the job, oldest first. How long it is, the server chooses. */
  events(id: string, options: Omit<ListOptions, 'limit'> = {}): Promise<Page<EventView>> {
    return this.#page<EventView>(route`/api/jobs/${id}/events`, options)
  }

  /** Everything that happened to the job, oldest first. */
  eachEvent(id: string, options: Omit<ListOptions, 'limit'> = {}): AsyncGenerator<EventView, void, undefined> {
    return eachRow((cursor) => this.events(id, { ...options, cursor }), options.cursor)
  }

  /** One page of log lines, oldest first. */
  logs(id: string, options: ListLogs = {}): Promise<Page<LogView>> {
    return this.#page<LogView>(route`/api/jobs/${id}/logs`, options)
  }

  /** Every log line so far, oldest first. */
  eachLog(id: string, options: ListLogs = {}): AsyncGenerator<LogView, void, undefined> {
    return eachRow((cursor) => this.logs(id, { limit: 500, ...options, cursor }), options.cursor)
  }

  /** Every log line so far and then each new one, until the job has ended. Goes on over lost connections. */
  followLogs(id: string, options: FollowLogsOptions = {}): AsyncGenerator<LogView, void, undefined> {
    return followLogs(this.#http, id, options)
  }

  /** Counts by state and queue, and what ended in the last hour. */
  stats(options: CallOptions = {}): Promise<JobStats> {
    return this.#http.json<JobStats>({ path: '/api/jobs/stats', ...options })
  }

  /** The jobs that match as CSV (UTF-8, RFC 4180), streamed. */
  async exportCsv(options: { readonly q?: string } & CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { signal, ...query } = options
    const response = await this.#http.response({ path: '/api/jobs/export.csv', accept: 'text/csv', query, signal })
    return response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
  }

  /** Address of the export, for a link that the browser downloads. */
  exportCsvUrl(q?: string): string {
    return `${this.#http.origin}/api/jobs/export.csv${q === undefined ? '' : `?q=${encodeURIComponent(q)}`}`
  }

  /** Proposals for the word at the caret, from what the server has: printers, queues, people. */
  complete(options: { readonly q: string; readonly caret: number } & CallOptions): Promise<QueryCompletion> {
    const { signal, ...query } = options
    return this.#http.json<QueryCompletion>({ path: '/api/jobs/complete', query, signal })
  }

  /**
   * The job as it is and then each change of it, ending after a final state. Reads by polling while the live
   * stream is away. Stopping to read, or the signal, leaves the job alone.
   */
  watch(id: string, options: CallOptions = {}): AsyncGenerator<JobView, void, undefined> {
    return followJob({ get: (jobId, call) => this.get(jobId, call), live: this.#live() }, id, options)
  }

  /**
   * Waits until the job is in one of the states of `for`, or has ended in any: look at `state` of what comes back.
   * Rejects with `timed_out` after `timeoutMs`.
   */
  wait(id: string, options: WaitOptions = {}): Promise<JobView> {
    return waitForJob((signal) => this.watch(id, { signal }), id, options)
  }

  #act<T = JobDetail>(id: string, action: string, body: unknown): Promise<T> {
    return this.#http.json<T>({ method: 'POST', path: `${route`/api/jobs/${id}`}/${action}`, body })
  }

  #create<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.#http.json<T>({ method: 'POST', path, body, idempotencyKey: keyIn(body) ?? newKey(), ...options })
  }

  #page<T>(path: string, options: ListOptions): Promise<Page<T>> {
    const { signal, ...query } = options
    return this.#http.json<Page<T>>({ path, query: { ...query }, signal })
  }
}

function keyIn(body: unknown): string | undefined {
  const key = typeof body === 'object' && body !== null && 'idempotency_key' in body ? body.idempotency_key : undefined
  return typeof key === 'string' ? key : undefined
}
