import type { LiveSource } from './source.ts'

/** Topics that are told as whole things that changed. */
export const SNAPSHOT_TOPICS = ['printers', 'queues', 'board'] as const
export type SnapshotTopic = (typeof SNAPSHOT_TOPICS)[number]

/** How often each is read at most while events come. */
const INTERVALS_MS: Readonly<Record<SnapshotTopic, number>> = { printers: 250, queues: 500, board: 1000 }

/**
 * How often each is read without an event; null: never. The board counts the last hour, and why a queue waits depends
 * on samples and leases of workers, of which no event tells.
 */
const REFRESH_MS: Readonly<Record<SnapshotTopic, number | null>> = { printers: null, queues: 2_000, board: 10_000 }

interface Snapshot {
  /** JSON by kind and name. */
  pieces: Map<string, string>
  isStale: boolean
  readAtMs: number
}

/** Printers, queues and counters as everybody was last told, and what has changed since. */
export class Snapshots {
  readonly #source: LiveSource
  readonly #snapshots: Record<SnapshotTopic, Snapshot> = { printers: empty(), queues: empty(), board: empty() }

  constructor(source: LiveSource) {
    this.#source = source
  }

  /** Something happened: all may have changed. */
  markStale(): void {
    for (const topic of SNAPSHOT_TOPICS) this.#snapshots[topic].isStale = true
  }

  /** Milliseconds until one of the topics is to be read again; null when none is stale. */
  waitMs(topics: Iterable<SnapshotTopic>, nowMs: number): number | null {
    let wait: number | null = null
    for (const topic of topics) {
      const { isStale, readAtMs } = this.#snapshots[topic]
      const everyMs = isStale ? INTERVALS_MS[topic] : REFRESH_MS[topic]
      if (everyMs !== null) wait = Math.min(wait ?? Number.POSITIVE_INFINITY, Math.max(0, everyMs - (nowMs - readAtMs)))
    }
    return wait
  }

  isDue(topic: SnapshotTopic, nowMs: number): boolean {
    return this.waitMs([topic], nowMs) === 0
  }

  /** Reads one topic; JSON of what changed since the last reading. */
  async changes(topic: SnapshotTopic, nowMs: number): Promise<Map<string, string | null>> {
    const snapshot = this.#snapshots[topic]
    snapshot.isStale = false
    snapshot.readAtMs = nowMs
    const pieces = await this.#read(topic).catch((error: unknown) => {
      snapshot.isStale = true
      throw error
    })
    const changed = new Map<string, string | null>()
    for (const [key, json] of pieces) if (snapshot.pieces.get(key) !== json) changed.set(key, json)
    snapshot.pieces = pieces
    return changed
  }

  /** All of a topic as it was last read; read now when it never was or is stale. */
  async whole(topic: SnapshotTopic): Promise<Map<string, string | null>> {
    return new Map(await this.#read(topic))
  }

  async #read(topic: SnapshotTopic): Promise<Map<string, string>> {
    if (topic === 'board') return new Map([['stats', JSON.stringify(await this.#source.stats())]])
    // A queue may be called like a printer.
    const things: readonly { readonly kind: string; readonly name: string }[] =
      topic === 'printers' ? await this.#source.printers() : await this.#source.queues()
    return new Map(things.map((thing) => [`${thing.kind} ${thing.name}`, JSON.stringify(thing)]))
  }
}

function empty(): Snapshot {
  return { pieces: new Map(), isStale: true, readAtMs: Number.NEGATIVE_INFINITY }
}
