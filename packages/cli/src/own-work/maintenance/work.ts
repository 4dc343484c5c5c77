import { ARCHIVE_TYPE, CLEANUP_TYPE, cleanupSummary, isProblem, MAINTENANCE_QUEUE, monthWords } from '@andon/core'
import { cleanUp } from '@andon/engine'
import { archiveInput, checkMonthMove, upkeepActor } from '@andon/server'
import { type Actor, archiveMonth, dropArchivedMonth, restoreMonth, type Store } from '@andon/store'
import { completed, type Decision, type Handler, type JobContext } from '@andon/worker'
import type { OwnWork } from '../start.ts'

/** One of them at a time: none is urgent, and each keeps the disk busy. */
const SLOTS = 1

/** Short of all while it goes on. */
const MOST_PERCENT = 99

/** Cleans what is older than its rule, archives months, brings them back and deletes them. `now` is for tests; default the clock. */
export function maintenanceWork(store: Store, now: () => Date = () => new Date()): OwnWork {
  return {
    queue: MAINTENANCE_QUEUE,
    slots: SLOTS,
    handlers: { [CLEANUP_TYPE]: cleanupHandler(store, now), [ARCHIVE_TYPE]: archiveHandler(store, now) },
  }
}

/** Can be stopped between two sets; what was cleaned until then stays so, and the next one goes on from there. */
function cleanupHandler(store: Store, now: () => Date): Handler {
  return async (job) => {
    await upkeepActor(store, job.id)
    let counts = null
    for await (const step of cleanUp(store, now())) {
      counts = step.counts
      if (job.signal.aborted) {
        job.log.info(`Stopped on the way: ${cleanupSummary(counts)}`)
        throw job.signal.reason
      }
      job.progress({ message: cleanupSummary(counts), percent: Math.min(MOST_PERCENT, step.share * 100) })
    }
    return completed(counts, counts === null ? undefined : cleanupSummary(counts))
  }
}

function archiveHandler(store: Store, now: () => Date): Handler {
  return async (job) => {
    const actor = await upkeepActor(store, job.id)
    const input = archiveInput(job.input)
    const { action, month } = input
    const words = monthWords(month)
    if (action === 'delete') return deleteMonth(job, store, actor)
    const isAway = action === 'archive'
    if (!(await checkMonthMove(store, input, now()))) {
      return completed({ jobs: 0 }, `${words} ${isAway ? 'was archived' : 'was in the history'} already`)
    }
    await job.step(isAway ? `Archive ${words}` : `Bring back ${words}`)
    const { jobs } = await (isAway ? archiveMonth(store, month, actor) : restoreMonth(store, month, actor))
    const what = jobs === 1 ? '1 job' : `${jobs} jobs`
    return completed({ jobs }, isAway ? `${words} was archived: ${what}` : `${words} is back: ${what}`)
  }
}

/** An attempt before this one may have been cut off after the month was gone. */
async function deleteMonth(job: JobContext, store: Store, actor: Actor): Promise<Decision> {
  const input = archiveInput(job.input)
  const words = monthWords(input.month)
  try {
    await checkMonthMove(store, input, new Date())
  } catch (error) {
    if (!isProblem(error, 'month_not_found')) throw error
    return completed(null, `${words} was deleted already`)
  }
  await job.step(`Delete ${words}`)
  await dropArchivedMonth(store, input.month, actor)
  return completed(null, `${words} was deleted for good`)
}
