import type { LateJob, StationApi } from '@andon/sdk'
import type { JournalEntry, PrintJournal } from './journal.ts'
import { lastChanges } from './take-up.ts'

/** Jobs in one call. */
const SET_LIMIT = 100

interface Late {
  readonly api: Pick<StationApi, 'late'>
  readonly journal: PrintJournal
  /** Jobs that this station holds: what is recorded of them it tells by itself. */
  readonly heldIds: readonly string[]
}

/**
 * Says what is recorded here of jobs that this station does not hold. Those that were decided without it are forgotten
 * then; those that wait for it are taken up with what is recorded.
 */
export async function tellLate({ api, heldIds, journal }: Late): Promise<void> {
  const jobIds = (await journal.jobIds()).filter((id) => !heldIds.includes(id)).slice(0, SET_LIMIT)
  if (jobIds.length === 0) return
  const entries = new Map<string, JournalEntry[]>()
  for (const jobId of jobIds) entries.set(jobId, await journal.read(jobId))
  const ended = await api.late([...entries].map(([jobId, recorded]) => ({ jobId, items: outcomesOf(recorded) })))
  for (const jobId of ended) {
    const last = entries.get(jobId)?.at(-1)
    if (last !== undefined) await journal.told(jobId, last.seq)
  }
}

function outcomesOf(entries: readonly JournalEntry[]): LateJob['items'] {
  return [...lastChanges(entries)].flatMap(([index, { state }]) =>
    state === 'done' || state === 'failed' ? [{ index, state }] : [],
  )
}
