import { problem } from '@andon/core'
import { hash, verify } from '@node-rs/argon2'

/** argon2id with 19 MiB, two passes and one lane (OWASP's first choice). */
const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Passwords that are hashed at once: each takes 19 MiB and a thread. */
const AT_ONCE = 2
/** Those that may wait for their turn; more are told that the server is busy. */
const MAX_WAITING = 50

/** Hashes and checks passwords, a few at a time, so that a wave of sign-ins takes neither all memory nor all threads. */
export class Passwords {
  readonly #waiting: (() => void)[] = []
  #running = 0
  #decoy: Promise<string> | null = null

  /** @throws `overloaded` when too many wait already */
  async hash(password: string): Promise<string> {
    return this.#queued(() => hash(password, ARGON2))
  }

  /**
   * Whether the password is the one that was hashed. Without a hash a decoy is checked, so that an unknown name takes
   * as long as a wrong password.
   *
   * @throws `overloaded` when too many wait already
   */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const known = stored ?? (await this.#decoyHash())
    const isRight = await this.#queued(() => verify(known, password).catch(() => false))
    return isRight && stored !== null
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= this.hash('nobody has this password')
    return this.#decoy
  }

  async #queued<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) throw problem('overloaded')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
