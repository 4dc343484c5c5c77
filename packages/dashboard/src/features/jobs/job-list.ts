import { type AndonError, isProblem, type JobPage, type JobView, clientProblem } from '@andon/core'
import { useEffect, useMemo } from 'react'
import { andon, jobCache } from '../../live/andon.ts'
import { External, useExternal } from '../../live/external.ts'
import { follow } from '../../live/follow.ts'

/** What the list shows. Only ids: each row reads its own job. */
export interface JobListState {
  readonly ids: readonly string[]
  /** Matching jobs that are not shown yet, so that no row moves under somebody's hand. */
  readonly fresh: readonly string[]
  /** Shown ones that no longer match. */
  readonly gone: ReadonlySet<string>
  readonly total: JobPage['total']
  readonly cursor: string | null
  readonly searchedUntil: string | null
  readonly phase: 'loading' | 'ready' | 'failed'
  readonly error: AndonError | null
  readonly isLoadingMore: boolean
}

const FIRST: JobListState = {
  ids: [],
  fresh: [],
  gone: new Set(),
  total: null,
  cursor: null,
  searchedUntil: null,
  phase: 'loading',
  error: null,
  isLoadingMore: false,
}

const PAGE = 100

/** The jobs that match one query, page after page and followed live, the newest first. */
export class JobList {
  readonly state = new External<JobListState>(FIRST)
  readonly #q: string

  constructor(q: string) {
    this.#q = q
  }

  /** Loads, and follows until the returned function is called. */
  start(): () => void {
    const handlers = {
      onJobs: (jobs: readonly JobView[]) => this.#hear(jobs),
      onGone: (ids: readonly string[]) => this.#lose(ids),
      onError: (error: AndonError) => this.#change({ phase: 'failed', error }),
    }
    return follow({ topic: 'jobs', q: this.#q }, handlers, () => void this.load())
  }

  /** The first page anew. */
  async load(): Promise<void> {
    try {
      const page = await andon.jobs.list({ q: this.#q, limit: PAGE })
      jobCache.put(page.data)
      if (this.state.get().phase === 'ready') return this.#hear(page.data)
      const ids = page.data.map(({ id }) => id)
      // What the stream told while the answer was on its way is newer than it.
      const missing = this.state.get().fresh.filter((id) => !ids.includes(id))
      this.state.set({ ...FIRST, phase: 'ready', ids: [...missing, ...ids], ...restOf(page) })
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Begins anew: jobs were deleted, of which the stream does not tell. */
  async reload(): Promise<void> {
    this.state.set(FIRST)
    await this.load()
  }

  /** The next page. Does nothing while one is under way or when there is none. */
  async more(): Promise<void> {
    const { cursor, isLoadingMore } = this.state.get()
    if (cursor === null || isLoadingMore) return
    this.#change({ isLoadingMore: true, error: null })
    try {
      const page = await andon.jobs.list({ q: this.#q, limit: PAGE, cursor })
      jobCache.put(page.data)
      const { ids, fresh } = this.state.get()
      const shown = new Set(ids)
      const next = page.data.map(({ id }) => id).filter((id) => !shown.has(id))
      const loaded = new Set(next)
      this.#change({ ids: [...ids, ...next], fresh: fresh.filter((id) => !loaded.has(id)), ...restOf(page) })
    } catch (error) {
      this.#fail(error)
    }
    this.#change({ isLoadingMore: false })
  }

  /** Shows what has collected, and takes out what no longer matches. */
  update(): void {
    const { ids, fresh, gone } = this.state.get()
    const next = [...fresh, ...ids].filter((id) => !gone.has(id))
    this.#change({ ids: next.toSorted().toReversed(), fresh: [], gone: new Set() })
  }

  #hear(jobs: readonly JobView[]): void {
    jobCache.put(jobs)
    const { ids, fresh, gone, cursor, phase, total } = this.state.get()
    const known = new Set([...ids, ...fresh])
    const oldest = ids.at(-1)
    const isBehind = (id: string) => cursor !== null && oldest !== undefined && id < oldest
    const next = jobs.map(({ id }) => id).filter((id) => !known.has(id) && !isBehind(id))
    const returned = jobs.filter(({ id }) => gone.has(id)).map(({ id }) => id)
    if (next.length === 0 && returned.length === 0) return
    const stillGone = new Set([...gone].filter((id) => !returned.includes(id)))
    const count = total === null ? null : { ...total, count: total.count + next.length }
    this.#change({ fresh: [...fresh, ...next], gone: stillGone, total: count })
    // An empty list has no rows that could jump.
    if (phase === 'ready' && ids.length === 0) this.update()
  }

  #lose(lost: readonly string[]): void {
    const { ids, fresh, gone, total } = this.state.get()
    const shown = lost.filter((id) => ids.includes(id) && !gone.has(id))
    const waiting = new Set(lost)
    const left = fresh.filter((id) => !waiting.has(id))
    const less = shown.length + fresh.length - left.length
    if (less === 0) return
    const count = total === null ? null : { ...total, count: Math.max(0, total.count - less) }
    this.#change({ gone: new Set([...gone, ...shown]), fresh: left, total: count })
  }

  #fail(cause: unknown): void {
    const error = isProblem(cause) ? cause : clientProblem('internal', { cause })
    this.#change({ error, phase: this.state.get().ids.length === 0 ? 'failed' : 'ready' })
  }

  #change(change: Partial<JobListState>): void {
    this.state.set({ ...this.state.get(), ...change })
  }
}

function restOf(page: JobPage): Pick<JobListState, 'cursor' | 'searchedUntil' | 'total'> {
  return { cursor: page.next_cursor, searchedUntil: page.searched_until, total: page.total }
}

/** The list of a query; another query begins another list. */
export function useJobList(q: string): { readonly list: JobList; readonly state: JobListState } {
  const list = useMemo(() => new JobList(q), [q])
  useEffect(() => list.start(), [list])
  return { list, state: useExternal(list.state) }
}
