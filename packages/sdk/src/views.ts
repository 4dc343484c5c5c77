import type { AttentionView, HealthView } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { route } from './route.ts'

/** What needs somebody now, worst first. */
export class AttentionApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<AttentionView[]> {
    return (await this.#http.json<{ data: AttentionView[] }>({ path: '/api/attention', ...options })).data
  }
}

/** A query that somebody saved under a name. */
export interface SavedView {
  /** Chosen by the client: a UUID, as `newKey` makes them. */
  readonly id: string
  /** False for what others share; the server says it. */
  readonly is_own?: boolean
  readonly name: string
  /** The page it belongs to, such as `jobs`. */
  readonly page: string
  readonly query: string
  readonly is_shared: boolean
  readonly is_default: boolean
}

/** Saved views of the reader, and those that others share. */
export class ViewsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** All of them, or those of one page. */
  async list({ page, signal }: { readonly page?: string } & CallOptions = {}): Promise<SavedView[]> {
    const { data } = await this.#http.json<{ data: SavedView[] }>({ path: '/api/views', signal })
    return page === undefined ? data : data.filter((view) => view.page === page)
  }

  /** Makes the view, or changes the one of this id. */
  save({ id, is_own: _isOwn, ...view }: SavedView): Promise<SavedView> {
    return this.#http.json<SavedView>({ method: 'PUT', path: route`/api/views/${id}`, body: view })
  }

  remove(id: string): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/views/${id}` })
  }
}

/** How the server is. */
export class HealthApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Rejects with `overloaded` and the checks in `extra` while the server is down. */
  ready(options: CallOptions = {}): Promise<HealthView> {
    return this.#http.json<HealthView>({ path: '/readyz', ...options })
  }

  /** Resolves when the process serves at all. */
  alive(options: CallOptions = {}): Promise<void> {
    return this.#http.empty({ path: '/healthz', ...options })
  }
}
