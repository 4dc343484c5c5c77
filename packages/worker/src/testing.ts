import type { ClaimedJob, CreateJob, ItemChange, JobProgress, LogLine, SettleOutcome, StoredItem } from '@andon/core'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'
import { StopReason } from './handler.ts'
import { JobRun, type RunSink } from './job-run.ts'
import { inProcess, type NodeHandler } from './node/handlers.ts'

/** The job that a handler is tried with; what is left out is that of a first attempt without input. */
export interface TriedJob {
  readonly type?: string
  readonly input?: unknown
  /** From 1; default 1. */
  readonly attempt?: number
  /** Default 5. */
  readonly maxAttempts?: number
  readonly items?: readonly { readonly ref?: string; readonly data?: unknown }[]
  /** Aborted to cancel the job while the handler runs. */
  readonly signal?: AbortSignal
  /** By which log lines are dated; default the machine's. */
  readonly clock?: Clock
  readonly cleanup?: NodeHandler
}

/** What a handler did with its job. */
export interface Tried {
  /** How the attempt ended, as it would be settled: completed, failed, retry, … */
  readonly outcome: SettleOutcome
  /** Null when it said nothing of it. */
  readonly progress: JobProgress | null
  readonly lines: readonly LogLine[]
  readonly items: readonly ItemChange[]
  /** Jobs that it made, in order. */
  readonly created: readonly CreateJob[]
}

/**
 * Runs a handler in memory, without a server and without a database, by the code that a worker runs it with.
 *
 *     const { outcome, lines } = await tryHandler(scrape, { input: { url } })
 *     expect(outcome).toMatchObject({ outcome: 'completed', result: { pages: 3 } })
 */
export async function tryHandler(handler: NodeHandler, job: TriedJob = {}): Promise<Tried> {
  const memory = new Memory(job)
  const run = new JobRun(claimed(job), memory, job.clock ?? SYSTEM_CLOCK)
  const cancel = (): void => run.stop(new StopReason('cancelled', 'cancelled by the test'))
  if (job.signal?.aborted === true) cancel()
  job.signal?.addEventListener('abort', cancel, { once: true })
  const report = await run.run(inProcess(handler), job.cleanup && inProcess(job.cleanup))
  job.signal?.removeEventListener('abort', cancel)
  const { jobId: _id, fence: _fence, progress = null, ...outcome } = report
  return { outcome, progress, lines: memory.lines, items: memory.items, created: memory.created }
}

/** Keeps what a run has to say. */
class Memory implements RunSink {
  readonly lines: LogLine[] = []
  readonly items: ItemChange[] = []
  readonly created: CreateJob[] = []
  readonly #stored: readonly StoredItem[]

  constructor({ items = [] }: TriedJob) {
    this.#stored = items.map(({ data = null, ref = null }, index) => ({
      index,
      ref,
      data,
      state: 'pending',
      proof: 'none',
      attempt: null,
      content: null,
      externalRef: null,
    }))
  }

  progressed(): void {}

  logged(_run: JobRun, line: LogLine): void {
    this.lines.push(line)
  }

  async flush(): Promise<void> {}

  async readItems(_run: JobRun, from: number, limit: number): Promise<StoredItem[]> {
    return this.#stored.slice(from, from + limit)
  }

  async changeItems(_run: JobRun, changes: readonly ItemChange[]): Promise<void> {
    this.items.push(...changes)
  }

  async create(_run: JobRun, child: CreateJob): Promise<string> {
    this.created.push(child)
    return crypto.randomUUID()
  }
}

function claimed({ attempt = 1, input = null, items, maxAttempts = 5, type = 'test.job' }: TriedJob): ClaimedJob {
  return {
    jobId: crypto.randomUUID(),
    fence: 1,
    type,
    laneId: 1,
    queueId: 1,
    attempt,
    maxAttempts,
    priority: 'normal',
    isResumed: false,
    externalRef: null,
    input,
    description: null,
    createdBy: 'test',
    createdAt: new Date(),
    deadlineAt: null,
    itemsTotal: items?.length ?? null,
    itemsDone: items === undefined ? null : 0,
    itemsFailed: items === undefined ? null : 0,
    lostAction: 'requeue',
    retry: null,
  }
}
