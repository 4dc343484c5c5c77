import { messageOf } from '@andon/core'
import { type RunPlan, runDueSchedules, type Schedule, type Store } from '@andon/store'
import { missedRuns, nextRun } from './schedule-times.ts'
import { Service, type ServiceOptions } from './service.ts'

const BATCH = 100

/**
 * A run that is later than this was missed: nobody was there. What comes within it is the pace of the loop, in which
 * one run stands for all of a schedule that wants more than one a second.
 */
const LATE_MS = 30_000

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
    const runs = await runDueSchedules(this.#store, (schedule, now) => this.#plan(schedule, now), BATCH)
    for (const { schedule, trouble } of runs) {
      if (trouble !== null) this.log.error({ schedule: schedule.name, trouble }, 'a schedule could not make its job')
    }
    return runs.length === BATCH ? 0 : undefined
  }

  /** One that cannot be read (an older version took it) runs no more instead of stopping all others. */
  #plan({ cron, name, nextRunAt, timeZone }: Schedule, now: Date): RunPlan {
    try {
      const due = nextRunAt ?? now
      const isLate = now.getTime() - due.getTime() > LATE_MS
      const missed = isLate ? missedRuns(cron, timeZone, { after: due, until: now }) : 0
      return { nextRunAt: nextRun(cron, timeZone, now), missed }
    } catch (error) {
      this.log.error({ error: messageOf(error), schedule: name }, 'a schedule has no next time')
      return { nextRunAt: null, missed: 0 }
    }
  }
}
