import type { CreatedJob, MonthView, RetentionForecast, RetentionRule, RetentionView } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { route } from './route.ts'

/** How long jobs, and what they left, are kept. For administrators. */
export class RetentionApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  get(options: CallOptions = {}): Promise<RetentionView> {
    return this.#http.json<RetentionView>({ path: '/api/retention', ...options })
  }

  /** Puts these rules in the place of all that there are. Refused with `validation_failed` that names the rule. */
  set(rules: readonly RetentionRule[]): Promise<RetentionView> {
    return this.#http.json<RetentionView>({ method: 'PUT', path: '/api/retention', body: { rules } })
  }

  /** What would go by these rules now; nothing is changed. */
  forecast(rules: readonly RetentionRule[], options: CallOptions = {}): Promise<RetentionForecast> {
    const body = { rules, dry_run: true }
    return this.#http.json<RetentionForecast>({ method: 'PUT', path: '/api/retention', body, ...options })
  }

  /** Cleans now what is older than its rule: the job that does it, which may be under way already. */
  run(): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'POST', path: '/api/retention/run', body: {} })
  }
}

/** The months of history. For administrators. */
export class HistoryApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Those in the lists and those in the archive, newest first. */
  async list(options: CallOptions = {}): Promise<MonthView[]> {
    return (await this.#http.json<{ data: MonthView[] }>({ path: '/api/history', ...options })).data
  }

  /**
   * Takes a month (`YYYYMM`) out of the lists: the job that does it. Refused with `state_conflict` while a job of it
   * lives or is younger than its rule, with `duplicate_job` while the month is on its way.
   */
  archive(month: string): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'POST', path: route`/api/history/${month}/archive`, body: {} })
  }

  /**
   * Deletes an archived month for good: the job that does it. Refused with `state_conflict` when it is not in the
   * archive, with `duplicate_job` while it is on its way.
   */
  delete(month: string): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'DELETE', path: route`/api/history/${month}` })
  }

  /** Brings an archived month back, until it is archived again: the job that does it. */
  restore(month: string): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'POST', path: route`/api/history/${month}/restore`, body: {} })
  }
}
