import type { NotificationInput, RuleCondition, SettleReport } from '@andon/core'
import {
  type AlertRow,
  createJobs,
  createRule,
  internQueues,
  listAlerts,
  type ListedRule,
  type NewRule,
  openStore,
  SILENT,
  type Store,
  storeJobSource,
} from '@andon/store'
import { testDatabase } from '@andon/testing'
import { afterEach, beforeEach } from 'vitest'
import { RuleWatch } from '../src/index.ts'

const ANNA = { name: 'anna' }
const WEBHOOK = { kind: 'webhook', url: 'https://example.com/in' } as const
const NO_QUIET = { minutes: 0, hours: null }

/** What ends a job well, and what ends it badly. */
export const DONE = { outcome: 'completed', result: null, summary: 'all done' } as const
export const FAILED = {
  outcome: 'failed',
  error: { code: 'broken', message: 'it broke', hint: 'mend it', retryable: false },
} as const

/** A database of its own before each test, and a watch over its rules. */
export class WatchedShop {
  #database: Awaited<ReturnType<typeof testDatabase>> | null = null
  #parts: { readonly store: Store; readonly url: string; readonly watch: RuleWatch } | null = null

  constructor() {
    beforeEach(async () => {
      this.#database = await testDatabase()
      const { url } = this.#database
      const store = await openStore({ connection: url })
      this.#parts = { store, url, watch: new RuleWatch(store, { log: SILENT, statesEveryMs: 0 }) }
    })
    afterEach(async () => {
      await this.#parts?.store.close()
      await this.#database?.[Symbol.asyncDispose]()
    })
  }

  /** Of the database, for another server over it. */
  get url(): string {
    return this.#begun.url
  }

  get store(): Store {
    return this.#begun.store
  }

  get watch(): RuleWatch {
    return this.#begun.watch
  }

  readonly rows = async <R>(text: string, values: readonly unknown[] = []): Promise<R[]> => {
    const result = await this.store.pool.query(text, [...values])
    return result.rows as R[]
  }

  readonly rule = (condition: RuleCondition, more: Partial<NewRule> = {}): Promise<ListedRule> => {
    const fields = { name: condition.on, condition, channel: WEBHOOK, quiet: NO_QUIET, secret: null }
    return createRule(this.store, { ...fields, ...more }, ANNA)
  }

  /** Makes jobs and has a worker end them so, one set after the other. */
  readonly end = async (
    reports: readonly (Partial<SettleReport> & { readonly outcome: SettleReport['outcome'] })[],
    job: object = {},
  ): Promise<string[]> => {
    const source = storeJobSource(this.store)
    const types = ['test.work', 'test.other', 'notify.webhook']
    const lease = await source.register({
      name: 'w',
      kind: 'worker',
      host: 'here',
      pid: 1,
      version: 'test',
      types,
      slots: 10,
      leaseMs: 30_000,
    })
    const ids: string[] = []
    for (const report of reports) {
      const [made] = await createJobs(this.store, [{ type: 'test.work', createdBy: 'anna', queue: 'work', ...job }])
      const lane = (await internQueues(this.store, ['work'])).get('work')
      if (made === undefined || lane === undefined) throw new Error('nothing was made')
      const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 10, slot: null }]
      const [claimed] = await source.claim(lease, { lanes, types, limit: 1 })
      if (claimed === undefined) throw new Error('nothing was claimed')
      // What each outcome needs is given by the test.
      await source.settle(lease, [{ jobId: made.id, fence: claimed.fence, ...report } as SettleReport])
      ids.push(made.id)
    }
    await source.unregister(lease)
    return ids
  }

  readonly alerts = (isOpenOnly = true): Promise<AlertRow[]> => {
    return listAlerts(this.store, { after: null, limit: 100, isOpenOnly })
  }

  /** What the jobs that tell were made with, oldest first. */
  readonly told = async (): Promise<NotificationInput[]> => {
    const jobs = await this.rows<{ input: NotificationInput }>(
      `select j.input from notification n join job j on j.id = n.job_id order by n.id`,
    )
    return jobs.map(({ input }) => input)
  }

  readonly titles = async (): Promise<string[]> => {
    return (await this.told()).map(({ message }) => message.title)
  }

  get #begun() {
    if (this.#parts === null) throw new Error('There is no database yet')
    return this.#parts
  }
}
