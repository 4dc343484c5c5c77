import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JobView, PrinterView } from '@andon/core'
import { type JobRow, mayReadAll, maySee } from '@andon/store'
import type { Logger } from 'pino'
import type { Audience } from './audience.ts'
import type { Audiences } from './audiences.ts'
import { DirtyJobs } from './dirty-jobs.ts'
import { FloorChanges } from './floor-changes.ts'
import { type FlushedJob, isFor, needsItemRefs } from './job-match.ts'
import type { Outlet } from './outlet.ts'
import { SNAPSHOT_TOPICS, Snapshots, type SnapshotTopic } from './snapshots.ts'
import type { LiveEvent, LiveSource } from './source.ts'
import { concerns, followsPrints, jobToast, printerToast, type Toast, TOAST_KINDS } from './toasts.ts'

export interface FlusherOptions {
  readonly source: LiveSource
  readonly present: (row: JobRow) => JobView
  readonly log: Logger
  readonly audiences: Audiences
}

/** What one audience is told: JSON by key, null for what is gone. */
type Delivery = readonly [Audience, ReadonlyMap<string, string | null>]

/** Jobs of one flush, so that a great change is told in pieces and nobody waits long. */
const JOBS_PER_FLUSH = 1000
/** Clients that are written to before other work gets its turn. */
const OUTLETS_PER_TURN = 500
/** Questions whether an audience is to be told of a job, that are answered before other work gets its turn. */
const MATCHES_PER_TURN = 5000
/** While changes come without pause, flushes are at least so far apart: each costs a statement. */
const FLUSH_INTERVAL_MS = 10
const RETRY_MS = 1000

/**
 * Gathers what changed and tells it: one set-based fetch per flush for all clients, decided and written as JSON once
 * per audience.
 */
export class Flusher {
  readonly #options: FlusherOptions
  readonly #dirty = new DirtyJobs()
  readonly #floor = new FloorChanges()
  readonly #ended = new Set<string>()
  readonly #snapshots: Snapshots
  #feed: AsyncDisposable | null = null
  #timer: NodeJS.Timeout | null = null
  /** When the timer is due, and when the last flush ended (monotonic, milliseconds). */
  #dueAtMs = 0
  #flushedAtMs = Number.NEGATIVE_INFINITY
  #flushing: Promise<void> | null = null
  #isStopped = false
  #toasts = 0
  #haveAlertsChanged = false
  readonly #printers = new Map<string, PrinterView>()

  constructor(options: FlusherOptions) {
    this.#options = options
    this.#snapshots = new Snapshots(options.source)
  }

  get seq(): number {
    return this.#dirty.toldUpTo(this.#options.source.seq())
  }

  async start(): Promise<void> {
    this.#isStopped = false
    this.#feed = await this.#options.source.follow((events) => this.#note(events))
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    await this.#feed?.[Symbol.asyncDispose]()
    this.#feed = null
    await this.#flushing
  }

  /** Tells one client about these jobs as they are now. */
  async tellJobs(outlet: Outlet, audience: Audience, ids: readonly string[]): Promise<void> {
    const jobs = await this.#fetch(ids, [audience])
    const pieces = new Map<string, string | null>()
    for (const id of ids) {
      const job = jobs.get(id)
      const isTheirs = job !== undefined && isFor(audience, job, Date.now())
      if (isTheirs) pieces.set(id, job.json)
      else if (job !== undefined && maySee(job.row, audience.viewer.visibility)) pieces.set(id, null)
    }
    outlet.deliverPast(audience, audience.compose(pieces), { before: outlet.seqAt(0), after: this.seq })
  }

  /** Tells one client all of a topic. */
  async tellWhole(outlet: Outlet, audience: Audience, topic: SnapshotTopic): Promise<void> {
    const pieces = await this.#snapshots.whole(topic)
    outlet.deliverPast(audience, audience.compose(pieces), { before: this.seq, after: this.seq })
    this.#schedule(0)
  }

  /** Tells one client how many alerts there are. */
  async tellAlerts(outlet: Outlet, audience: Audience): Promise<void> {
    outlet.deliverPast(audience, audience.compose(await this.#alertPieces()), { before: this.seq, after: this.seq })
  }

  #note(events: readonly LiveEvent[]): void {
    if (events.length === 0) return
    for (const event of events) {
      const { jobIds, kind, seq } = event
      this.#floor.note(event)
      this.#haveAlertsChanged ||= kind === 'alert_changed' || kind === 'rule_changed'
      // Whoever listens from now on reads first how things are.
      if (!this.#options.audiences.hearJobs) continue
      for (const id of jobIds) {
        this.#dirty.add(id, seq)
        if (kind !== null && TOAST_KINDS.has(kind)) this.#ended.add(id)
      }
    }
    this.#snapshots.markStale()
    this.#schedule(0)
  }

  /**
   * Flushes after so long at the latest, and not right after the flush before. A change does not wait for a timer that
   * was set for something slower.
   */
  #schedule(waitMs: number): void {
    if (this.#isStopped || this.#flushing) return
    const now = performance.now()
    const dueAtMs = Math.max(now + waitMs, this.#flushedAtMs + FLUSH_INTERVAL_MS)
    if (this.#timer) {
      if (this.#dueAtMs <= dueAtMs) return
      clearTimeout(this.#timer)
    }
    this.#dueAtMs = dueAtMs
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#flushing = this.#flushOnce().finally(() => {
        this.#flushing = null
        this.#flushedAtMs = performance.now()
        this.#scheduleNext()
      })
    }, dueAtMs - now)
  }

  #scheduleNext(): void {
    const now = performance.now()
    const waits = [this.#dirty.waitMs(now), this.#snapshots.waitMs(this.#snapshotAudiences().keys(), now)]
    const wait = Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY))
    if (Number.isFinite(wait)) this.#schedule(wait)
  }

  async #flushOnce(): Promise<void> {
    try {
      await this.#flushFloor()
      await this.#flushAlerts()
      await this.#flushJobs()
      await this.#flushSnapshots()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the stream could not read what changed')
      await new Promise((resolve) => setTimeout(resolve, this.#isStopped ? 0 : RETRY_MS).unref())
    }
  }

  async #flushFloor(): Promise<void> {
    const pieces = this.#floor.take()
    if (pieces.size === 0) return
    await this.#deliverTopic('floor', pieces)
  }

  async #flushAlerts(): Promise<void> {
    if (!this.#haveAlertsChanged) return
    const pieces = await this.#alertPieces()
    this.#haveAlertsChanged = false
    await this.#deliverTopic('alerts', pieces)
  }

  async #alertPieces(): Promise<ReadonlyMap<string, string>> {
    return new Map([['alerts', JSON.stringify(await this.#options.source.alerts())]])
  }

  async #deliverTopic(topic: 'alerts' | 'floor', pieces: ReadonlyMap<string, string | null>): Promise<void> {
    await this.#deliver(
      Array.from(this.#options.audiences.of(topic), (audience): Delivery => [audience, pieces]),
      () => this.seq,
    )
  }

  async #flushJobs(): Promise<void> {
    const due = this.#dirty.takeDue(performance.now(), JOBS_PER_FLUSH)
    if (due.length === 0) return
    try {
      await this.#tellAll(due)
      this.#dirty.done(due, performance.now())
    } catch (error) {
      this.#dirty.failed(due)
      throw error
    }
  }

  async #tellAll(due: readonly string[]): Promise<void> {
    const { audiences } = this.#options
    const wanted = this.#wantedOf(due)
    const jobs = await this.#fetch(wanted, audiences.of('jobs'))
    const deliveries: Delivery[] = []
    const compose = (audience: Audience, ids: readonly string[]): void => {
      const pieces = this.#piecesFor(audience, ids, jobs)
      if (pieces.size > 0) deliveries.push([audience, pieces])
    }
    for (const id of wanted) for (const audience of audiences.ofJob(id)) compose(audience, [id])
    let matches = 0
    for (const audience of [...audiences.of('jobs'), ...audiences.of('toasts')]) {
      compose(audience, wanted)
      matches += wanted.length
      if (matches < MATCHES_PER_TURN) continue
      matches = 0
      await nextTurn()
    }
    for (const id of due) this.#ended.delete(id)
    await this.#deliver(deliveries, () => this.#dirty.toldAfterFlight(this.#options.source.seq()))
  }

  /** Only the jobs that somebody listens for: with nobody there, nothing is read. */
  #wantedOf(due: readonly string[]): readonly string[] {
    const { audiences } = this.#options
    if (audiences.of('jobs').size > 0) return due
    const hasToasts = audiences.of('toasts').size > 0
    return due.filter((id) => audiences.ofJob(id).size > 0 || (hasToasts && this.#ended.has(id)))
  }

  #piecesFor(
    audience: Audience,
    ids: readonly string[],
    jobs: ReadonlyMap<string, FlushedJob>,
  ): Map<string, string | null> {
    if (audience.interest.topic === 'toasts') return this.#toastsFor(audience, ids, jobs)
    const pieces = new Map<string, string | null>()
    const nowMs = Date.now()
    for (const id of ids) {
      const job = jobs.get(id)
      const isTheirs = job !== undefined && isFor(audience, job, nowMs)
      if (isTheirs) pieces.set(id, job.json)
      if (audience.noteMatch(id, isTheirs, shownSince(audience, job))) pieces.set(id, null)
    }
    return pieces
  }

  #toastsFor(
    audience: Audience,
    ids: readonly string[],
    jobs: ReadonlyMap<string, FlushedJob>,
  ): Map<string, string | null> {
    const pieces = new Map<string, string | null>()
    for (const id of ids) {
      const job = jobs.get(id)
      if (!job || !this.#ended.has(id)) continue
      if (!concerns(audience.viewer, { accountId: job.row.account_id, type: job.row.type })) continue
      const toast = jobToast(job.view)
      if (toast) this.#addToast(pieces, toast)
    }
    return pieces
  }

  /** Every toast is told, so each has a key of its own. */
  #addToast(pieces: Map<string, string | null>, toast: Toast): void {
    this.#toasts += 1
    pieces.set(`toast:${this.#toasts}`, JSON.stringify(toast))
  }

  async #flushSnapshots(): Promise<void> {
    for (const [topic, audiences] of this.#snapshotAudiences()) {
      const now = performance.now()
      if (!this.#snapshots.isDue(topic, now)) continue
      const changed = await this.#snapshots.changes(topic, now)
      const deliveries = audiences.map((audience): Delivery => [audience, changed])
      if (topic === 'printers') deliveries.push(...this.#printerToasts(changed))
      if (changed.size > 0) await this.#deliver(deliveries, () => this.seq)
    }
  }

  /** Tells those who look after printers which ones came into trouble or out of it. */
  #printerToasts(changed: ReadonlyMap<string, string | null>): Delivery[] {
    const pieces = new Map<string, string | null>()
    for (const [name, json] of changed) {
      if (json === null) continue
      // It was written from a view a moment ago.
      const printer = JSON.parse(json) as PrinterView
      const toast = printerToast(this.#printers.get(name), printer)
      this.#printers.set(name, printer)
      if (toast) this.#addToast(pieces, toast)
    }
    return pieces.size === 0 ? [] : this.#printerFollowers().map((audience) => [audience, pieces])
  }

  #printerFollowers(): Audience[] {
    return [...this.#options.audiences.of('toasts')].filter(({ viewer }) => followsPrints(viewer))
  }

  #snapshotAudiences(): Map<SnapshotTopic, Audience[]> {
    const found = new Map<SnapshotTopic, Audience[]>()
    for (const topic of SNAPSHOT_TOPICS) {
      const audiences = this.#options.audiences.of(topic)
      if (audiences.size > 0) found.set(topic, [...audiences])
    }
    // Toasts about printers come from what changed of the printers.
    if (!found.has('printers') && this.#printerFollowers().length > 0) found.set('printers', [])
    return found
  }

  /** @param told up to where a client is told everything once its last message of this delivery has come */
  async #deliver(deliveries: readonly Delivery[], told: () => number): Promise<void> {
    const left = new Map<Outlet, number>()
    for (const [audience] of deliveries) {
      for (const outlet of audience.outlets) left.set(outlet, (left.get(outlet) ?? 0) + 1)
    }
    // Both only rise, so that what was read a moment ago claims too little, never too much.
    let [before, after] = [this.seq, told()]
    let written = 0
    for (const [audience, pieces] of deliveries) {
      const batch = audience.compose(pieces)
      for (const outlet of audience.outlets) {
        const others = (left.get(outlet) ?? 1) - 1
        left.set(outlet, others)
        outlet.deliver(audience, batch, { before, after: others > 0 ? before : after })
        written += 1
        if (written % OUTLETS_PER_TURN !== 0) continue
        await nextTurn()
        before = this.seq
        after = told()
      }
    }
  }

  async #fetch(ids: readonly string[], audiences: Iterable<Audience>): Promise<Map<string, FlushedJob>> {
    const { present, source } = this.#options
    const rows = ids.length === 0 ? [] : await source.jobs(ids)
    const queries = Array.from(audiences, ({ interest }) => interest.query).filter((query) => query !== null)
    const facets = await source.facets(rows, { itemRefs: queries.some(needsItemRefs) })
    const jobs = new Map<string, FlushedJob>()
    for (const row of rows) {
      const view = present(row)
      const seen = facets.get(row.id)
      if (seen) jobs.set(row.id, { row, view, json: JSON.stringify(view), facets: seen })
    }
    return jobs
  }
}

/**
 * Since when a job may stand on a page that was loaded before: never, for those who may not see it. They are not told
 * its id either.
 */
function shownSince({ viewer }: Audience, job: FlushedJob | undefined): number {
  if (job === undefined) return mayReadAll(viewer.visibility) ? 0 : Number.POSITIVE_INFINITY
  return maySee(job.row, viewer.visibility) ? job.facets.createdAtMs : Number.POSITIVE_INFINITY
}
