import { isDisconnect } from './database-errors.ts'
import type { Notification } from './listener.ts'
import type { Queryable } from './pool.ts'
import type { ClaimedRow } from './queries/claim.ts'
import { keptStatement } from './statement.ts'

/** The channel that everything goes over. Names of databases keep installations apart. */
export const CHANNEL = 'andon'

/** Ids that fit into a payload of less than 8,000 bytes; more than these become a sweep. */
const IDS_LIMIT = 100

/** Under load notifications are at least so far apart. */
const PACE_MS = 5

const NOTIFY = keptStatement('notify', `select pg_notify('andon', $1)`)

/** A job that was handed to worker `w` on its ticket `t`; without the job `j` where that is too long to travel. */
export interface Handed {
  w: number
  t: number
  j?: HandedRow
}

export type HandedRow = Omit<ClaimedRow, 'type_id'> & { type: string }

/**
 * What travels, short because payloads are: `r` lanes with ready work, `c` jobs to cancel, `e` new events, `s` sweep,
 * `h` a job handed over, `u` rights of people or tokens.
 */
export interface Payload {
  h?: Handed
  r?: number[]
  c?: string[]
  e?: 1
  s?: 1
  u?: 1
}

/**
 * Tells the other processes that something happened. Never more than one notification is on its way: what comes
 * meanwhile is gathered into the next, so that the lock that NOTIFY takes over the whole database is rare under load.
 * A notification that fails is dropped, since a poll stands behind it.
 */
export class Notifier {
  readonly #db: Queryable
  readonly #dispatch: (notification: Notification) => void
  #ready = new Set<number>()
  #cancels = new Set<string>()
  /** Set by the three that write events: whatever happened was written down as an event. */
  #hasEvents = false
  #haveRightsChanged = false
  #sending: Promise<void> | null = null
  /** Statements under way that might carry a notification of their own. */
  #carriers = 0

  constructor(db: Queryable, dispatch: (notification: Notification) => void) {
    this.#db = db
    this.#dispatch = dispatch
  }

  /**
   * Runs a statement that can carry its own notification that work is ready. It does so only while nothing else is
   * under way, which saves a lone job a round trip; otherwise the notification follows and is shared.
   *
   * @param work resolves to `ready` when it left ready work
   * @returns what `work` resolved to
   */
  async carry<T extends string>(
    queueIds: ReadonlySet<number>,
    work: (payload: string | null) => Promise<T | 'ready'>,
  ): Promise<T | 'ready'> {
    const isAlone = this.#sending === null && this.#carriers === 0 && queueIds.size > 0
    this.#carriers += 1
    let left: T | 'ready'
    try {
      left = await work(isAlone ? readyPayload(queueIds) : null)
    } finally {
      this.#carriers -= 1
    }
    if (!isAlone) this.ready(queueIds)
    else if (left === 'ready') this.#dispatch({ kind: 'ready', queueIds: [...queueIds] })
    return left
  }

  /** Work may be ready in these lanes (of the queue side), and events were written. */
  ready(queueIds: Iterable<number>): void {
    for (const id of queueIds) this.#ready.add(id)
    this.#hasEvents = true
    this.#send()
  }

  /** Cancel was asked for these held jobs. */
  cancel(jobIds: Iterable<string>): void {
    for (const id of jobIds) this.#cancels.add(id)
    this.#hasEvents = true
    this.#send()
  }

  /** Events were written. */
  events(): void {
    this.#hasEvents = true
    this.#send()
  }

  /** What somebody may do has changed, or a session or token has ended. */
  rights(): void {
    this.#haveRightsChanged = true
    this.#send()
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  #send(): void {
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = null
    })
  }

  async #drain(): Promise<void> {
    // Lets everything that the current turn of the event loop announces go into one notification.
    await Promise.resolve()
    while (this.#hasEvents || this.#haveRightsChanged) {
      const payload = this.#take()
      for (const notification of notificationsOf(payload)) this.#dispatch(notification)
      try {
        await this.#db.query(NOTIFY, [JSON.stringify(payload)])
        await new Promise((resolve) => setTimeout(resolve, PACE_MS))
      } catch (error) {
        if (!isDisconnect(error)) continue
        return
      }
    }
  }

  #take(): Payload {
    const payload: Payload = {
      ...payloadOf(this.#ready, this.#cancels),
      ...(this.#hasEvents ? { e: 1 } : {}),
      ...(this.#haveRightsChanged ? { u: 1 } : {}),
    }
    this.#ready = new Set()
    this.#cancels = new Set()
    this.#hasEvents = false
    this.#haveRightsChanged = false
    return payload
  }
}

/** The payload that says that work is ready. */
function readyPayload(queueIds: Iterable<number>): string {
  return JSON.stringify({ ...payloadOf(new Set(queueIds), new Set()), e: 1 })
}

/** What a payload says; a payload that cannot be read is a sweep, so that nothing is missed. */
export function notificationsOf(payload: Payload): Notification[] {
  const notifications: Notification[] = []
  if (payload.s === 1) notifications.push({ kind: 'sweep' })
  if (payload.r !== undefined && payload.r.length > 0) notifications.push({ kind: 'ready', queueIds: payload.r })
  if (payload.c !== undefined && payload.c.length > 0) notifications.push({ kind: 'cancel', jobIds: payload.c })
  if (payload.h !== undefined) {
    const { w: workerId, t: ticket, j: row } = payload.h
    notifications.push({ kind: 'handed', workerId, ticket, row: row ?? null })
  }
  if (payload.u === 1) notifications.push({ kind: 'rights' })
  if (payload.e === 1) notifications.push({ kind: 'events' })
  return notifications
}

function payloadOf(ready: ReadonlySet<number>, cancels: ReadonlySet<string>): Payload {
  if (ready.size > IDS_LIMIT || cancels.size > IDS_LIMIT) return { s: 1 }
  const payload: Payload = {}
  if (ready.size > 0) payload.r = [...ready]
  if (cancels.size > 0) payload.c = [...cancels]
  return payload
}
