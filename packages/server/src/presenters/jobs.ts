import type { JobDetail, JobView } from '@andon/core'
import {
  type JobRow,
  jobActions,
  jobExtras,
  type Store,
  toJobDetail,
  toJobView,
  TypeDurations,
  withoutArtifacts,
} from '@andon/store'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { JOBS } from '../policies/jobs.ts'
import { isPermitted, type Policy } from '../policies/policy.ts'

type JobAction = JobDetail['actions'][number]

/** The permission behind each thing that a page offers to do with a job. */
const ACTION_POLICIES: Readonly<Record<JobAction, Policy>> = {
  cancel: JOBS.cancel,
  kill: JOBS.cancel,
  retry: JOBS.retry,
  retry_failed: JOBS.retry,
  hold: JOBS.hold,
  release: JOBS.hold,
  confirm: JOBS.confirm,
  priority: JOBS.prioritise,
  front: JOBS.prioritise,
  move: JOBS.move,
  clone: JOBS.clone,
}

/** What makes a job of the content of its items and of its document. */
const NEEDS_ARTIFACTS: ReadonlySet<JobAction> = new Set(['clone', 'retry', 'retry_failed'])

/** Of a job that was deleted this moment. */
const NOTHING = { input: null, result: null, children: [], cleaned: null }

/** Decides what of a job leaves the server. */
export class JobPresenter {
  readonly #store: Store
  readonly #durations: TypeDurations
  #means: ReadonlyMap<number, number> = new Map()

  constructor(store: Store) {
    this.#store = store
    this.#durations = new TypeDurations(store)
  }

  /** Reads how long jobs of each type take, which estimates need; cheap, since it is kept for a minute. */
  async prepare(): Promise<void> {
    this.#means = await this.#durations.means(Date.now())
  }

  view(row: JobRow): JobView {
    return toJobView(row, this.#context())
  }

  async views(rows: readonly JobRow[]): Promise<JobView[]> {
    await this.prepare()
    return rows.map((row) => this.view(row))
  }

  /** One job with its payloads, where the reader may see them, and with what the reader may do. */
  async detail(row: JobRow, actor: Actor): Promise<JobDetail> {
    await this.prepare()
    const extras = (await jobExtras(this.#store, row.id)) ?? NOTHING
    const isGone = (await withoutArtifacts(this.#store, [{ id: row.id, input: extras.input }])).size > 0
    const actions = jobActions(row).filter(
      (action) => isPermitted(ACTION_POLICIES[action], actor) && !(isGone && NEEDS_ARTIFACTS.has(action)),
    )
    return toJobDetail(row, extras, { ...this.#context(), canReadPayloads: canReadPayloads(actor), actions })
  }

  #context(): { nowMs: number; meanMs: (typeId: number) => number | null } {
    return { nowMs: Date.now(), meanMs: (typeId) => this.#means.get(typeId) ?? null }
  }
}
