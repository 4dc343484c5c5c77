import { activeRules, type EventMark, hasPassed, inWatchTurn, lastEventSeq, markEvents, type Store } from '@andon/store'
import { findInEvents } from './rules/find-in-events.ts'
import { findInStates } from './rules/find-in-states.ts'
import { notifyOver } from './rules/notify-over.ts'
import { notifyUntold } from './rules/notify-untold.ts'
import { Service, type ServiceOptions } from './service.ts'

/** How often what holds for a time is looked at: waits, rates, printers, stations. */
const STATES_EVERY_MS = 5_000

export interface RuleWatchOptions extends ServiceOptions {
  /** Default 5,000. */
  readonly statesEveryMs?: number
  /** Milliseconds since 1970; default `Date.now`. Decides about quiet hours only. */
  readonly now?: () => number
}

/**
 * Watches for what the rules say: opens, counts and closes alerts, and has people told, as durable jobs. What happened
 * is read from the events, each once; what holds is asked for every few seconds. One server at a time does it, in one
 * transaction per pass, so that nothing is told twice and nothing is lost with a server.
 */
export class RuleWatch extends Service {
  override readonly name = 'rule watch'
  protected override readonly everyMs = 2_000
  readonly #store: Store
  readonly #statesEveryMs: number
  readonly #now: () => number
  #statesAtMs = Number.NEGATIVE_INFINITY
  #mark: EventMark | null = null
  /** Up to where all events were read, as this process knows it. */
  #settledSeq = 0

  constructor(store: Store, { statesEveryMs = STATES_EVERY_MS, now = Date.now, ...options }: RuleWatchOptions) {
    super(options)
    this.#store = store
    this.#statesEveryMs = statesEveryMs
    this.#now = now
  }

  override async runOnce(): Promise<number | undefined> {
    const rules = await activeRules(this.#store)
    if (rules.length === 0) return undefined
    const settledSeq = await this.#settled()
    let isPart = false
    const isOurs = await inWatchTurn(this.#store, async (turn) => {
      isPart = await findInEvents(turn, rules, settledSeq)
      if (this.#areStatesDue()) await findInStates(turn, rules)
      // What is told in this turn is told to be over in the next: deliveries of one turn may arrive in any order.
      await notifyOver(turn, rules, this.#now())
      await notifyUntold(turn, rules, this.#now())
    })
    await this.#markOn(isOurs && !isPart ? settledSeq : null)
    return isPart ? 0 : undefined
  }

  /** A number up to which all events can be seen by the look that follows; null while none is known. */
  async #settled(): Promise<string | null> {
    if (this.#mark === null || !(await hasPassed(this.#store, this.#mark))) return null
    return this.#mark.seq
  }

  /** Marks how far the events have got, so that later looks need not go through what lies before. */
  async #markOn(settledSeq: string | null): Promise<void> {
    if (settledSeq !== null) {
      this.#settledSeq = Number(settledSeq)
      this.#mark = null
    }
    if (this.#mark === null && (await lastEventSeq(this.#store)) > this.#settledSeq) {
      this.#mark = await markEvents(this.#store)
    }
  }

  #areStatesDue(): boolean {
    const now = performance.now()
    if (now - this.#statesAtMs < this.#statesEveryMs) return false
    this.#statesAtMs = now
    return true
  }
}
