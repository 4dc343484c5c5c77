import type { PauseRequest, PoolView, QueueLimits, QueueView, WorkerView } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { route } from './route.ts'

/** The queue of a name, or else the printer or pool; with its kind, as lists give it, exactly that one. */
export type QueueName = Pick<QueueView, 'kind' | 'name'> | string

/** Queues, and the queues of printers and pools, by their names. */
export class QueuesApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<QueueView[]> {
    return (await this.#http.json<{ data: QueueView[] }>({ path: '/api/queues', ...options })).data
  }

  /** Nothing new is started; what runs goes on, and no job changes its state. */
  pause(queue: QueueName, options: PauseRequest = {}): Promise<QueueView> {
    return this.#act(queue, 'pause', options)
  }

  resume(queue: QueueName): Promise<QueueView> {
    return this.#act(queue, 'resume')
  }

  /** Null lifts a limit, what is left out stays. */
  setLimits(queue: QueueName, limits: QueueLimits): Promise<QueueView> {
    return this.#act(queue, 'limits', limits)
  }

  /** Works off what is there and takes nothing new; `is_draining: false` takes that back. */
  drain(queue: QueueName, options: { readonly is_draining?: boolean } = {}): Promise<QueueView> {
    return this.#act(queue, 'drain', options)
  }

  #act(queue: QueueName, action: string, body: unknown = {}): Promise<QueueView> {
    const { kind, name } = typeof queue === 'string' ? { kind: undefined, name: queue } : queue
    const path = `${route`/api/queues/${name}`}/${action}`
    return this.#http.json<QueueView>({ method: 'POST', path, query: { kind }, body })
  }
}

/** Printers that stand in for one another. */
export class PoolsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<PoolView[]> {
    return (await this.#http.json<{ data: PoolView[] }>({ path: '/api/pools', ...options })).data
  }

  /** An empty pool; printers join it by their own setting. */
  add(name: string): Promise<PoolView> {
    return this.#http.json<PoolView>({ method: 'POST', path: '/api/pools', body: { name } })
  }

  /** Gives a pool another name; its printers and what waits stay in it. */
  rename(name: string, to: string): Promise<PoolView> {
    return this.#http.json<PoolView>({ method: 'PATCH', path: route`/api/pools/${name}`, body: { name: to } })
  }

  /** Refused with `state_conflict` while printers belong to it. */
  remove(name: string): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/pools/${name}` })
  }
}

/** Processes that execute jobs. */
export class WorkersApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** Those that live, and those that were lost lately. */
  async list(options: CallOptions = {}): Promise<WorkerView[]> {
    return (await this.#http.json<{ data: WorkerView[] }>({ path: '/api/workers', ...options })).data
  }

  /** The worker finishes what it has and takes nothing new; `is_draining: false` takes that back. */
  drain(id: number, options: { readonly is_draining?: boolean } = {}): Promise<WorkerView> {
    return this.#http.json<WorkerView>({ method: 'POST', path: route`/api/workers/${id}/drain`, body: options })
  }
}
