import type { ChangeSchedule, CreatedJob, CreateSchedule, SchedulePreview, ScheduleView } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { newKey } from './key.ts'
import { route } from './route.ts'

/** Jobs that are made again and again, by the ids of their schedules. */
export class SchedulesApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** All of them, by name. */
  async list(options: CallOptions = {}): Promise<ScheduleView[]> {
    return (await this.#http.json<{ data: ScheduleView[] }>({ path: '/api/schedules', ...options })).data
  }

  get(id: number, options: CallOptions = {}): Promise<ScheduleView> {
    return this.#http.json<ScheduleView>({ path: route`/api/schedules/${id}`, ...options })
  }

  /** What an expression means in a time zone (default UTC). Rejects with `validation_failed` while it is none. */
  preview(cron: string, options: { readonly timeZone?: string } & CallOptions = {}): Promise<SchedulePreview> {
    const { signal, timeZone } = options
    const query = { cron, time_zone: timeZone }
    return this.#http.json<SchedulePreview>({ path: '/api/schedules/preview', query, signal })
  }

  add(schedule: CreateSchedule): Promise<ScheduleView> {
    return this.#http.json<ScheduleView>({ method: 'POST', path: '/api/schedules', body: schedule })
  }

  /** What is left out stays; `job` replaces the whole job. */
  change(id: number, change: ChangeSchedule): Promise<ScheduleView> {
    return this.#http.json<ScheduleView>({ method: 'PATCH', path: route`/api/schedules/${id}`, body: change })
  }

  /** Makes no more jobs until `resume`, which goes on with the next time to come. */
  pause(id: number): Promise<ScheduleView> {
    return this.#http.json<ScheduleView>({ method: 'POST', path: route`/api/schedules/${id}/pause`, body: {} })
  }

  resume(id: number): Promise<ScheduleView> {
    return this.#http.json<ScheduleView>({ method: 'POST', path: route`/api/schedules/${id}/resume`, body: {} })
  }

  /** Makes its job now. `is_existing`: the job before still lives, and the schedule is to skip. */
  run(id: number): Promise<CreatedJob> {
    const path = route`/api/schedules/${id}/run`
    return this.#http.json<CreatedJob>({ method: 'POST', path, body: {}, idempotencyKey: newKey() })
  }

  /** The jobs that it made stay. */
  remove(id: number): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/schedules/${id}` })
  }
}
