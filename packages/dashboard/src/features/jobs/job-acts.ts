import { isFinal, isProblem, type JobView } from '@andon/core'
import { andon, jobCache } from '../../live/andon.ts'
import { ask } from '../../ui/ask.tsx'
import { plural } from '../../ui/format.ts'
import { notify, notifyError, tried } from '../../ui/notify.ts'
import { canCancel, canRetry, itemsLeft, jobTitle } from './job-words.ts'

/** Asks, then cancels one job. */
export async function cancelJob(job: JobView): Promise<void> {
  const done = job.items?.done ?? 0
  const out =
    done > 0 ? ` ${plural(done, 'item has', 'items have')} already come out and ${done === 1 ? 'stays' : 'stay'}.` : ''
  const answer = await ask({
    title: `Cancel “${jobTitle(job)}”?`,
    lead: `${job.state === 'running' ? 'It is being worked on and will be stopped.' : 'It waits and ends at once.'}${out}`,
    act: 'Cancel this job',
    isDangerous: true,
    reasonLabel: 'Reason',
  })
  if (answer === null) return
  const detail = await tried(() => andon.jobs.cancel(job.id, reasonOf(answer.reason)))
  if (detail === null) return
  jobCache.put([detail])
  void notify({ level: 'info', title: detail.state === 'cancelled' ? 'Cancelled' : 'Cancelling', text: jobTitle(job) })
}

/** Has one job done again, as a new job: of its items those that did not come out, so that none comes out twice. */
export async function retryJob(job: JobView, onMade?: (id: string) => void): Promise<void> {
  const made = await triedRetry(job, () => redo(job), onMade)
  if (made === null) return
  const action = onMade === undefined ? {} : { action: { label: 'Open', onPick: () => onMade(made.id) } }
  const left = itemsLeft(job)
  const text = left === null ? jobTitle(job) : `${jobTitle(job)}: the ${plural(left, 'item')} that did not come out`
  void notify({ level: 'success', title: 'Retried as a new job', text, ...action })
}

/** Runs a retry and says what went wrong. That it was retried already is said with the way to that job. */
export async function triedRetry<T>(
  job: JobView,
  act: () => Promise<T>,
  open?: (id: string) => void,
): Promise<T | null> {
  try {
    return await act()
  } catch (error) {
    const first = isProblem(error, 'already_retried') ? error.extra['retry_id'] : undefined
    if (typeof first !== 'string' || open === undefined) notifyError(error)
    else {
      const action = { label: 'Open it', onPick: () => open(first) }
      void notify({ level: 'warning', title: 'It was retried already', text: jobTitle(job), action })
    }
    return null
  }
}

function redo(job: JobView): Promise<{ readonly id: string }> {
  return andon.jobs.retry(job.id, itemsLeft(job) === null ? {} : { items: 'failed' })
}

function reasonOf(reason: string): { reason?: string } {
  return reason.trim() === '' ? {} : { reason: reason.trim() }
}

/** Whether anything can still be done with it by hand; for buttons on rows. */
export function actOf(job: JobView): 'cancel' | 'retry' | null {
  if (canRetry(job)) return 'retry'
  return !isFinal(job.state) && canCancel(job) ? 'cancel' : null
}
