import type { JobError, SettleFields, SettleReport, StaleToken } from '@andon/core'
import { isProblem, messageOf, toSettleFields, WORKER_LIMITS } from '@andon/core/base'

/** Bytes of a set, as far as its entries can be parted: well below what the server takes. */
const SET_BYTES = 4 * 1024 * 1024

/** Entries in order, in sets that the server takes. */
export function inSets<T>(entries: readonly T[]): T[][] {
  const sets: T[][] = []
  let size = 0
  for (const entry of entries) {
    const length = JSON.stringify(entry).length
    const set = sets.at(-1)
    if (set !== undefined && set.length < WORKER_LIMITS.set && size + length <= SET_BYTES) {
      set.push(entry)
      size += length
    } else {
      sets.push([entry])
      size = length
    }
  }
  return sets
}

/** Whether the server will never take what it was sent, however often. */
function isUnacceptable(error: unknown): boolean {
  if (!isProblem(error)) return false
  return !error.retryable && (error.status === 400 || error.status === 413 || error.status === 422)
}

/** A report as it travels; texts that are too long for the server are cut. */
export function settleFieldsOf(report: SettleReport): SettleFields {
  const fields = toSettleFields(report)
  return {
    ...fields,
    ...(fields.error === undefined ? {} : { error: cutError(fields.error) }),
    ...(fields.summary === undefined ? {} : { summary: cut(fields.summary) }),
    ...(typeof fields.reason === 'string' ? { reason: cut(fields.reason) } : {}),
    ...(fields.delay_ms === undefined
      ? {}
      : { delay_ms: Math.min(Math.max(0, fields.delay_ms), WORKER_LIMITS.delayMs) }),
  }
}

/** What is reported of a job instead of what the server cannot take, such as a result of more than 16 MiB. */
export function lastResort({ fence, job_id: jobId }: SettleFields, error: unknown): SettleFields {
  return {
    job_id: jobId,
    fence,
    outcome: 'failed',
    error: {
      code: 'handler_failed',
      message: cut(`The server did not take the report of the job: ${messageOf(error)}`),
      hint: 'Give back less: what a job returns has to fit into a request.',
      retryable: false,
    },
  }
}

function cutError(error: JobError): JobError {
  return {
    ...error,
    code: error.code.slice(0, 100),
    message: cut(error.message),
    hint: error.hint === null ? null : cut(error.hint),
    ...(error.detail === undefined ? {} : { detail: cut(error.detail) }),
    ...(error.traceback === undefined ? {} : { traceback: error.traceback.slice(0, WORKER_LIMITS.tracebackLength) }),
  }
}

/** Half of a pair of surrogates would be refused. */
function cut(text: string): string {
  return text.length <= WORKER_LIMITS.textLength ? text : text.slice(0, WORKER_LIMITS.textLength).toWellFormed()
}

/** How entries of a set are sent. */
export interface Sending<T> {
  readonly send: (set: readonly T[]) => Promise<StaleToken[]>
  /** What is done about a single entry that the server can never take. */
  readonly refused: (entry: T, error: unknown) => Promise<StaleToken[]>
}

/** One entry that cannot be taken would hold up all others for ever: they are sent without it. */
export async function sendSet<T>(set: readonly T[], how: Sending<T>): Promise<StaleToken[]> {
  try {
    return await how.send(set)
  } catch (error) {
    if (!isUnacceptable(error)) throw error
    if (set.length === 1) return (await Promise.all(set.map((entry) => how.refused(entry, error)))).flat()
    const middle = Math.ceil(set.length / 2)
    return [...(await sendSet(set.slice(0, middle), how)), ...(await sendSet(set.slice(middle), how))]
  }
}
