import type { PrintDriver, PrinterStatus, PrintItem, PrintOutcome, PrintReport, PrintRequest, Proof } from '@andon/core'
import { reasonOf } from '@andon/core'
import type { IntendedItem, IntendedItems, ItemCounts, ItemOutcome, PrintJobPort } from '../../src/queue/port.ts'

/** The power goes: whatever runs ends here, and only what is durable stays. */
export class Crash extends Error {}

/** Counts steps, and crashes at those that were chosen. */
export class Steps {
  readonly #crashAt: ReadonlySet<number>
  #count = 0

  constructor(crashAt: readonly number[]) {
    this.#crashAt = new Set(crashAt)
  }

  step(): void {
    this.#count += 1
    if (this.#crashAt.has(this.#count)) throw new Crash(`step ${this.#count}`)
  }
}

interface StoredItem {
  state: 'pending' | 'intended' | 'done' | 'failed' | 'unconfirmed' | 'cancelled'
  proof: Proof
  attempt: number
  externalRef: string | null
}

/** A store in memory that loses nothing it said was kept; crashes strike before or after a write. */
export class MemoryPort implements PrintJobPort {
  readonly items: StoredItem[]
  readonly intents: number[][] = []
  readonly told: string[] = []
  /** How far the job was said to have got at the printer, each time that was said. */
  readonly reached: string[] = []
  readonly #steps: Steps

  constructor(count: number, steps: Steps) {
    this.items = Array.from({ length: count }, () => ({
      state: 'pending',
      proof: 'none',
      attempt: 0,
      externalRef: null,
    }))
    this.#steps = steps
  }

  async intended(): Promise<IntendedItems | null> {
    this.#steps.step()
    const indexes = this.#where('intended')
    const first = this.items[indexes[0] ?? -1]
    if (first === undefined) return null
    return { items: indexes.map(item), attempt: first.attempt, externalRef: first.externalRef }
  }

  async pending(limit: number): Promise<readonly PrintItem[]> {
    this.#steps.step()
    return this.#where('pending').slice(0, limit).map(item)
  }

  async counts(): Promise<ItemCounts> {
    const of = (state: StoredItem['state']): number => this.#where(state).length
    const proof = this.items.filter((entry) => entry.state === 'done').every((entry) => entry.proof === 'confirmed')
    return {
      total: this.items.length,
      done: of('done'),
      failed: of('failed'),
      unconfirmed: of('unconfirmed'),
      cancelled: of('cancelled'),
      pending: of('pending'),
      proof: of('done') === 0 ? 'none' : proof ? 'confirmed' : 'sent',
    }
  }

  async intend(items: readonly IntendedItem[]): Promise<void> {
    this.#write(() => {
      this.intents.push(items.map(({ index }) => index))
      for (const { index, attempt } of items) {
        const entry = this.#at(index)
        if (entry.state !== 'pending') throw new Error(`item ${index} is ${entry.state} and was intended again`)
        Object.assign(entry, { state: 'intended', attempt, externalRef: null })
      }
    })
  }

  async refer(indexes: readonly number[], externalRef: string): Promise<void> {
    this.#write(() => {
      for (const index of indexes) this.#at(index).externalRef = externalRef
    })
  }

  async settle(outcomes: readonly ItemOutcome[]): Promise<void> {
    this.#write(() => {
      for (const { index, state, proof } of outcomes) {
        const entry = this.#at(index)
        if (entry.state !== 'intended') throw new Error(`item ${index} is ${entry.state} and was settled`)
        Object.assign(entry, { state, proof })
      }
    })
  }

  async cancelPending(): Promise<void> {
    this.#write(() => {
      for (const index of this.#where('pending')) this.#at(index).state = 'cancelled'
    })
  }

  progress({ state }: { state?: string }): void {
    if (state !== undefined) this.reached.push(state)
  }

  trouble(reasons: readonly { reason: string }[]): void {
    this.told.push(reasons.map(({ reason }) => reason).join(' '))
  }

  #write(change: () => void): void {
    this.#steps.step()
    change()
    this.#steps.step()
  }

  #where(state: StoredItem['state']): number[] {
    return this.items.flatMap((entry, index) => (entry.state === state ? [index] : []))
  }

  #at(index: number): StoredItem {
    const entry = this.items[index]
    if (entry === undefined) throw new Error(`no item ${index}`)
    return entry
  }
}

/** What happens to one request at the device. */
export type Fate =
  | 'prints'
  | 'prints, and nobody knows'
  | 'prints nothing, and nobody knows'
  | 'refuses'
  | 'is not reached'
  | 'needs a person'
  | 'prints a part'

/** A device that keeps what came out for ever, and a driver that knows of it what its fate lets it know. */
export class FatefulDriver implements PrintDriver {
  readonly kind = 'ipp'
  readonly batchSize: number
  /** How often each item came out. */
  readonly paper = new Map<number, number>()
  readonly #steps: Steps
  readonly #fates: readonly Fate[]
  readonly #taken = new Map<string, { printed: number[]; failed: number[]; isKnown: boolean }>()
  #next = 0

  constructor(batchSize: number, fates: readonly Fate[], steps: Steps) {
    this.batchSize = batchSize
    this.#fates = fates
    this.#steps = steps
  }

  async status(): Promise<PrinterStatus> {
    return { state: 'idle', reasons: [], supplies: [], queuedJobs: 0, message: null, capabilities: null, model: null }
  }

  async print(request: PrintRequest, report: PrintReport): Promise<PrintOutcome> {
    this.#steps.step()
    const fate = this.#fates[this.#next % Math.max(1, this.#fates.length)] ?? 'prints'
    this.#next += 1
    const trouble = reasonOf('media-jam', fate)
    if (fate === 'is not reached') return { kind: 'retry', reason: trouble, afterMs: 0 }
    if (fate === 'needs a person') return { kind: 'stop-printer', reason: trouble }
    if (fate === 'refuses') return { kind: 'failed', code: 'document_refused', message: fate }
    await report.ref(`ref ${request.name}`)
    this.#steps.step()
    report.progress({ proof: 'none', state: 'sent' })
    report.progress({ proof: 'accepted', state: 'running' })
    const indexes = request.items.map(({ index }) => index)
    const printed =
      fate === 'prints nothing, and nobody knows' ? [] : fate === 'prints a part' ? indexes.slice(0, -1) : indexes
    const failed = fate === 'prints a part' ? indexes.slice(-1) : []
    const isKnown = !fate.endsWith('nobody knows')
    this.#taken.set(request.name, { printed, failed, isKnown })
    for (const index of printed) this.paper.set(index, (this.paper.get(index) ?? 0) + 1)
    this.#steps.step()
    return this.#outcome(request.name)
  }

  async reattach(request: PrintRequest): Promise<PrintOutcome> {
    this.#steps.step()
    return this.#outcome(request.name)
  }

  async close(): Promise<void> {}

  #outcome(name: string): PrintOutcome {
    const taken = this.#taken.get(name)
    if (taken === undefined) return { kind: 'retry', reason: reasonOf('job-aborted'), afterMs: 0 }
    if (!taken.isKnown) return { kind: 'unconfirmed', reason: reasonOf('unconfirmed') }
    return { kind: 'printed', proof: 'confirmed', sheets: null, failed: taken.failed }
  }
}

/** A driver whose outcomes are told beforehand, the last one again and again; its printer is never well. */
export class ToldDriver implements PrintDriver {
  readonly kind: 'ipp' | 'http'
  readonly batchSize = 1
  looks = 0
  readonly #outcomes: readonly PrintOutcome[]
  readonly #reasons: PrinterStatus['reasons']
  #prints = 0

  constructor(outcomes: readonly PrintOutcome[], kind: 'ipp' | 'http', reasons: PrinterStatus['reasons'] = []) {
    this.#outcomes = outcomes
    this.kind = kind
    this.#reasons = reasons
  }

  async status(): Promise<PrinterStatus> {
    this.looks += 1
    const silent = { supplies: [], queuedJobs: null, message: null, capabilities: null, model: null }
    return { ...silent, state: 'stopped', reasons: this.#reasons }
  }

  async print(): Promise<PrintOutcome> {
    const outcome = this.#outcomes[Math.min(this.#prints, this.#outcomes.length - 1)]
    this.#prints += 1
    if (outcome === undefined) throw new Error('no outcome was told')
    return outcome
  }

  reattach(): Promise<PrintOutcome> {
    return this.print()
  }

  async close(): Promise<void> {}
}

function item(index: number): PrintItem {
  return { index, ref: null, format: 'application/vnd.zebra-zpl', data: Buffer.from(`^XA^FD${index}^FS^XZ`), copies: 1 }
}
