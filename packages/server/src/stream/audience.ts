import type { Query, Role } from '@andon/core'
import type { Visibility } from '@andon/store'
import { floorTail } from './floor-changes.ts'
import type { Outlet, SeqSpan } from './outlet.ts'

export type Topic = 'jobs' | 'job' | 'printers' | 'queues' | 'board' | 'floor' | 'alerts' | 'toasts'

/** Whom jobs and toasts are for: what they may see, and what concerns them. */
export interface Viewer {
  readonly visibility: Visibility
  readonly accountId: number
  readonly role: Role
}

/** What an audience listens to. */
export interface Interest {
  readonly topic: Topic
  /** For `jobs`; null: all that may be seen. */
  readonly query: Query | null
  /** For `job`. */
  readonly jobId: string | null
}

/** Jobs of which an audience remembers whether it was told about them, so that it is told once when they leave it. */
const MAX_REMEMBERED = 5000

/**
 * Everybody who is told the same: one query of one kind of reader, one job, one topic. What they are told is decided
 * and written as JSON once, whatever their number.
 */
export class Audience {
  readonly key: string
  readonly interest: Interest
  readonly viewer: Viewer
  readonly outlets = new Set<Outlet>()
  readonly startedAtMs: number
  readonly #shows = new Map<string, boolean>()

  constructor(key: string, interest: Interest, viewer: Viewer) {
    this.key = key
    this.interest = interest
    this.viewer = viewer
    this.startedAtMs = Date.now()
  }

  /** Notes that a job is (not) one of theirs; whether those who had it must be told that it is gone. */
  noteMatch(jobId: string, isMatch: boolean, createdAtMs: number): boolean {
    const before = this.#shows.get(jobId)
    this.#shows.delete(jobId)
    this.#shows.set(jobId, isMatch)
    if (this.#shows.size > MAX_REMEMBERED) {
      const oldest = this.#shows.keys().next().value
      if (oldest !== undefined) this.#shows.delete(oldest)
    }
    // A job that is older than the audience may be on a page that was loaded before.
    return !isMatch && (before === true || (before === undefined && createdAtMs < this.startedAtMs))
  }

  /** What is to be told: JSON by key, null for a job that is gone. */
  compose(pieces: ReadonlyMap<string, string | null>): Batch {
    return new Batch(this.interest.topic, pieces)
  }
}

/** Something to tell, written once for all who are told. */
export class Batch {
  readonly pieces: ReadonlyMap<string, string | null>
  readonly #tails: readonly { readonly type: string; readonly tail: string }[]

  constructor(topic: Topic, pieces: ReadonlyMap<string, string | null>) {
    this.pieces = pieces
    this.#tails = tailsOf(topic, pieces)
  }

  /** The messages for one client, whose subscriptions have these ids. */
  messages(ids: readonly string[], { before, after }: SeqSpan): { text: string; seq: number }[] {
    const head = JSON.stringify(ids)
    return this.#tails.map(({ type, tail }, index) => {
      const seq = index === this.#tails.length - 1 ? after : before
      return { text: `{"type":"${type}","ids":${head},"seq":${seq},${tail}}`, seq }
    })
  }
}

function tailsOf(topic: Topic, pieces: ReadonlyMap<string, string | null>): { type: string; tail: string }[] {
  const present = [...pieces.values()].filter((json) => json !== null)
  switch (topic) {
    case 'printers':
    case 'queues':
      return present.length === 0 ? [] : [{ type: topic, tail: `"${topic}":[${present.join(',')}]` }]
    case 'board':
      return present.map((json) => ({ type: topic, tail: `"stats":${json}` }))
    case 'alerts':
      return present.map((json) => ({ type: topic, tail: json.slice(1, -1) }))
    case 'floor':
      return [floorTail(pieces)]
    case 'toasts':
      return present.map((json) => ({ type: 'toast', tail: json.slice(1, -1) }))
    case 'jobs':
    case 'job':
      return jobTails(pieces, present)
  }
}

function jobTails(
  pieces: ReadonlyMap<string, string | null>,
  present: readonly string[],
): { type: string; tail: string }[] {
  const gone = [...pieces].filter(([, json]) => json === null).map(([id]) => id)
  return [
    ...(present.length === 0 ? [] : [{ type: 'jobs', tail: `"jobs":[${present.join(',')}]` }]),
    ...(gone.length === 0 ? [] : [{ type: 'gone', tail: `"job_ids":${JSON.stringify(gone)}` }]),
  ]
}
