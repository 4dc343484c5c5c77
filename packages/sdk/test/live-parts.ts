import type { Live, LiveSocket, LiveState } from '../src/index.ts'

/** Resolves when the stream is in a state. */
export function reaches(live: Live, state: LiveState): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (live.status.state !== state) return
      stop()
      resolve()
    }
    const stop = live.onStatus(look)
    look()
  })
}

/** Collects what a handler is told, and lets tests wait for a number of calls. */
export function collector<T>(): {
  readonly told: T[]
  readonly add: (value: T) => void
  readonly count: (wanted: number) => Promise<void>
} {
  const told: T[] = []
  let waiting: { wanted: number; resolve: () => void }[] = []
  return {
    told,
    add(value) {
      told.push(value)
      for (const waiter of waiting) if (told.length >= waiter.wanted) waiter.resolve()
      waiting = waiting.filter((waiter) => told.length < waiter.wanted)
    },
    count(wanted) {
      if (told.length >= wanted) return Promise.resolve()
      return new Promise((resolve) => waiting.push({ wanted, resolve }))
    },
  }
}

/** A socket to which happens what a test says. */
export class HeldSocket implements LiveSocket {
  readonly #listeners: { readonly type: string; readonly listener: (event: { readonly data: unknown }) => void }[] = []

  addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
    this.#listeners.push({ type, listener })
  }

  happens(type: string, data: unknown = null): void {
    for (const each of this.#listeners) if (each.type === type) each.listener({ data })
  }

  close(): void {}

  send(): void {}
}
