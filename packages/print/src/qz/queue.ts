import type { StateReason } from '@andon/core'
import { conditionOf, judgeQzJob, type QzEvent, type QzPrinterCondition } from './events.ts'

/** A job as far as its events tell. */
export interface QzJob {
  readonly id: number
  readonly name: string
  readonly events: readonly QzEvent[]
}

/** What is kept of a printer: more than any queue holds, and not without end. */
const MOST_JOBS = 500
const MOST_EVENTS = 200

/** What was heard of one printer, for as long as the process or page lives: QZ Tray itself keeps nothing. */
export class QzQueue {
  readonly printer: string
  /** Oldest first. */
  readonly #jobs = new Map<number, { readonly name: string; readonly events: QzEvent[] }>()
  readonly #wakers = new Set<() => void>()
  #turn: Promise<unknown> = Promise.resolve()
  #answers: QzEvent[] | null = null
  #condition: QzPrinterCondition | null = null
  #version = 0
  #gaps = 0

  constructor(printer: string) {
    this.printer = printer
  }

  /** What the last answer said, with what came since; null when QZ Tray says nothing of such a printer. */
  get condition(): QzPrinterCondition | null {
    return this.#condition
  }

  get reasons(): readonly StateReason[] {
    return this.#condition?.reasons ?? []
  }

  /** Grows with everything that is heard; see {@link changed}. */
  get version(): number {
    return this.#version
  }

  /** How often events are known to have been missed. */
  get gaps(): number {
    return this.#gaps
  }

  get jobs(): QzJob[] {
    return [...this.#jobs].map(([id, job]) => ({ id, ...job }))
  }

  job(id: number): QzJob | null {
    const job = this.#jobs.get(id)
    return job === undefined ? null : { id, ...job }
  }

  note(event: QzEvent): void {
    if (event.job === null) this.#notePrinter(event)
    else this.#noteJob(event.job, event)
    this.wake()
  }

  noteGap(): void {
    this.#gaps += 1
    this.wake()
  }

  /** From now on events of the printer are its answer to a question; see {@link endAnswer}. */
  beginAnswer(): void {
    this.#answers = []
  }

  /** The answer is complete: reasons of which it said nothing are gone. False when there was none. */
  endAnswer(): boolean {
    const answers = this.#answers ?? []
    this.#answers = null
    this.#condition = answers.length === 0 ? null : conditionOf(answers)
    this.wake()
    return answers.length > 0
  }

  /** Resolves when anything is heard after `version`, after `ms`, or with the signal. */
  changed(version: number, ms: number, signal?: AbortSignal): Promise<void> {
    if (version !== this.#version || signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.#wakers.delete(finish)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, ms)
      this.#wakers.add(finish)
      signal?.addEventListener('abort', finish)
    })
  }

  wake(): void {
    this.#version += 1
    for (const wake of this.#wakers) wake()
  }

  /** One print after the other: with two under way nobody could tell whose job is whose. */
  inTurn<T>(use: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(use)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #notePrinter(event: QzEvent): void {
    this.#answers?.push(event)
    const { state, reasons } = conditionOf([event])
    const others = this.reasons.filter(({ reason }) => reasons.every((added) => added.reason !== reason))
    // Trouble is known at once; that it is gone only an answer tells, since QZ says nothing of it.
    if (reasons.length > 0) this.#condition = { state, reasons: [...reasons, ...others] }
  }

  #noteJob({ id, name }: { readonly id: number; readonly name: string }, event: QzEvent): void {
    const job = this.#jobs.get(id) ?? { name, events: [] }
    this.#jobs.set(id, job)
    const { kind } = judgeQzJob(job.events)
    if (kind !== 'printing' && kind !== 'trouble') return
    job.events.push(event)
    if (job.events.length > MOST_EVENTS) job.events.shift()
    const [oldest] = this.#jobs.keys()
    if (this.#jobs.size > MOST_JOBS && oldest !== undefined) this.#jobs.delete(oldest)
  }
}
