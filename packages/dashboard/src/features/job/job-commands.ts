import type { ConfirmJob, JobDetail, RetryJob } from '@andon/core'
import { andon } from '../../live/andon.ts'
import { ask } from '../../ui/ask.tsx'
import { plural } from '../../ui/format.ts'
import { notify, tried } from '../../ui/notify.ts'
import { cancelJob, triedRetry } from '../jobs/job-acts.ts'
import { itemsLeft, jobTitle } from '../jobs/job-words.ts'
import { tellDetail } from './job-detail.ts'

/** Where a command leads: to the new job that it made. */
export type OpenJob = (id: string) => void

/** Ends the process of a job that does not stop by itself. */
export async function killJob(job: JobDetail): Promise<void> {
  const answer = await ask({
    title: `Kill “${jobTitle(job)}”?`,
    lead: 'Its process is ended at once, without waiting for it to clean up. Nothing else is touched.',
    act: 'Kill the process',
    isDangerous: true,
  })
  if (answer === null) return
  const detail = await tried(() => andon.jobs.cancel(job.id, { kill: true }))
  if (detail !== null) tellDetail(detail)
}

/** Has it done again as a new job: the failed items, those from one on, or all. */
export async function redoJob(job: JobDetail, items: RetryJob['items'], open: OpenJob): Promise<void> {
  const count = countOf(job, items)
  const isPrint = job.type.startsWith('print.')
  if (isPrint && items !== 'failed') {
    const answer = await ask({
      title: `Print ${plural(count, 'label')} again?`,
      lead: `A new job prints ${typeof items === 'object' ? `from label ${items.from + 1} to the end` : 'all of them'}, also those that came out before.`,
      act: `Print ${plural(count, 'label')}`,
    })
    if (answer === null) return
  }
  const made = await triedRetry(job, () => andon.jobs.retry(job.id, items === undefined ? {} : { items }), open)
  if (made === null) return
  void notify({ level: 'success', title: 'Made a new job', text: `${jobTitle(job)}: ${plural(count, 'item')}` })
  open(made.id)
}

function countOf(job: JobDetail, items: RetryJob['items']): number {
  if (job.items === null) return 1
  if (items === 'failed') return itemsLeft(job) ?? job.items.total
  return typeof items === 'object' ? job.items.total - items.from : job.items.total
}

/** Keeps a waiting job from starting; can be undone. */
export async function holdJob(job: JobDetail): Promise<void> {
  const detail = await tried(() => andon.jobs.hold(job.id))
  if (detail === null) return
  tellDetail(detail)
  const undo = { label: 'Undo', onPick: () => void releaseJob(job) }
  void notify({
    level: 'info',
    title: 'Held',
    text: `${jobTitle(job)} does not start until it is released.`,
    action: undo,
  })
}

/** Lets it start as soon as it is its turn. */
export async function releaseJob(job: JobDetail): Promise<void> {
  const detail = await tried(() => andon.jobs.release(job.id))
  if (detail !== null) tellDetail(detail)
}

/** Before all others of its queue. */
export async function moveToFront(job: Pick<JobDetail, 'id'>): Promise<void> {
  const detail = await tried(() => andon.jobs.prioritise(job.id, { front: true }))
  if (detail === null) return
  tellDetail(detail)
  void notify({ level: 'success', title: 'Moved to the front', text: jobTitle(detail) })
}

/** Another priority; the old one can be had back. */
export async function setPriority(job: JobDetail, priority: JobDetail['priority']): Promise<void> {
  const detail = await tried(() => andon.jobs.prioritise(job.id, { priority }))
  if (detail === null) return
  tellDetail(detail)
  const undo = { label: 'Undo', onPick: () => void setPriority(job, job.priority) }
  void notify({ level: 'info', title: `Priority is ${priority}`, text: jobTitle(job), action: undo })
}

/** The same input as a new job of its own. */
export async function cloneJob(job: JobDetail, open: OpenJob): Promise<void> {
  const made = await tried(() => andon.jobs.clone(job.id))
  if (made !== null) open(made.id)
}

/** Settles a print that nobody can prove. */
export async function confirmJob(job: JobDetail, confirm: ConfirmJob, open: OpenJob): Promise<void> {
  const answer = await tried(() => andon.jobs.confirm(job.id, confirm))
  if (answer === null) return
  if ('is_existing' in answer) return open(answer.id)
  tellDetail(answer)
  void notify({ level: 'success', title: 'Confirmed as printed', text: jobTitle(job) })
}

export { cancelJob }
