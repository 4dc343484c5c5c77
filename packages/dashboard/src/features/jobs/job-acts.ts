import { isFinal, isProblem, type JobView } from '@andon/core'
import { andon, jobCache } from '../../live/andon.ts'
import { ask } from '../../ui/ask.tsx'
import { plural } from '../../ui/format.ts'
import { notify, notifyError, tried } from '../../ui/notify.ts'
import { canCancel, canRetry, itemsLeft, jobTitle } from './job-words.ts'

/** Requests under way at once for a selection. */
const AT_ONCE = 4

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

/** Asks once, then cancels those of the selected that can be. */
export async function cancelJobs(jobs: readonly JobView[]): Promise<boolean> {
  const able = jobs.filter(canCancel)
  const running = able.filter((job) => !['pending', 'queued'].includes(job.state)).length
  const rest = jobs.length - able.length
  const answer = await ask({
    title: `Cancel ${plural(able.length, 'job')}?`,
    lead: `${running} ${running === 1 ? 'is' : 'are'} being worked on and will be stopped, ${able.length - running} ${able.length - running === 1 ? 'waits and ends' : 'wait and end'} at once.${restWords(rest)}`,
    act: `Cancel ${plural(able.length, 'job')}`,
    isDangerous: true,
    reasonLabel: 'Reason',
  })
  if (answer === null) return false
  await forEach(able, 'cancelled', async (job) => {
    jobCache.put([await andon.jobs.cancel(job.id, reasonOf(answer.reason))])
  })
  return true
}

/** Asks once, then retries those of the selected that ended without success. */
export async function retryJobs(jobs: readonly JobView[]): Promise<boolean> {
  const able = jobs.filter(canRetry)
  const answer = await ask({
    title: `Retry ${plural(able.length, 'job')}?`,
    lead: `Each is done again as a new job that is linked to the old one; what has come out is not printed again.${restWords(jobs.length - able.length)}`,
    act: `Retry ${plural(able.length, 'job')}`,
  })
  if (answer === null) return false
  await forEach(able, 'retried', async (job) => {
    await redo(job)
  })
  return true
}

function restWords(rest: number): string {
  return rest === 0
    ? ''
    : ` ${plural(rest, 'other of the selected stays', 'others of the selected stay')} as ${rest === 1 ? 'it is' : 'they are'}.`
}

async function forEach(jobs: readonly JobView[], done: string, act: (job: JobView) => Promise<void>): Promise<void> {
  const refusals = new Map<string, number>()
  const waiting = [...jobs]
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        await act(job)
      } catch (error) {
        const why = isProblem(error) ? error.title : String(error)
        refusals.set(why, (refusals.get(why) ?? 0) + 1)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const refused = [...refusals.values()].reduce((sum, one) => sum + one, 0)
  const text = [...refusals].map(([why, times]) => `${times} × ${why}`).join('; ')
  const title = `${plural(jobs.length - refused, 'job')} ${done}${refused > 0 ? `, ${refused} refused` : ''}`
  void notify({ level: refused > 0 ? 'warning' : 'success', title, ...(text === '' ? {} : { text }) })
}

function reasonOf(reason: string): { reason?: string } {
  return reason.trim() === '' ? {} : { reason: reason.trim() }
}

/** Whether anything can still be done with it by hand; for buttons on rows. */
export function actOf(job: JobView): 'cancel' | 'retry' | null {
  if (canRetry(job)) return 'retry'
  return !isFinal(job.state) && canCancel(job) ? 'cancel' : null
}
