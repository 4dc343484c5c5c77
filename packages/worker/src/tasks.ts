import type { Clock } from './clock.ts'

/** Everything that goes on behind the worker's back, so that it can wait for its end. */
export class Tasks {
  readonly #clock: Clock
  readonly #open = new Set<Promise<void>>()
  readonly #timers = new Map<string, () => void>()
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Remembers a task that never rejects until it has ended. */
  track(task: Promise<void>): void {
    this.#open.add(task)
    void task.finally(() => this.#open.delete(task))
  }

  /** Repeats a pass, the first time after `delayMs`; passes of one name never overlap. */
  every(name: string, delayMs: number, pass: () => Promise<void>): void {
    if (this.#isClosed) return
    const callOff = this.#clock.after(delayMs, () => {
      this.track(pass().finally(() => this.every(name, delayMs, pass)))
    })
    this.#timers.set(name, callOff)
  }

  /** Resolves when what goes on now has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#open)
  }

  /** Begins no further pass, and resolves when the last has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const callOff of this.#timers.values()) callOff()
    await this.ended()
  }
}

/** Wakes a loop that sleeps. What rings while it does not sleep is remembered. */
export class Bell {
  #wake: (() => void) | null = null
  #hasRung = false

  ring(): void {
    this.#hasRung = true
    this.#wake?.()
    this.#wake = null
  }

  /** What rang before is dealt with. */
  reset(): void {
    this.#hasRung = false
  }

  /** Resolves at the next ring, or at once when it has rung since the last reset. */
  sleep(): Promise<void> {
    if (this.#hasRung) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** Resolves after a time. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve)
  })
}
