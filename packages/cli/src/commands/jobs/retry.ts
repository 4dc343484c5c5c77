import type { RetryJob } from '@andon/core'
import { isProblem } from '@andon/core/base'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { type BulkFlags, runBulkOrder } from './bulk.ts'
import { printCreated } from './created.ts'
import { followJobs } from './follow.ts'

/** Flags of `jobs retry`. */
export interface RetryFlags extends BulkFlags {
  readonly all?: boolean
  readonly failed?: boolean
  readonly from?: string
  readonly query?: string
  readonly watch?: boolean
}

/** `andon jobs retry`: each becomes a new job. */
export async function retryJobs(session: Session, ids: readonly string[], flags: RetryFlags): Promise<ExitCode> {
  if ((ids.length === 0) === (flags.query === undefined)) {
    throw new UsageError('Say which jobs: either ids or --query.', 'See them with: andon jobs list state:failed')
  }
  const body = retryBody(flags)
  if (flags.query !== undefined) {
    if (body.items !== undefined || flags.watch === true) {
      throw new UsageError(
        '--failed, --all, --from and --watch go with ids.',
        'With --query, what is not done is done.',
      )
    }
    return runBulkOrder(session, { action: 'retry', query: `${flags.query} state:final`.trim() }, flags)
  }
  const andon = await session.andon()
  const created: string[] = []
  const failure = await eachOf(session, ids, async (id) => {
    try {
      const { id: newId } = await andon.jobs.retry(id, body)
      created.push(newId)
    } catch (error) {
      if (isProblem(error, 'already_retried') && typeof error.extra['retry_id'] === 'string') {
        session.note(`The first retry is ${error.extra['retry_id']}`)
      }
      throw error
    }
  })
  if (flags.watch === true && created.length > 0) {
    const code = await followJobs(session, created)
    return failure === EXIT.ok ? code : failure
  }
  printCreated(session, created)
  return failure
}

/** The number of an item as people count, from 1, as the index of the wire. */
export function itemIndex(flag: string, written: string): number {
  const number = Number(written)
  if (Number.isInteger(number) && number >= 1) return number - 1
  throw new UsageError(`${flag} is "${written}".`, 'Items are numbered from 1.')
}

function retryBody({ all, failed, from }: RetryFlags): RetryJob {
  if ([all === true, failed === true, from !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('Choose one of --failed, --all and --from.')
  }
  if (from !== undefined) return { items: { from: itemIndex('--from', from) } }
  if (failed === true) return { items: 'failed' }
  return all === true ? { items: 'all' } : {}
}
