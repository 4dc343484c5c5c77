import { type JobView, problem, requireQuery, type StreamRequest } from '@andon/core'
import type { Logger } from 'pino'
import type { Actor } from '../policies/actor.ts'
import { authorize } from '../policies/policy.ts'
import { RULES } from '../policies/rules.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { Audience, type Interest } from './audience.ts'
import { Audiences } from './audiences.ts'
import { Flusher } from './flusher.ts'
import { Outlet, type Transport } from './outlet.ts'
import { SNAPSHOT_TOPICS, type SnapshotTopic } from './snapshots.ts'
import type { LiveSource } from './source.ts'
import type { JobRow } from '@andon/store'

/** What a client asks to be told. */
export type Subscribe = Extract<StreamRequest, { type: 'subscribe' }>

export interface HubOptions {
  readonly source: LiveSource
  /** A row as it is shown in lists and streams. */
  readonly present: (row: JobRow) => JobView
  readonly log: Logger
  /** The actors as they are now, by the same positions; null for sessions that ended and tokens that were revoked. */
  readonly refreshActors: (actors: readonly Actor[]) => Promise<(Actor | null)[]>
  /** How often the rights of connected clients are looked at again though nothing was said of them. Default 5 s. */
  readonly recheckMs?: number
}

/** Subscriptions of one client. */
const MAX_SUBSCRIPTIONS = 100
/** Jobs that are told one by one to a client that comes back; beyond, it loads anew. */
const REPLAY_LIMIT = 2000
const RECHECK_MS = 5_000

/**
 * The live stream of one server: clients and what they listen to. Backfill, cut over, then follow: a client that
 * resumes is registered first, what is live waits for it while the past is read, and both meet in one order.
 */
export class StreamHub {
  readonly #options: HubOptions
  readonly #outlets = new Set<Outlet>()
  readonly #audiences = new Audiences()
  readonly #flusher: Flusher
  #rechecking: Promise<void> | null = null
  #isToRecheck = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: HubOptions) {
    this.#options = options
    this.#flusher = new Flusher({ ...options, audiences: this.#audiences })
  }

  get clients(): number {
    return this.#outlets.size
  }

  /** Up to here every client that keeps up is told everything. */
  get seq(): number {
    return this.#flusher.seq
  }

  async start(): Promise<void> {
    if (this.#timer) return
    await this.#flusher.start()
    this.#timer = setInterval(() => void this.recheck(), this.#options.recheckMs ?? RECHECK_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    for (const outlet of this.#outlets) outlet.close('stopping')
    await this.#flusher.stop()
    await this.#rechecking
  }

  connect(actor: Actor, transport: Transport): Outlet {
    const outlet = new Outlet(actor, transport)
    outlet.onFlushed = () => outlet.catchUp(this.seq)
    this.#outlets.add(outlet)
    return outlet
  }

  disconnect(outlet: Outlet): void {
    outlet.markClosed()
    for (const audience of outlet.subscriptions.keys()) this.#leave(outlet, audience)
    outlet.subscriptions.clear()
    this.#outlets.delete(outlet)
  }

  /**
   * Refuses a wrong request before anything is opened for it.
   *
   * @throws `query_invalid`, `validation_failed`, `forbidden`
   */
  checkSubscribe(actor: Actor, request: Subscribe): void {
    interestOf(actor, request)
  }

  /**
   * Registers a subscription, says so, and tells what was missed since the number that the client saw last.
   *
   * @throws `query_invalid`, `validation_failed`, `forbidden`
   */
  async subscribe(outlet: Outlet, request: Subscribe): Promise<void> {
    const audience = this.#audienceFor(outlet.actor, interestOf(outlet.actor, request))
    this.unsubscribe(outlet, request.id)
    if (countIds(outlet) >= MAX_SUBSCRIPTIONS) {
      throw problem('validation_failed', {
        field: '/id',
        detail: 'too many subscriptions',
        allowed: `${MAX_SUBSCRIPTIONS}`,
      })
    }
    this.#join(outlet, audience, request.id)
    outlet.say({ type: 'subscribed', id: request.id, seq: request.since ?? outlet.seqAt(this.seq) })
    outlet.hold()
    try {
      await this.#tellPast(outlet, audience, request)
    } finally {
      outlet.release(this.seq)
    }
  }

  unsubscribe(outlet: Outlet, id: string): void {
    for (const [audience, ids] of outlet.subscriptions) {
      if (!ids.delete(id) || ids.size > 0) continue
      outlet.subscriptions.delete(audience)
      this.#leave(outlet, audience)
    }
  }

  /**
   * Ends the connections of those who signed out, were revoked, or whose rights have changed. What changes while it
   * looks is looked at anew.
   */
  recheck(): Promise<void> {
    this.#isToRecheck = true
    this.#rechecking ??= this.#recheckAll()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'rights of stream clients were not checked'))
      .finally(() => {
        this.#rechecking = null
      })
    return this.#rechecking
  }

  #audienceFor(actor: Actor, interest: Interest): Audience {
    const visibility = visibilityOf(actor)
    const who = interest.topic === 'toasts' ? `${actor.accountId}/${actor.role}` : JSON.stringify(visibility)
    const key = JSON.stringify([interest, who])
    return (
      this.#audiences.get(key) ??
      new Audience(key, interest, { visibility, accountId: actor.accountId, role: actor.role })
    )
  }

  #join(outlet: Outlet, audience: Audience, id: string): void {
    this.#audiences.add(audience)
    audience.outlets.add(outlet)
    const ids = outlet.subscriptions.get(audience) ?? new Set()
    outlet.subscriptions.set(audience, ids.add(id))
  }

  #leave(outlet: Outlet, audience: Audience): void {
    outlet.forget(audience)
    audience.outlets.delete(outlet)
    if (audience.outlets.size === 0) this.#audiences.delete(audience)
  }

  async #tellPast(outlet: Outlet, audience: Audience, request: Subscribe): Promise<void> {
    const { topic, since } = request
    if (isSnapshotTopic(topic)) return this.#flusher.tellWhole(outlet, audience, topic)
    if (topic === 'toasts') return
    if (topic === 'alerts') return this.#flusher.tellAlerts(outlet, audience)
    // What changed meanwhile is not looked up one by one: the page loads anew what it shows.
    if (topic === 'floor')
      return since === undefined ? undefined : outlet.say({ type: 'reset', ids: [request.id], seq: this.seq })
    if (topic === 'job' && since === undefined) return this.#flusher.tellJobs(outlet, audience, [request.job_id ?? ''])
    if (since === undefined) return
    const missed = await this.#options.source.jobsSince(since, REPLAY_LIMIT)
    if (missed === null) outlet.say({ type: 'reset', ids: [request.id], seq: this.seq })
    else await this.#flusher.tellJobs(outlet, audience, missed)
  }

  async #recheckAll(): Promise<void> {
    while (this.#isToRecheck) {
      this.#isToRecheck = false
      await this.#recheckOnce()
    }
  }

  async #recheckOnce(): Promise<void> {
    const byCredential = Map.groupBy(this.#outlets, ({ actor }) => actor.tokenId ?? actor.sessionHash?.toString('hex'))
    const groups = [...byCredential.values()]
    const actors = await this.#options.refreshActors(groups.flatMap((outlets) => outlets[0]?.actor ?? []))
    for (const [index, outlets] of groups.entries()) {
      const now = actors[index] ?? null
      for (const outlet of outlets) {
        if (now === null || !hasSameRights(now, outlet.actor)) outlet.close('revoked')
        else outlet.actor = now
      }
    }
  }
}

/** @throws `query_invalid`, `validation_failed`, `forbidden` */
function interestOf(actor: Actor, { topic, q, job_id }: Subscribe): Interest {
  if (topic === 'alerts') authorize(RULES.read, actor)
  if (topic === 'job' && job_id === undefined) {
    throw problem('validation_failed', { field: '/job_id', detail: 'is required for the topic job' })
  }
  const text = topic === 'jobs' ? (q ?? '').trim() : ''
  const query = text === '' ? null : requireQuery(text)
  const payload = query?.terms.find(({ field }) => field === 'input' || field === 'result')
  if (payload) {
    throw problem('query_invalid', { field: 'q', detail: `${payload.field} cannot be followed live; leave it out` })
  }
  return { topic, query, jobId: topic === 'job' ? (job_id ?? null) : null }
}

function isSnapshotTopic(topic: Subscribe['topic']): topic is SnapshotTopic {
  return SNAPSHOT_TOPICS.some((name) => name === topic)
}

function hasSameRights(now: Actor, before: Actor): boolean {
  return now.role === before.role && now.accountId === before.accountId
}

function countIds(outlet: Outlet): number {
  return [...outlet.subscriptions.values()].reduce((sum, ids) => sum + ids.size, 0)
}
