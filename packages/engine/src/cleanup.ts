import { type CleanupCounts, DAY_MS, HOUR_MS, retentionWords } from '@andon/core'
import {
  cleanJobs,
  deleteOver,
  historyStart,
  hasExpiredDocuments,
  jobsToClean,
  jobsToDelete,
  listRetentionRules,
  moveRetentionUntil,
  removeExpiredDocuments,
  type RetentionPlan,
  retentionPlans,
  type Store,
  type StoredRetentionRule,
} from '@andon/store'

/** Jobs of one set: each may have thousands of log lines. */
const SET = 500
/** Documents have up to 50 MiB each. */
const DOCUMENTS = 20

/** Of history in which nothing is found. */
const LONGEST_STEP_MS = 30 * DAY_MS

const NOTHING: CleanupCounts = { cleaned: 0, deleted: 0, items: 0, log_lines: 0, documents: 0 }

/** How far a cleanup is. */
export interface CleanupStep {
  /** What was done so far. */
  readonly counts: CleanupCounts
  /** 0 to 1: of the rules that there are to go through. */
  readonly share: number
}

type Plan = RetentionPlan<StoredRetentionRule>

/** One thing that a plan does, over the stretch of history that it has not gone through. */
interface Walk {
  readonly plan: Plan
  readonly from: Date
  /** What ended before is over. */
  readonly to: Date
  /** The next set, and what becomes of it. */
  readonly find: typeof jobsToClean
  readonly act: (ids: readonly string[]) => Promise<Partial<CleanupCounts>>
  /** Keeps how far it came; false when the rule is not there any more. */
  readonly remember: (until: Date) => Promise<boolean>
}

/**
 * Cleans and deletes what is older than its rule, in sets, hour by hour of the history; yields after each. It goes on
 * where it stopped the last time, so that a night costs as much as a day had, however long the history is.
 */
export async function* cleanUp(store: Store, now: Date): AsyncGenerator<CleanupStep, void, undefined> {
  let counts = NOTHING
  const walks = await walksOf(store, now)
  for (const [index, walk] of walks.entries()) {
    for await (const { done, share } of goThrough(store, walk)) {
      counts = plus(counts, done)
      yield { counts, share: (index + share) / walks.length }
    }
  }
  for (;;) {
    const documents = await removeExpiredDocuments(store, now, DOCUMENTS)
    counts = plus(counts, { documents })
    yield { counts, share: 1 }
    if (documents < DOCUMENTS) return
  }
}

/** Whether there is something that a cleanup would do. What has nothing to do is not gone through again. */
export async function isCleanupDue(store: Store, now: Date): Promise<boolean> {
  for (const { find, from, plan, remember, to } of await walksOf(store, now)) {
    if ((await find(store, plan, { from, to, limit: 1 })).length > 0) return true
    await remember(to)
  }
  return hasExpiredDocuments(store, now)
}

async function walksOf(store: Store, now: Date): Promise<Walk[]> {
  const plans = await retentionPlans(store, await listRetentionRules(store), now)
  const start = await historyStart(store)
  return plans.flatMap((plan) => [...artifactWalk(store, plan, start), ...deletionWalk(store, plan, start)])
}

function artifactWalk(store: Store, plan: Plan, start: Date | null): Walk[] {
  const { artifactsBefore: to, rule } = plan
  const from = rule.artifactsUntil ?? start
  if (to === null || from === null || from >= to) return []
  return [
    {
      plan,
      from,
      to,
      find: jobsToClean,
      act: async (ids) => {
        const { jobs: cleaned, ...what } = await cleanJobs(store, ids, { before: to, rule: retentionWords(rule) })
        return { cleaned, ...what }
      },
      remember: (artifacts) => moveRetentionUntil(store, rule.id, { artifacts }),
    },
  ]
}

function deletionWalk(store: Store, plan: Plan, start: Date | null): Walk[] {
  const { deleteBefore: to, rule } = plan
  const from = rule.deletedUntil ?? start
  if (to === null || from === null || from >= to) return []
  return [
    {
      plan,
      from,
      to,
      find: jobsToDelete,
      act: async (ids) => ({ deleted: await deleteOver(store, ids, to) }),
      remember: (deleted) => moveRetentionUntil(store, rule.id, { deleted }),
    },
  ]
}

/**
 * An hour at a time, and ever more of it where nothing is found; until its end, or until somebody sets other rules. A
 * stretch in which there is much is begun again with its first hour, so that no set reads much more than it takes.
 */
async function* goThrough(
  store: Store,
  { act, find, from, plan, remember, to }: Walk,
): AsyncGenerator<{ readonly done: Partial<CleanupCounts>; readonly share: number }, void, undefined> {
  const wholeMs = to.getTime() - from.getTime()
  let stepMs = HOUR_MS
  for (let at = from; at < to; ) {
    const end = new Date(Math.min(to.getTime(), at.getTime() + stepMs))
    const ids = await find(store, plan, { from: at, to: end, limit: SET })
    if (ids.length > 0) {
      if (!(await remember(at))) return
      yield { done: await act(ids), share: (at.getTime() - from.getTime()) / wholeMs }
    }
    stepMs = ids.length > 0 ? HOUR_MS : Math.min(LONGEST_STEP_MS, 2 * stepMs)
    if (ids.length < SET) at = end
  }
  await remember(to)
}

function plus(counts: CleanupCounts, more: Partial<CleanupCounts>): CleanupCounts {
  return {
    cleaned: counts.cleaned + (more.cleaned ?? 0),
    deleted: counts.deleted + (more.deleted ?? 0),
    items: counts.items + (more.items ?? 0),
    log_lines: counts.log_lines + (more.log_lines ?? 0),
    documents: counts.documents + (more.documents ?? 0),
  }
}
