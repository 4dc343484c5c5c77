import {
  type ErrorGroupDetail,
  type ErrorGroupView,
  HOUR_MS,
  problem,
  quoteValue,
  type RetryErrorGroup,
} from '@andon/core'
import { type ErrorGroups, errorGroups, type ErrorGroupsRequest, type Store } from '@andon/store'
import type { Actor } from '../policies/actor.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { spanOf } from './analytics-request.ts'
import type { BulkFields } from './bulk-plan.ts'

/** The period of a request about groups, and who asks. */
export interface GroupPeriod {
  readonly since?: string
  readonly until?: string
}

/** What is asked of the store for every group of a period. @throws `validation_failed` for a wrong period */
export function groupsRequest(period: GroupPeriod, actor: Actor): ErrorGroupsRequest {
  const all = { type: null, fingerprint: null, isOpen: false, limit: 1, cursor: null }
  return { ...all, ...spanOf(period, 'day'), visible: visibilityOf(actor) }
}

/** One group as things are in a period. @throws `not_found` when the actor may see none of its jobs */
export async function requireGroup(store: Store, request: ErrorGroupsRequest): Promise<ErrorGroupDetail> {
  const found = await errorGroups(store, request)
  const [group] = found.groups
  if (group === undefined) {
    throw problem('not_found', {
      detail: `There is no group ${request.fingerprint} with errors in this period`,
      hint: 'Ask for a longer period with since.',
    })
  }
  return presentGroup(group, found)
}

function presentGroup(group: ErrorGroupView, { bucket, starts }: ErrorGroups): ErrorGroupDetail {
  return { ...group, bucket, starts: starts.map((start) => start.toISOString()) }
}

/** The bulk operation that retries what is left of a group: of the hours that its counts are of. */
export function retryOfGroup(fingerprint: string, period: RetryErrorGroup): BulkFields {
  const { since, until } = spanOf(period, 'day')
  const from = new Date(Math.floor(since.getTime() / HOUR_MS) * HOUR_MS)
  const to = period.until === undefined ? null : new Date(Math.ceil(until.getTime() / HOUR_MS) * HOUR_MS)
  const query = [
    `fingerprint:${quoteValue(fingerprint)}`,
    'state:failed,completed_with_errors',
    `finished:>=${from.toISOString()}`,
    ...(to === null ? [] : [`finished:<${to.toISOString()}`]),
  ]
  return { action: 'retry', query: query.join(' ') }
}
