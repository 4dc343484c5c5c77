import type { JobDetail, JobState, JobView, LogView } from '@andon/core'
import { isFinal, isProblem, clientProblem } from '@andon/core/base'
import { type Http, pause } from './http.ts'
import type { Live } from './live.ts'
import { route } from './route.ts'
import { readEvents } from './sse.ts'

/** Where {@link followJob} gets a job from. */
export interface JobSource {
  readonly get: (id: string, options: { readonly signal?: AbortSignal | undefined }) => Promise<JobDetail>
  readonly live: Live
}

/** What to wait for. */
export interface WaitOptions {
  /** One of these states, or any final one; any final one when left out. */
  readonly for?: JobState | readonly JobState[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; without end when left out. */
  readonly timeoutMs?: number | undefined
}

/** Which log lines to follow. */
export interface FollowLogsOptions {
  /** This level and those above it. */
  readonly level?: LogView['level'] | undefined
  readonly search?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** How often the job is read while the live stream is away, and while it is silent. */
const AWAY_POLL_MS = 1_000
const QUIET_POLL_MS = 15_000
const LOG_RETRY_MS = 1_000

/** The job as it is and then its changes; see `JobsApi.watch`. A slow reader is told the newest state only. */
export async function* followJob(
  source: JobSource,
  id: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<JobView, void, undefined> {
  let latest: JobView = await source.get(id, { signal })
  yield latest
  if (isFinal(latest.state)) return
  const inbox = new Inbox(signal)
  const handle = source.live.subscribe(
    { topic: 'job', jobId: latest.id },
    { onJobs: (jobs) => jobs.forEach((job) => inbox.put(job)), onLoad: () => inbox.askToLoad() },
  )
  try {
    while (true) {
      await inbox.something(source.live.status.state === 'live' ? QUIET_POLL_MS : AWAY_POLL_MS)
      const told = inbox.take()
      const loaded = told.isComplete ? null : await loadOrNothing(source, latest.id, signal)
      const next = newer(told.view, loaded)
      if (next === null || next.version <= latest.version) continue
      latest = next
      yield latest
      if (isFinal(latest.state)) return
    }
  } finally {
    handle.close()
  }
}

/** See `JobsApi.wait`. */
export async function waitForJob(
  watch: (signal: AbortSignal) => AsyncIterable<JobView>,
  id: string,
  options: WaitOptions,
): Promise<JobView> {
  const wanted = typeof options.for === 'string' ? [options.for] : (options.for ?? [])
  const timeout = new AbortController()
  const timer =
    options.timeoutMs === undefined ? undefined : setTimeout(() => timeout.abort(), Math.max(0, options.timeoutMs))
  try {
    for await (const job of watch(AbortSignal.any([timeout.signal, ...(options.signal ? [options.signal] : [])]))) {
      if (isFinal(job.state) || wanted.includes(job.state)) return job
    }
  } catch (error) {
    if (!timeout.signal.aborted || options.signal?.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
  throw clientProblem('timed_out', { detail: `Job ${id} did not get there in ${options.timeoutMs} ms.`, extra: { id } })
}

/** See `JobsApi.followLogs`. Lines are told apart by their number, so that a new connection repeats none. */
export async function* followLogs(
  http: Http,
  id: string,
  { signal, ...filter }: FollowLogsOptions,
): AsyncGenerator<LogView, void, undefined> {
  let told = -1
  while (true) {
    try {
      const body = await openLogs(http, id, { filter, signal, told })
      for await (const event of readEvents(body)) {
        // `end` comes when the job has ended, and also when the server stops.
        if (event.event === 'end') break
        const line = JSON.parse(event.data) as LogView
        if (line.n <= told) continue
        told = line.n
        yield line
      }
      const job = await http.json<JobDetail>({ path: route`/api/jobs/${id}`, signal })
      if (isFinal(job.state)) return
    } catch (error) {
      signal?.throwIfAborted()
      if (isProblem(error) && !error.retryable) throw error
    }
    await pause(LOG_RETRY_MS, signal)
  }
}

interface LogPlace {
  readonly filter: Omit<FollowLogsOptions, 'signal'>
  readonly signal: AbortSignal | undefined
  readonly told: number
}

async function openLogs(http: Http, id: string, place: LogPlace): Promise<ReadableStream<Uint8Array>> {
  const response = await http.response({
    path: route`/api/jobs/${id}/logs`,
    query: { ...place.filter, follow: true, cursor: place.told < 0 ? undefined : String(place.told) },
    accept: 'text/event-stream',
    signal: place.signal,
  })
  if (response.body === null) throw clientProblem('server_unreachable', { detail: 'The log came without a body.' })
  return response.body
}

async function loadOrNothing(source: JobSource, id: string, signal?: AbortSignal): Promise<JobView | null> {
  try {
    return await source.get(id, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    if (isProblem(error) && error.retryable) return null
    throw error
  }
}

function newer(one: JobView | null, other: JobView | null): JobView | null {
  if (one === null || other === null) return one ?? other
  return one.version >= other.version ? one : other
}

/** Holds the newest view of one job until it is read. */
class Inbox {
  readonly #signal: AbortSignal | undefined
  #isAsked = false
  #view: JobView | null = null
  #wake: (() => void) | undefined

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  put(view: JobView): void {
    if (this.#view === null || view.version > this.#view.version) this.#view = view
    this.#wake?.()
  }

  askToLoad(): void {
    this.#isAsked = true
    this.#wake?.()
  }

  /** The newest view that was told; not complete when the job has to be loaded besides. */
  take(): { readonly isComplete: boolean; readonly view: JobView | null } {
    const told = { isComplete: this.#view !== null && !this.#isAsked, view: this.#view }
    this.#isAsked = false
    this.#view = null
    return told
  }

  /** Resolves when there is something to do, at the latest after a time. */
  async something(mostMs: number): Promise<void> {
    this.#signal?.throwIfAborted()
    if (this.#view !== null || this.#isAsked) return
    const done = new AbortController()
    this.#wake = () => done.abort()
    const signals = this.#signal ? [done.signal, this.#signal] : [done.signal]
    await pause(mostMs, AbortSignal.any(signals)).catch(() => {})
    this.#wake = undefined
    this.#signal?.throwIfAborted()
  }
}
