import { useSyncExternalStore } from 'react'

/** A value outside React that components read and are told about. */
export class External<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  /** Tells the listeners unless the value is the same one. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** Reads the value and renders again when it changes. */
export function useExternal<T>(external: External<T>): T {
  return useSyncExternalStore(external.subscribe, external.get)
}
