import { runDueSchedules, type Schedule, type Store } from '@andon/store'
import { nextRun } from './schedule-times.ts'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 100

/** Makes the jobs of schedules whose time has come; times that were missed are made up for once. */
export class Scheduler extends Service {
  override readonly name = 'scheduler'
  protected override readonly everyMs = 1_000
  readonly #store: Store

  constructor(store: Store, options: ServiceOptions) {
    super(options)
    this.#store = store
  }

  override async runOnce(): Promise<number | undefined> {
    const runs = await runDueSchedules(this.#store, (schedule, after) => this.#next(schedule, after), BATCH)
    return runs.length === BATCH ? 0 : undefined
  }

  /** One that cannot be read (an older version took it) runs no more instead of stopping all others. */
  #next(schedule: Schedule, after: Date): Date | null {
    try {
      return nextRun(schedule.cron, schedule.timeZone, after)
    } catch (error) {
      this.log.error({ error, schedule: schedule.name }, 'a schedule has no next time')
      return null
    }
  }
}
