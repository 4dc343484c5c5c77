import { createHash } from 'node:crypto'
import {
  HOLD_REASONS,
  isUuid,
  type LostAction,
  type Priority,
  PRIORITIES,
  problem,
  type RetryPolicy,
} from '@andon/core'
import { jsonArray, plainArray, textArray, timeArray } from './arrays.ts'
import type { Store } from './pool.ts'
import type { NewItem, NewJob } from './queries/create.ts'
import { internQueues, type Lane, lanesById } from './queries/lanes.ts'
import { internTypes, type JobType } from './queries/types.ts'
import { typeDefaults } from './type-defaults.ts'

/** A new job with everything decided that the database does not decide itself. */
export interface PreparedJob {
  readonly id: string
  readonly siteId: number
  readonly type: string
  readonly typeId: number
  readonly lane: Lane
  /** Position in HOLD_REASONS; null when only its time may hold it. */
  readonly hold: number | null
  readonly priority: Priority
  readonly maxAttempts: number
  readonly runAt: Date | null
  readonly deadlineAt: Date | null
  readonly expiresAt: Date | null
  readonly description: string | null
  readonly subject: { readonly type: string; readonly id: string } | null
  readonly tags: unknown
  readonly input: unknown
  readonly createdBy: string
  readonly accountId: number | null
  readonly parentId: string | null
  readonly retryOf: string | null
  readonly estimatedMs: number | null
  readonly retry: RetryPolicy | null
  readonly lostAction: LostAction
  readonly uniqueKey: string | null
  readonly idempotencyKey: string | null
  readonly requestHash: Uint8Array | null
  readonly parents: readonly string[]
  readonly onParentFailure: 'cancel' | 'release'
  readonly items: readonly NewItem[]
}

const DEFAULT_QUEUE = 'default'

/**
 * Fills in what types and lanes say.
 *
 * @throws queue_not_found, validation_failed
 */
export async function prepareJobs(store: Store, jobs: readonly NewJob[]): Promise<PreparedJob[]> {
  const types = await internTypes(store, new Set(jobs.map((job) => job.type)))
  const lanes = await lanesOf(store, jobs)
  return jobs.map((job, index) => {
    const type = types.get(job.type)
    const lane = lanes(job)
    if (type === undefined) throw problem('internal', { detail: `the type ${job.type} was not kept` })
    if (lane === undefined) throw problem('queue_not_found', { field: `/jobs/${index}/queue` })
    return prepare({ job, type, lane, newId: () => store.newId() })
  })
}

async function lanesOf(store: Store, jobs: readonly NewJob[]): Promise<(job: NewJob) => Lane | undefined> {
  const byId = await lanesById(store, new Set(jobs.flatMap((job) => job.laneId ?? [])))
  const bySite = new Map<number, ReadonlyMap<string, Lane>>()
  const named = jobs.filter((job) => job.laneId === undefined)
  for (const [siteId, ofSite] of Map.groupBy(named, (job) => job.siteId ?? 1)) {
    bySite.set(siteId, await internQueues(store, new Set(ofSite.map((job) => job.queue ?? DEFAULT_QUEUE)), siteId))
  }
  return (job) =>
    job.laneId === undefined ? bySite.get(job.siteId ?? 1)?.get(job.queue ?? DEFAULT_QUEUE) : byId.get(job.laneId)
}

interface Given {
  readonly job: NewJob
  readonly type: JobType
  readonly lane: Lane
  readonly newId: () => string
}

function prepare({ job, type, lane, newId }: Given): PreparedJob {
  if (job.id !== undefined && !isUuid(job.id)) throw problem('validation_failed', { field: '/id' })
  const parents = job.parents ?? []
  const idempotencyKey = job.idempotencyKey ?? null
  const retry = job.retry ?? type.retry
  const defaults = typeDefaults({ ...type, retry }, { isPrint: lane.kind !== 'queue' })
  const hold = job.isHeld === true ? 'hold' : parents.length > 0 ? 'parent' : null
  return {
    id: job.id?.toLowerCase() ?? newId(),
    siteId: lane.siteId,
    type: type.name,
    typeId: type.id,
    lane,
    hold: hold === null ? null : HOLD_REASONS.indexOf(hold),
    priority: job.priority ?? 'normal',
    maxAttempts: job.maxAttempts ?? defaults.maxAttempts,
    runAt: job.runAt ?? null,
    deadlineAt: job.deadlineAt ?? null,
    expiresAt: job.expiresAt ?? null,
    description: job.description ?? null,
    subject: job.subject ?? null,
    tags: job.tags ?? null,
    input: job.input ?? null,
    createdBy: job.createdBy,
    accountId: job.accountId ?? null,
    parentId: job.parentId ?? null,
    retryOf: job.retryOf ?? null,
    estimatedMs: job.estimatedMs ?? null,
    retry,
    lostAction: job.lostAction ?? defaults.lostAction,
    uniqueKey: job.uniqueKey ?? null,
    idempotencyKey,
    requestHash: idempotencyKey === null ? null : (job.requestHash ?? hashOf(job)),
    parents,
    onParentFailure: job.onParentFailure ?? 'cancel',
    items: job.items ?? [],
  }
}

/** The columns of the set as `unnest` of the statements takes them. */
export function jobColumns(jobs: readonly PreparedJob[]): (string | null)[] {
  return [
    plainArray(jobs, (job) => job.id),
    plainArray(jobs, (job) => job.typeId),
    plainArray(jobs, (job) => job.lane.id),
    plainArray(jobs, (job) => job.hold),
    plainArray(jobs, (job) => PRIORITIES.indexOf(job.priority)),
    plainArray(jobs, (job) => job.maxAttempts),
    timeArray(jobs, (job) => job.runAt),
    timeArray(jobs, (job) => job.deadlineAt),
    timeArray(jobs, (job) => job.expiresAt),
    textArray(jobs, (job) => job.description),
    textArray(jobs, (job) => job.subject?.type),
    textArray(jobs, (job) => job.subject?.id),
    jsonArray(jobs, (job) => job.tags),
    jsonArray(jobs, (job) => job.input),
    textArray(jobs, (job) => job.createdBy),
    plainArray(jobs, (job) => job.accountId),
    plainArray(jobs, (job) => job.parentId),
    plainArray(jobs, (job) => job.retryOf),
    plainArray(jobs, (job) => job.estimatedMs),
    plainArray(jobs, (job) => (job.items.length > 0 ? job.items.length : null)),
    plainArray(jobs, (job) => (job.lane.kind === 'printer' ? job.lane.id : null)),
    plainArray(jobs, (job) => job.lane.stationId),
    jsonArray(jobs, (job) => job.retry),
    textArray(jobs, (job) => (job.lostAction === 'requeue' ? null : job.lostAction)),
  ]
}

function hashOf(job: NewJob): Uint8Array {
  const { id: _id, idempotencyKey: _key, requestHash: _hash, ...rest } = job
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest()
}

/** The same value with the keys of its objects in order, so that equal requests hash alike. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]))
}
