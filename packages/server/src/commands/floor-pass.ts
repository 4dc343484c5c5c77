import { errorEntry, isErrorCode, PrintOsProcessed, problem, type RetryPolicy } from '@andon/core'
import type { SourceType } from '@andon/floor'
import { createJobs, getJob, jobExtras, type JobRow, type Store, type StoredError } from '@andon/store'
import { Value } from 'typebox/value'

/** The queue of the passes: one at a time. */
export const FLOOR_QUEUE = 'floor'

/** Types of the jobs that work a source off. */
export const PASS_TYPES = {
  print_os: 'floor.print_os',
  scanner: 'floor.scanner',
} as const satisfies Record<SourceType, string>

/** Input of such a job. */
export interface PassInput {
  /** Rows that were done are processed again. */
  readonly force: boolean
  /** All rows are looked at, not only the newest ones. */
  readonly sweep: boolean
}

/** Whoever asks for a pass. */
export interface PassAsker {
  readonly name: string
  readonly accountId: number | null
}

/** Longer than this nobody is kept waiting; clients of their own give up after five minutes. */
const WAIT_MS = 240_000
/** Notifications are hints. */
const POLL_MS = 500

/** A database that is there again should not wait long for its pass. */
const RETRY: RetryPolicy = { kind: 'fixed', delaysMs: [5_000, 15_000, 60_000, 60_000] }

const DESCRIPTIONS = {
  print_os: 'Work off press records',
  scanner: 'Work off scans',
} as const satisfies Record<SourceType, string>

/** Has a source worked off soon; a pass that waits or runs already is enough. */
export async function askForPass(
  store: Store,
  source: SourceType,
  asker: PassAsker & { readonly isSweep?: boolean },
): Promise<void> {
  const { isSweep = false, ...by } = asker
  const uniqueKey = isSweep ? 'sweep' : 'pass'
  await createJobs(store, [{ ...passJob(source, { force: false, sweep: isSweep }, by), uniqueKey }])
}

/**
 * Works a source off and waits for it: a pass that runs already ends first, since it may have read what is meant
 * before that was written.
 *
 * @throws timed_out with `job_id` when it takes very long; what the pass failed with
 */
export async function runPass(
  store: Store,
  source: SourceType,
  options: PassAsker & { readonly isForced: boolean; readonly signal: AbortSignal },
): Promise<PrintOsProcessed> {
  const { isForced, signal, ...by } = options
  const [made] = await createJobs(store, [passJob(source, { force: isForced, sweep: isForced }, by)])
  if (made === undefined) throw problem('internal', { detail: 'the pass was not made' })
  const row = await ended(store, made.id, signal)
  if (row.error !== null) throw failure(row.id, row.error)
  const result = (await jobExtras(store, row.id))?.result
  if (Value.Check(PrintOsProcessed, result)) return result
  throw problem('floor_pass_failed', { detail: row.summary ?? 'The pass was cancelled.', extra: { job_id: row.id } })
}

/** What the pass failed with, where that is a refusal of the catalogue. */
function failure(jobId: string, { code, hint, message }: StoredError): Error {
  const isRefusal = isErrorCode(code) && errorEntry(code)?.status !== null
  return problem(isRefusal ? code : 'floor_pass_failed', {
    detail: message,
    ...(hint === null || hint === undefined ? {} : { hint }),
    extra: { job_id: jobId },
  })
}

function passJob(source: SourceType, input: PassInput, { accountId, name }: PassAsker) {
  return {
    type: PASS_TYPES[source],
    queue: FLOOR_QUEUE,
    description: DESCRIPTIONS[source],
    input,
    retry: RETRY,
    createdBy: name,
    accountId,
  }
}

/** Resolves when the job has ended, or has failed and waits for its next try. */
async function ended(store: Store, id: string, signal: AbortSignal): Promise<JobRow> {
  const late = AbortSignal.timeout(WAIT_MS)
  const over = AbortSignal.any([signal, late])
  const bell = new EventTarget()
  await using parts = new AsyncDisposableStack()
  parts.use(store.listen(() => bell.dispatchEvent(new Event('ring'))))
  for (;;) {
    const rung = nextRing(bell, over)
    const row = await getJob(store, id, { all: true })
    if (row !== null && (row.phase === 3 || (row.phase === 0 && row.error !== null))) return row
    if (late.aborted) {
      throw problem('timed_out', {
        detail: 'The pass is not over yet; it goes on as a job.',
        hint: `Look at the job with: andon status ${id}`,
        extra: { job_id: id },
      })
    }
    if (signal.aborted) throw problem('shutting_down', { extra: { job_id: id } })
    await rung
  }
}

function nextRing(bell: EventTarget, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, POLL_MS)
    function done(): void {
      clearTimeout(timer)
      bell.removeEventListener('ring', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    bell.addEventListener('ring', done)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
