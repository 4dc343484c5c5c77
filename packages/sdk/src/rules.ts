import type { AlertView, ChangeRule, CreatedJob, CreateRule, NotificationView, RuleView, SavedRule } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import type { ListOptions, Page } from './page.ts'
import { route } from './route.ts'

/** What to watch for, and how to tell. Read by operators and up, changed by supervisors and up. */
export class RulesApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<RuleView[]> {
    return (await this.#http.json<{ data: RuleView[] }>({ path: '/api/rules', ...options })).data
  }

  /** Refused with `rule_not_found`. */
  get(id: number, options: CallOptions = {}): Promise<RuleView> {
    return this.#http.json<RuleView>({ path: route`/api/rules/${id}`, ...options })
  }

  /**
   * Makes a rule, which watches from now on. `secret` verifies the messages of a signed webhook and is told this once.
   * Refused with `mail_not_configured`, `private_address`, `name_taken`.
   */
  add(rule: CreateRule): Promise<SavedRule> {
    return this.#http.json<SavedRule>({ method: 'POST', path: '/api/rules', body: rule })
  }

  /** What is left out stays; `secret` is null unless another one was made. */
  change(id: number, change: ChangeRule): Promise<SavedRule> {
    return this.#http.json<SavedRule>({ method: 'PATCH', path: route`/api/rules/${id}`, body: change })
  }

  /** What it told is still listed. */
  remove(id: number): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/rules/${id}` })
  }

  /** It watches nothing until it is resumed; its alerts are closed. */
  pause(id: number): Promise<RuleView> {
    return this.#http.json<RuleView>({ method: 'POST', path: route`/api/rules/${id}/pause`, body: {} })
  }

  resume(id: number): Promise<RuleView> {
    return this.#http.json<RuleView>({ method: 'POST', path: route`/api/rules/${id}/resume`, body: {} })
  }

  /** Sends a message by its channel at once: the job that delivers it. */
  test(id: number): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'POST', path: route`/api/rules/${id}/test`, body: {} })
  }
}

export interface ListAlerts extends ListOptions {
  /** Only those that are open. */
  readonly open?: boolean | undefined
}

/** What rules found. */
export class AlertsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Open ones first, then those that are over, each newest first. */
  list(options: ListAlerts = {}): Promise<Page<AlertView>> {
    const { signal, ...query } = options
    return this.#http.json<Page<AlertView>>({ path: '/api/alerts', query, signal })
  }

  /** Somebody sees to it; what is not over by itself is closed. Refused with `alert_not_found`. */
  acknowledge(id: string): Promise<AlertView> {
    return this.#http.json<AlertView>({ method: 'POST', path: route`/api/alerts/${id}/acknowledge`, body: {} })
  }
}

export interface ListNotifications extends ListOptions {
  /** Only those of one rule. */
  readonly rule_id?: number | undefined
}

/** Who was told, and what became of it. */
export class NotificationsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Newest first. */
  list(options: ListNotifications = {}): Promise<Page<NotificationView>> {
    const { signal, ...query } = options
    return this.#http.json<Page<NotificationView>>({ path: '/api/notifications', query, signal })
  }
}
