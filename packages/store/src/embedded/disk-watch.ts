import { statfs } from 'node:fs/promises'
import type { EmbeddedEvent } from './events.ts'

/** Below this the shop is warned: enough for a day of work and for PostgreSQL's own log of changes. */
export const LOW_DISK_BYTES = 512 * 1024 * 1024

/** Free bytes, for this user, on the disk that holds the given path. */
async function freeBytesAt(path: string): Promise<number> {
  const facts = await statfs(path)
  return facts.bavail * facts.bsize
}

/** Tells once when the disk runs short and once when there is space again, with some slack between the two. */
export class DiskWatch {
  #isLow = false
  readonly #lowBytes: number
  readonly #path: string
  readonly #freeBytesAt: (path: string) => Promise<number>

  constructor(path: string, lowBytes: number, freeBytes = freeBytesAt) {
    this.#path = path
    this.#lowBytes = lowBytes
    this.#freeBytesAt = freeBytes
  }

  /** One look; returns what changed, or null. */
  async runOnce(): Promise<EmbeddedEvent | null> {
    const freeBytes = await this.#freeBytesAt(this.#path)
    if (!this.#isLow && freeBytes < this.#lowBytes) {
      this.#isLow = true
      return { freeBytes, kind: 'disk_low' }
    }
    if (this.#isLow && freeBytes > this.#lowBytes * 1.2) {
      this.#isLow = false
      return { freeBytes, kind: 'disk_ok' }
    }
    return null
  }
}
