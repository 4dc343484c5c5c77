import { problem } from '@andon/core'
import { clearSignInFailures, recordSignInFailure, signInFailures, type Store } from '@andon/store'

/** Failures in a row before waiting begins. */
const FREE_FAILURES = 5
/** Longest wait of a name: short, so that strangers cannot lock its owner out for long. */
const NAME_CAP_MS = 60_000
const ADDRESS_CAP_MS = 15 * 60_000

/** Slows down guessing: after a few failures each further attempt for a name or from an address waits twice as long. */
export class SignInThrottle {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** @throws `rate_limited` while the name or the address has to wait */
  async check(name: string, address: string): Promise<void> {
    const [ofName, ofAddress] = await Promise.all([
      signInFailures(this.#store, nameKey(name)),
      signInFailures(this.#store, addressKey(address)),
    ])
    const waitMs = Math.max(waitOf(ofName, NAME_CAP_MS), waitOf(ofAddress, ADDRESS_CAP_MS))
    if (waitMs <= 0) return
    throw problem('rate_limited', {
      detail: 'Too many failed attempts to sign in',
      extra: { retry_after_s: Math.ceil(waitMs / 1000) },
    })
  }

  async failed(name: string, address: string): Promise<void> {
    await Promise.all([
      recordSignInFailure(this.#store, nameKey(name)),
      recordSignInFailure(this.#store, addressKey(address)),
    ])
  }

  async succeeded(name: string): Promise<void> {
    await clearSignInFailures(this.#store, nameKey(name))
  }
}

function waitOf({ count, agoMs }: { readonly count: number; readonly agoMs: number }, capMs: number): number {
  return count < FREE_FAILURES ? 0 : Math.min(capMs, 1000 * 2 ** (count - FREE_FAILURES)) - agoMs
}

function nameKey(name: string): string {
  return `name:${name.toLowerCase()}`
}

function addressKey(address: string): string {
  return `address:${address}`
}
