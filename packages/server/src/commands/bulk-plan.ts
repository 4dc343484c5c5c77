import { BulkInput, type BulkJobs, problem, requireQuery } from '@andon/core'
import {
  accountById,
  type Actor as AuditActor,
  type BulkOrder,
  type BulkTarget,
  findLane,
  getJob,
  type Lane,
  type Store,
} from '@andon/store'
import { Value } from 'typebox/value'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { BULK_POLICIES } from '../policies/bulk.ts'
import { authorize } from '../policies/policy.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { requireTarget } from './find-printer.ts'

/** What a bulk job is to do, with the rights that whoever asked for it has now. */
export interface BulkPlan {
  readonly order: BulkOrder
  readonly target: BulkTarget
  /** In whose name it is done, as the audit shows it. */
  readonly actor: AuditActor
}

/** What is done to which jobs, as a request or the input of a job says it. */
export type BulkFields = Omit<BulkJobs, 'dry_run'>

/**
 * The plan of a bulk job: rights are looked at anew, since they may have changed since it was asked for.
 *
 * @throws forbidden when the account is gone or may no longer do it; validation_failed, query_invalid,
 *   queue_not_found, printer_not_found, queue_full
 */
export async function planBulk(
  store: Store,
  job: { readonly id: string; readonly input: unknown; readonly createdAt: Date },
): Promise<BulkPlan> {
  const { input } = job
  if (!Value.Check(BulkInput, input)) {
    throw problem('validation_failed', { detail: 'The input of this job is not that of a bulk operation' })
  }
  const actor = await askerOf(store, job.id)
  authorize(BULK_POLICIES[input.action], actor)
  const askedAt = new Date(input.asked_at)
  // A retry of the bulk job is made later than what was asked; a server's clock may be ahead of the database's.
  const before = askedAt < job.createdAt ? askedAt : job.createdAt
  return {
    order: await bulkOrder(store, input),
    target: {
      ...bulkTarget(input, actor),
      canReadPayloads: input.reads_payloads && canReadPayloads(actor),
      before,
    },
    actor: { name: actor.name, accountId: actor.accountId, requestId: `job:${job.id}` },
  }
}

/** Which jobs a request is about, for somebody who sees what the actor sees. @throws query_invalid */
export function bulkTarget({ ids, query }: BulkFields, actor: Actor): BulkTarget {
  return {
    query: query === undefined ? null : requireQuery(query),
    ids: ids ?? [],
    visible: visibilityOf(actor),
    canReadPayloads: canReadPayloads(actor),
    before: null,
  }
}

/** The parameters that each action takes. */
const PARAMETERS: Readonly<Record<BulkFields['action'], readonly (keyof BulkFields)[]>> = {
  cancel: ['reason', 'kill'],
  retry: [],
  delete: [],
  move: ['queue', 'printer'],
  priority: ['priority'],
  hold: ['reason'],
  release: [],
}

/**
 * What a request asks to be done.
 *
 * @throws validation_failed for jobs that are not said or said twice, and for parameters that are missing or of
 *   another action; queue_not_found, printer_not_found; queue_full when jobs are to be moved to where nothing may wait
 */
export async function bulkOrder(store: Store, fields: BulkFields): Promise<BulkOrder> {
  const { action } = fields
  if ((fields.query === undefined) === (fields.ids === undefined)) {
    throw problem('validation_failed', {
      field: '/query',
      detail: 'Say which jobs: by a query, or by their ids',
      allowed: 'query or ids',
    })
  }
  refuseOthers(fields)
  if (action === 'priority' && fields.priority === undefined) {
    throw problem('validation_failed', { field: '/priority', detail: 'Say which priority', allowed: 'a priority' })
  }
  return {
    action,
    reason: fields.reason ?? null,
    kill: fields.kill ?? false,
    priority: fields.priority ?? null,
    lane: action === 'move' ? await laneToMoveTo(store, fields) : null,
  }
}

function refuseOthers(fields: BulkFields): void {
  const taken = PARAMETERS[fields.action]
  for (const name of ['reason', 'kill', 'queue', 'printer', 'priority'] as const) {
    if (fields[name] === undefined || taken.includes(name)) continue
    throw problem('validation_failed', {
      field: `/${name}`,
      detail: `${name} is nothing that ${fields.action} takes`,
      allowed: taken.length === 0 ? 'no parameter' : taken.join(', '),
    })
  }
}

async function laneToMoveTo(store: Store, { printer, queue }: BulkFields): Promise<Lane> {
  if ((printer === undefined) === (queue === undefined)) {
    throw problem('validation_failed', {
      field: '/queue',
      detail: 'Name a queue or a printer',
      allowed: 'queue or printer',
    })
  }
  const lane = await (printer === undefined ? requireQueue(store, queue ?? '') : printerOrPool(store, printer))
  if (lane.isDraining) throw problem('queue_full', { detail: `"${lane.name}" drains and takes no new jobs` })
  return lane
}

async function requireQueue(store: Store, name: string): Promise<Lane> {
  const lane = await findLane(store, 'queue', name)
  if (lane !== null) return lane
  throw problem('queue_not_found', { field: '/queue', detail: `There is no queue "${name}"` })
}

async function printerOrPool(store: Store, name: string): Promise<Lane> {
  return (await findLane(store, 'printer', name)) ?? (await requireTarget(store, name, 'printer'))
}

/** Whoever asked for a bulk job, with the rights of the account now. */
async function askerOf(store: Store, jobId: string): Promise<Actor> {
  const accountId = (await getJob(store, jobId, { all: true }))?.account_id ?? null
  const account = accountId === null ? null : await accountById(store, accountId)
  if (account === null || account.disabled_at !== null) {
    throw problem('forbidden', { detail: 'The account that asked for it is not there any more, or was disabled' })
  }
  return {
    accountId: account.id,
    name: account.name,
    role: account.role,
    canReadPayloads: account.can_read_payloads,
    scopes: null,
    sessionHash: null,
    tokenId: null,
    stationId: null,
    address: '',
  }
}
