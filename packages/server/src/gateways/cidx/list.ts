import { JOB_STATES, quoteValue, requireQuery } from '@andon/core'
import { listJobs } from '@andon/store'
import type { ServerContext } from '../../context.ts'
import { type Actor, canReadPayloads } from '../../policies/actor.ts'
import { visibilityOf } from '../../policies/visibility.ts'
import { presentJob, STATUS_OF } from './present.ts'
import type { CidxPage, ListQuery } from './schemas.ts'

const USUAL_JOBS = 10
const MOST_JOBS = 100
/** Their pages have no way to say that a search was cut short, so it gets longer than our own. */
const BUDGET_MS = 500

/** Jobs that the actor may see, newest first, from an offset on. */
export async function listTheirJobs(context: ServerContext, actor: Actor, asked: ListQuery): Promise<CidxPage> {
  const { limit: wanted = USUAL_JOBS, offset = 0 } = asked
  const limit = Math.min(MOST_JOBS, Math.max(1, wanted))
  const page = await listJobs(context.store, {
    query: requireQuery(queryOf(asked)),
    visible: visibilityOf(actor),
    canReadPayloads: canReadPayloads(actor),
    cursor: null,
    limit: offset + limit,
    budgetMs: BUDGET_MS,
  })
  const views = await context.jobs.views(page.rows.slice(offset))
  return { jobs: views.map(presentJob), total: Math.max(page.total?.count ?? 0, page.rows.length), limit, offset }
}

function queryOf({ job_type: type, status }: ListQuery): string {
  const word = status === 'queued' ? 'pending' : status
  const states = JOB_STATES.filter((state) => STATUS_OF[state] === word)
  return [
    ...(word === undefined ? [] : [`state:${states.join(',')}`]),
    ...(type === undefined ? [] : [`type:${quoteValue(type)}`]),
  ].join(' ')
}
