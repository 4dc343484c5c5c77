import type { JobView } from '@andon/core'

/** How a {@link JobCache} is made. */
export interface JobCacheOptions {
  /** Jobs kept while nobody watches them; 20,000. Watched ones are always kept. */
  readonly limit?: number
  /**
   * When listeners are told: gets a function to call once, soon. `queueMicrotask` by default; a page passes
   * `requestAnimationFrame`, so that thousands of changes in a second cost one pass for each frame.
   */
  readonly schedule?: (flush: () => void) => void
}

const LIMIT = 20_000
/** Rows looked at in one go beyond those that are too many: most of the old ones may be watched. */
const EVICTION_PROBES = 64

/**
 * The newest known view of each job, by id, with listeners for each row: made for `useSyncExternalStore`. A view only
 * ever replaces one of a lower version, so that a slow list cannot undo what the live stream told meanwhile.
 */
export class JobCache {
  readonly #anyListeners = new Set<() => void>()
  readonly #changed = new Set<string>()
  readonly #jobs = new Map<string, JobView>()
  readonly #limit: number
  readonly #rowListeners = new Map<string, Set<() => void>>()
  readonly #schedule: (flush: () => void) => void
  #isScheduled = false
  #revision = 0

  constructor(options: JobCacheOptions = {}) {
    this.#limit = options.limit ?? LIMIT
    this.#schedule = options.schedule ?? queueMicrotask
  }

  /** Rises with each pass in which anything changed. */
  get revision(): number {
    return this.#revision
  }

  get size(): number {
    return this.#jobs.size
  }

  /** The same object until the job changes. */
  get(id: string): JobView | undefined {
    return this.#jobs.get(id)
  }

  /** Takes views in. Returns the ids of those that were news. */
  put(views: readonly JobView[]): string[] {
    const news: string[] = []
    for (const view of views) {
      const known = this.#jobs.get(view.id)
      if (known !== undefined && known.version >= view.version) continue
      // Removed first, so that the order of the map is that of the last change.
      this.#jobs.delete(view.id)
      this.#jobs.set(view.id, view)
      this.#changed.add(view.id)
      news.push(view.id)
    }
    if (news.length > 0) this.#announce()
    return news
  }

  /** Forgets jobs that are gone. */
  remove(ids: readonly string[]): void {
    const gone = ids.filter((id) => this.#jobs.delete(id))
    for (const id of gone) this.#changed.add(id)
    if (gone.length > 0) this.#announce()
  }

  /** Forgets everything, as after signing out. */
  clear(): void {
    this.remove([...this.#jobs.keys()])
  }

  /** Calls back when the job changes or goes. Returns what ends that. */
  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#rowListeners.get(id) ?? new Set()
    this.#rowListeners.set(id, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#rowListeners.get(id) === listeners) this.#rowListeners.delete(id)
    }
  }

  /** Calls back when any job changes. Returns what ends that. */
  subscribeAny(listener: () => void): () => void {
    this.#anyListeners.add(listener)
    return () => void this.#anyListeners.delete(listener)
  }

  #announce(): void {
    this.#evict()
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#schedule(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    this.#revision += 1
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const id of changed) for (const listener of this.#rowListeners.get(id) ?? []) listener()
    for (const listener of this.#anyListeners) listener()
  }

  /** Old rows that are watched go to the end, so that the next pass does not meet them first again. */
  #evict(): void {
    let probes = Math.max(0, this.#jobs.size - this.#limit) + EVICTION_PROBES
    for (const [id, job] of this.#jobs) {
      if (this.#jobs.size <= this.#limit || probes === 0) return
      probes -= 1
      this.#jobs.delete(id)
      if (this.#rowListeners.has(id)) this.#jobs.set(id, job)
    }
  }
}
