import type { BulkPreview, CreatedJob, ErrorGroupDetail, ErrorGroupPage, ErrorGroupView } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { newKey } from './key.ts'
import { eachRow, type ListOptions } from './page.ts'
import { route } from './route.ts'

/** A period; times are RFC 3339. Default: the seven days before now. */
export interface ErrorPeriod {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** Which groups to list. */
export interface ListErrors extends ListOptions, ErrorPeriod {
  /** Jobs of this type; `print.*` for all that begin so. */
  readonly type?: string | undefined
  /** Only groups in which some job was not retried yet. */
  readonly open?: boolean | undefined
}

/** Jobs that failed for the same cause. */
export class ErrorsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** One page of groups, the one that was seen last first. */
  list(options: ListErrors = {}): Promise<ErrorGroupPage> {
    const { signal, ...query } = options
    return this.#http.json<ErrorGroupPage>({ path: '/api/errors', query: { ...query }, signal })
  }

  /** Every group, page after page. */
  each(options: ListErrors = {}): AsyncGenerator<ErrorGroupView, void, undefined> {
    return eachRow((cursor) => this.list({ limit: 500, ...options, cursor }), options.cursor)
  }

  /** One group. Rejects with `not_found` when it has no errors in the period. */
  get(fingerprint: string, options: ErrorPeriod & CallOptions = {}): Promise<ErrorGroupDetail> {
    const { signal, ...query } = options
    return this.#http.json<ErrorGroupDetail>({ path: route`/api/errors/${fingerprint}`, query: { ...query }, signal })
  }

  /** Retries what was not retried yet of a group, by a job whose id comes back. */
  retry(fingerprint: string, period: ErrorPeriod = {}): Promise<CreatedJob> {
    return this.#post<CreatedJob>(fingerprint, { ...period }, newKey())
  }

  /** What `retry` would do now to how many. */
  previewRetry(fingerprint: string, period: ErrorPeriod = {}): Promise<BulkPreview> {
    return this.#post<BulkPreview>(fingerprint, { ...period, dry_run: true })
  }

  #post<T>(fingerprint: string, body: object, idempotencyKey?: string): Promise<T> {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey }
    return this.#http.json<T>({ method: 'POST', path: route`/api/errors/${fingerprint}/retry`, body, ...key })
  }
}
