import { problem } from '@andon/core'
import { clearSignInFailures, recordSignInFailure, signInFailures, type Store } from '@andon/store'

/** Failures in a row before waiting begins, and the longest wait. */
interface Patience {
  readonly free: number
  readonly capMs: number
}

/** Its wait is short, so that strangers cannot lock the owner of a name out for long. */
const OF_NAME: Patience = { free: 5, capMs: 60_000 }
/** A whole shop may come from one address. */
const OF_ADDRESS: Patience = { free: 20, capMs: 15 * 60_000 }

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
    const waitMs = Math.max(waitOf(ofName, OF_NAME), waitOf(ofAddress, OF_ADDRESS))
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

function waitOf(
  { count, agoMs }: { readonly count: number; readonly agoMs: number },
  { capMs, free }: Patience,
): number {
  return count < free ? 0 : Math.min(capMs, 1000 * 2 ** (count - free)) - agoMs
}

function nameKey(name: string): string {
  return `name:${name.toLowerCase()}`
}

function addressKey(address: string): string {
  return `address:${address}`
}
