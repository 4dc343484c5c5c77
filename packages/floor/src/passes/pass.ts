import { statement } from '@andon/store'
import { moveMarker, raiseMarker } from '../queries/jobmanager/finish.ts'
import {
  newestId,
  type SourceType,
  takeBatch,
  type TakenBatch,
  takeOne,
  type TakeRequest,
} from '../queries/jobmanager/take.ts'
import { applyOverrides } from './overrides.ts'
import { alone, type BatchResult, type Floor, writeBatch } from './batch.ts'

/** How a pass looks for rows. */
export interface PassOptions {
  /** Done rows are processed again. Default false. */
  readonly isForced?: boolean
  /** All rows are looked at, not only the newest ones. Default false; a forced pass always does. */
  readonly isSweep?: boolean
  /** Among so many of the newest numbers rows are looked for. */
  readonly recentIds: number
  /** Rows of a batch at most; default 350,000. */
  readonly largestBatch?: number
  /** Stops between two batches. */
  readonly signal?: AbortSignal
  /** Called after each batch, with how many rows the pass has done so far. */
  readonly onProgress?: (processed: number) => void
}

/** What a pass did. */
export interface PassResult {
  /** Rows that were processed or set aside. */
  readonly processed: number
  /** Jobs whose operations changed. */
  readonly jobsUpdated: number
  /** Jobs that it was about, for those who watch; at most 501, one more than they are named. */
  readonly jobs: readonly string[]
  /** The position that the marker shows. */
  readonly lastMarker: string
}

const READ_MARKER = statement(
  'floor_read_marker',
  `select last_processed_id::text as marker from processing_markers where marker_type = $1`,
)

const FIRST_BATCH = 20_000
const LARGEST_BATCH = 350_000
const SMALLEST_BATCH = 1_000
/** Effects of one batch that a transaction carries easily; larger sets pay off while they stay below. */
const EFFECTS_WANTED = 500_000
const JOBS_TOLD = 501

/**
 * Works off a source: every row that is not done yet, in sets, until nothing is left. The order does not matter: what
 * comes out depends on the rows alone.
 */
export async function runPass(floor: Floor, source: SourceType, options: PassOptions): Promise<PassResult> {
  const { isForced = false, isSweep = false, largestBatch = LARGEST_BATCH, signal, onProgress } = options
  const start = isForced || isSweep ? '0' : await recentStart(floor, source, options.recentIds)
  const jobs = new Set<string>()
  let [processed, jobsUpdated] = [0, 0]
  let highest: string | null = null
  const taking = { after: start, isForced, limit: Math.min(FIRST_BATCH, largestBatch), takesOpen: true }
  let step: Step = { taking, largestBatch, ahead: null, effects: null }
  await alone(floor, () => applyOverrides(floor))
  for (;;) {
    signal?.throwIfAborted()
    const { batch, result, next } = await alone(floor, () => takeStep(floor, source, step))
    processed += result.count
    jobsUpdated += result.jobsUpdated
    for (const job of result.jobs) if (jobs.size < JOBS_TOLD) jobs.add(job)
    if (result.count > 0) onProgress?.(processed)
    highest = highestOf(highest, batch.highestMarker)
    if (batch.count < step.taking.limit && step.taking.takesOpen) break
    step = next
  }
  if (processed > 0) await raiseMarker(floor.jobmanager, source, highest)
  // Makes up for a process that ended before it could.
  if (isForced || isSweep) await moveMarker(floor.jobmanager, source, start)
  return { processed, jobsUpdated, jobs: [...jobs], lastMarker: await readMarker(floor, source) }
}

/** One row, and among how many of the newest numbers others may still be to do. */
export interface OneRow {
  readonly id: string
  readonly recentIds: number
}

/** Processes one row at once, whether it was done or not. */
export async function runOne(floor: Floor, source: SourceType, { id, recentIds }: OneRow): Promise<BatchResult> {
  return alone(floor, async () => {
    const result = await writeBatch(floor, source, await takeOne(floor.jobmanager, source, id))
    await moveMarker(floor.jobmanager, source, await recentStart(floor, source, recentIds))
    return result
  })
}

type Taking = Omit<TakeRequest, 'source'>

interface Step {
  readonly taking: Taking
  readonly largestBatch: number
  /** Rows that were taken already, while the step before was written. */
  readonly ahead: TakenBatch | null
  /** Of the step before; null for the first, which is small for that reason. */
  readonly effects: number | null
}

interface Taken {
  readonly batch: TakenBatch
  readonly result: BatchResult
  readonly next: Step
}

/**
 * Writes a batch. After a full one there is more: it is taken meanwhile, without what is half done, which are the rows
 * that are being written. A pass therefore ends with a batch that takes that as well.
 */
async function takeStep(floor: Floor, source: SourceType, step: Step): Promise<Taken> {
  const { ahead, effects, largestBatch, taking } = step
  const batch = ahead ?? (await takeBatch(floor.jobmanager, { source, ...taking }))
  const write = async () => (batch.count === 0 ? NOTHING : writeBatch(floor, source, batch))
  const more = { ...taking, after: batch.lastId ?? taking.after }
  if (batch.count < taking.limit || effects === null) {
    const result = await write()
    const next = { ...more, takesOpen: true, limit: nextLimit(step, result.effects) }
    return { batch, result, next: { taking: next, largestBatch, ahead: null, effects: result.effects } }
  }
  const next = { ...more, takesOpen: false, limit: nextLimit(step, effects) }
  // Both have ended before the floor is somebody else's, whatever became of them.
  const [written, found] = await Promise.allSettled([write(), takeBatch(floor.jobmanager, { source, ...next })])
  if (written.status === 'rejected') throw written.reason
  if (found.status === 'rejected') throw found.reason
  const result = written.value
  return { batch, result, next: { taking: next, largestBatch, ahead: found.value, effects: result.effects } }
}

const NOTHING: BatchResult = { count: 0, jobsUpdated: 0, jobs: [], effects: 0 }

async function recentStart({ jobmanager }: Floor, source: SourceType, recentIds: number): Promise<string> {
  const newest = BigInt(await newestId(jobmanager, source))
  const start = newest - BigInt(recentIds)
  return String(start > 0n ? start : 0n)
}

function nextLimit({ largestBatch, taking: { limit } }: Step, effects: number): number {
  if (effects > 2 * EFFECTS_WANTED) return Math.max(SMALLEST_BATCH, Math.floor(limit / 2))
  return effects < EFFECTS_WANTED ? Math.min(largestBatch, limit * 16) : limit
}

function highestOf(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return BigInt(one) > BigInt(other) ? one : other
}

/** The position of a source that everybody sees. */
export async function readMarker({ jobmanager }: Floor, source: SourceType): Promise<string> {
  const type = source === 'print_os' ? 'print_os' : 'scanned_codes'
  const [row] = await jobmanager.query<{ marker: string }>(READ_MARKER, [type])
  return row?.marker ?? '0'
}
