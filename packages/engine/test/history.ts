import { type CleanupCounts, DAY_MS, DEFAULT_RETENTION, type FinalState, uuidFloor } from '@andon/core'
import {
  type FinishedJob,
  importFinished,
  internQueues,
  internTypes,
  openStore,
  setRetentionRules,
  type Store,
} from '@andon/store'
import { testDatabase } from '@andon/testing'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { cleanUp } from '../src/index.ts'

const ANNA = { name: 'anna' }
/** The moment at which all of this happens. */
export const NOW: Date = new Date('2026-05-20T12:00:00Z')

/** A job of the history. */
export interface Ended {
  readonly type?: string
  readonly state?: FinalState
  readonly daysAgo: number
  readonly createdDaysAgo?: number
}

/** A database with a history that is empty, and rules as they come, before each test. */
export class History {
  #database: Awaited<ReturnType<typeof testDatabase>> | null = null
  #store: Store | null = null
  #made = 0

  constructor() {
    beforeAll(async () => {
      this.#database = await testDatabase()
      this.#store = await openStore({ connection: this.#database.url })
    })
    beforeEach(async () => {
      for (const table of ['job_done', 'job', 'cleaned_job', 'counter', 'restored_month']) {
        await this.rows(`delete from ${table}`)
      }
      await setRetentionRules(this.store, DEFAULT_RETENTION, ANNA)
    })
    afterAll(async () => {
      await this.#store?.close()
      await this.#database?.[Symbol.asyncDispose]()
    })
  }

  get store(): Store {
    if (this.#store === null) throw new Error('There is no database yet')
    return this.#store
  }

  readonly rows = async <R>(text: string, values: readonly unknown[] = []): Promise<R[]> => {
    const result = await this.store.pool.query(text, [...values])
    return result.rows as R[]
  }

  /** Jobs that ended so long before NOW, each with a label and a log line; their ids. */
  readonly ended = async (...jobs: readonly Ended[]): Promise<string[]> => {
    const queueId = (await internQueues(this.store, ['history'])).get('history')?.id ?? 0
    const types = await internTypes(this.store, new Set(jobs.map(({ type = 'print.label' }) => type)))
    const finished = jobs.map(({ createdDaysAgo, daysAgo, state = 'failed', type = 'print.label' }): FinishedJob => {
      this.#made += 1
      const createdAt = new Date(NOW.getTime() - (createdDaysAgo ?? daysAgo) * DAY_MS)
      const low = uuidFloor(createdAt.getTime())
      return {
        id: `${low.slice(0, 24)}${this.#made.toString(16).padStart(12, '0')}`,
        typeId: types.get(type)?.id ?? 0,
        queueId,
        state,
        priority: 'normal',
        attempt: 1,
        maxAttempts: 1,
        createdAt,
        startedAt: createdAt,
        finishedAt: new Date(NOW.getTime() - daysAgo * DAY_MS),
        description: `order ${this.#made}`,
        subject: null,
        tags: null,
        createdBy: 'anna',
        items: { total: 1, done: 0, failed: 1 },
        printerId: null,
        proof: null,
        error: null,
        summary: null,
      }
    })
    await importFinished(this.store, finished)
    const ids = finished.map(({ id }) => id)
    await this.rows(
      `insert into item (job_id, idx, state, ref, content, outcome_at)
       select id, 0, 3, 'BOX-1', '^XA^XZ', now() from unnest($1::uuid[]) as id`,
      [ids],
    )
    await this.rows(
      `insert into job_log (job_id, attempt, at, level, message)
       select id, 1, now(), 1, 'begun' from unnest($1::uuid[]) as id`,
      [ids],
    )
    return ids
  }

  /** Cleans at a moment; what it came to. */
  readonly clean = async (now: Date = NOW): Promise<CleanupCounts | null> => {
    let counts: CleanupCounts | null = null
    for await (const step of cleanUp(this.store, now)) counts = step.counts
    return counts
  }
}
