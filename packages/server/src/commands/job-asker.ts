import { problem } from '@andon/core'
import { accountById, getJob, type Store } from '@andon/store'
import type { Actor } from '../policies/actor.ts'
import { actorOf } from '../sign-in/actors.ts'

/**
 * Whoever asked for one of Andon's own jobs, with the rights of the account now.
 *
 * @throws forbidden when the account is gone or was disabled
 */
export async function askerOf(store: Store, jobId: string): Promise<Actor> {
  const accountId = (await getJob(store, jobId, { all: true }))?.account_id ?? null
  const account = accountId === null ? null : await accountById(store, accountId)
  if (account === null || account.disabled_at !== null) {
    throw problem('forbidden', { detail: 'The account that asked for it is not there any more, or was disabled' })
  }
  return actorOf(account, { address: '' })
}
