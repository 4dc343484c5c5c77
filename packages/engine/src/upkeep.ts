import {
  ARCHIVE_TYPE,
  type ArchiveInput,
  CLEANUP_TYPE,
  MAINTENANCE_QUEUE,
  monthWords,
  type RetryPolicy,
} from '@andon/core'
import { createJobs, listRetentionRules, monthsDue, type NewJob, retentionPlans, type Store } from '@andon/store'
import { isCleanupDue } from './cleanup.ts'
import { Service, type ServiceOptions } from './service.ts'

/** The hour of the day, in UTC, from which on a day's work is asked for. */
const NIGHT_HOUR = 2

/** A lock that somebody holds, or a database that is away, may be over soon. */
const RETRY: RetryPolicy = { kind: 'fixed', delaysMs: [30_000, 300_000, 1_800_000] }

const BY = 'system:retention'

export interface UpkeepOptions extends ServiceOptions {
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number
}

/**
 * Asks once a day for what the rules of retention want: a cleanup, and once there is nothing to clean the archiving of
 * each month that is over. Where nothing is due no job is made. Several servers may ask: the first one of a day does.
 */
export class Upkeep extends Service {
  override readonly name = 'upkeep'
  protected override readonly everyMs = 600_000
  readonly #store: Store
  readonly #now: () => number
  /** The day whose work was asked for, by this process. */
  #askedDay = ''

  constructor(store: Store, { now = Date.now, ...options }: UpkeepOptions) {
    super(options)
    this.#store = store
    this.#now = now
  }

  override async runOnce(): Promise<undefined> {
    const now = new Date(this.#now())
    const day = now.toISOString().slice(0, 10)
    if (now.getUTCHours() < NIGHT_HOUR || day === this.#askedDay) return
    if ((await isCleanupDue(this.#store, now)) && (await this.#ask(cleanupJob({ createdBy: BY }), day))) return
    const plans = await retentionPlans(this.#store, await listRetentionRules(this.#store), now)
    for (const month of await monthsDue(this.#store, plans)) {
      await this.#ask(archiveJob({ action: 'archive', month }, { createdBy: BY }), day)
    }
    this.#askedDay = day
  }

  /** Whether it is asked for now, and was not before. */
  async #ask(job: NewJob, day: string): Promise<boolean> {
    const [made] = await createJobs(this.#store, [{ ...job, idempotencyKey: `${BY}:${job.uniqueKey}:${day}` }])
    return made?.isExisting === false
  }
}

/** In whose name such a job is made. */
type Asker = Pick<NewJob, 'accountId' | 'createdBy'>

/** A job that cleans what is older than its rule; one of them lives at a time. */
export function cleanupJob(asker: Asker): NewJob {
  return {
    type: CLEANUP_TYPE,
    queue: MAINTENANCE_QUEUE,
    description: 'Clean what is older than its rule',
    uniqueKey: 'cleanup',
    retry: RETRY,
    ...asker,
  }
}

const MONTH_VERBS = { archive: 'Archive', restore: 'Bring back', delete: 'Delete' } as const satisfies Record<
  ArchiveInput['action'],
  string
>

/** A job that archives a month, brings it back or deletes it; one of them lives for each month. */
export function archiveJob(input: ArchiveInput, asker: Asker): NewJob {
  return {
    type: ARCHIVE_TYPE,
    queue: MAINTENANCE_QUEUE,
    description: `${MONTH_VERBS[input.action]} ${monthWords(input.month)}`,
    input,
    uniqueKey: `month:${input.month}`,
    retry: RETRY,
    ...asker,
  }
}
