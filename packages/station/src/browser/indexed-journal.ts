import { problem } from '@andon/core'
import type { Change, JournalEntry, PrintJournal } from '../journal.ts'

const VERSION = 1
const ENTRIES = 'entry'
const BY_JOB = 'job'
const FACTS = 'kept'

/** The journal of a page: an IndexedDB of the browser. Who opens one makes sure that no other page has it. */
export class IndexedJournal implements PrintJournal {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  /**
   * Opens the database of this name, or makes it.
   *
   * @throws journal_unavailable where the browser keeps nothing, as in some private windows
   */
  static async open(name: string): Promise<IndexedJournal> {
    const kept = Reflect.get(globalThis, 'indexedDB') as IDBFactory | undefined
    if (kept === undefined) throw unavailable('This browser has no IndexedDB.')
    try {
      const opening = kept.open(name, VERSION)
      opening.addEventListener('upgradeneeded', () => makeStores(opening.result))
      return new IndexedJournal(await resultOf(opening))
    } catch (error) {
      throw unavailable(`The database ${name} cannot be opened: ${wordsOf(error)}`, error)
    }
  }

  async read(jobId: string): Promise<JournalEntry[]> {
    const entries = this.#database.transaction(ENTRIES).objectStore(ENTRIES).index(BY_JOB)
    const found = (await resultOf(entries.getAll(jobId))) as StoredEntry[]
    return found.map(({ change, seq }) => ({ seq, change }))
  }

  async jobIds(): Promise<string[]> {
    const entries = this.#database.transaction(ENTRIES).objectStore(ENTRIES)
    const found = (await resultOf(entries.getAll())) as StoredEntry[]
    return [...new Set(found.map(({ jobId }) => jobId))]
  }

  async append(jobId: string, changes: readonly Change[]): Promise<number> {
    let last = 0
    await this.#write(ENTRIES, 'strict', (entries) => {
      for (const change of changes) {
        const adding = entries.add({ jobId, change })
        adding.addEventListener('success', () => {
          last = Number(adding.result)
        })
      }
    })
    return last
  }

  async withdraw(jobId: string, seq: number): Promise<void> {
    await this.#drop(jobId, (entry) => entry.seq >= seq, 'strict')
  }

  async told(jobId: string, seq: number): Promise<void> {
    await this.#drop(jobId, (entry) => entry.seq <= seq, 'relaxed')
  }

  /** A fact that outlives the page, such as the lease it had; null when there is none. */
  async recall(name: string): Promise<string | null> {
    const facts = this.#database.transaction(FACTS).objectStore(FACTS)
    return ((await resultOf(facts.get(name))) as string | undefined) ?? null
  }

  /** Keeps a fact in place of the one before it. Durable when it resolves. */
  async keep(name: string, value: string): Promise<void> {
    await this.#write(FACTS, 'strict', (facts) => facts.put(value, name))
  }

  /** Lets another page have it. */
  close(): void {
    this.#database.close()
  }

  #drop(jobId: string, isOver: (entry: StoredEntry) => boolean, durability: IDBTransactionDurability): Promise<void> {
    return this.#write(ENTRIES, durability, (entries) => {
      const walking = entries.index(BY_JOB).openCursor(jobId)
      walking.addEventListener('success', () => {
        const cursor = walking.result
        if (cursor === null) return
        if (isOver(cursor.value as StoredEntry)) cursor.delete()
        cursor.continue()
      })
    })
  }

  /** Resolves when the transaction is over, not when its requests are: only then is it on the disk. */
  async #write(
    store: string,
    durability: IDBTransactionDurability,
    work: (store: IDBObjectStore) => void,
  ): Promise<void> {
    try {
      const transaction = this.#database.transaction(store, 'readwrite', { durability })
      const over = overOf(transaction)
      work(transaction.objectStore(store))
      await over
    } catch (error) {
      throw unavailable(`The browser did not keep what was to be recorded: ${wordsOf(error)}`, error)
    }
  }
}

interface StoredEntry extends JournalEntry {
  readonly jobId: string
}

function makeStores(database: IDBDatabase): void {
  const entries = database.createObjectStore(ENTRIES, { keyPath: 'seq', autoIncrement: true })
  entries.createIndex(BY_JOB, 'jobId')
  database.createObjectStore(FACTS)
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no reason was given')))
  })
}

function overOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(transaction.error ?? new Error('the browser gave it up'))
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', fail)
    transaction.addEventListener('error', fail)
  })
}

function unavailable(detail: string, cause?: unknown): Error {
  return problem('journal_unavailable', { detail, cause })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
