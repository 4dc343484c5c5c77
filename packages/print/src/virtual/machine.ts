import { createHash } from 'node:crypto'
import { normaliseIppReasons, pausesQueue } from '@andon/core'
import { countSheets } from '../document/sheets.ts'

export type VirtualJobState =
  | 'pending'
  | 'pending-held'
  | 'processing'
  | 'processing-stopped'
  | 'canceled'
  | 'aborted'
  | 'completed'

/** A device job of the virtual printer. */
export interface VirtualJob {
  readonly id: number
  readonly name: string
  readonly user: string
  readonly copies: number
  state: VirtualJobState
  reasons: string[]
  message: string
  format: string
  document: Uint8Array | null
  /** Sheets to be made, copies included; 0 before the document is there. */
  sheets: number
  sheetsDone: number
  hasStarted: boolean
}

/** One sheet that came out. */
export interface PrintedSheet {
  readonly jobId: number
  readonly jobName: string
  /** From 1, within the job. */
  readonly sheet: number
  /** SHA-256 of the document in hexadecimal. */
  readonly sha256: string
}

const HISTORY = 5_000

/**
 * The moving parts of the virtual printer: takes jobs in order, makes a sheet each `msPerSheet`, stands still while a
 * fault stops it, and remembers every sheet that came out.
 */
export class PrintMachine {
  /** Milliseconds for one sheet; may be changed while it prints. */
  msPerSheet: number
  /** What came out, oldest first. */
  readonly printed: PrintedSheet[] = []
  readonly jobs = new Map<number, VirtualJob>()
  readonly #faults = new Set<string>()
  readonly #waiters = new Set<() => void>()
  #lastId = 0
  #current: VirtualJob | null = null
  #timer: NodeJS.Timeout | null = null
  #isOn = true
  #abortsNext = false

  constructor(msPerSheet: number) {
    this.msPerSheet = msPerSheet
  }

  /** Keywords of `printer-state-reasons` that are set. */
  get reasons(): string[] {
    return [...this.#faults]
  }

  get isStopped(): boolean {
    return pausesQueue(normaliseIppReasons(this.reasons))
  }

  get state(): 'idle' | 'processing' | 'stopped' {
    if (this.isStopped) return 'stopped'
    return this.#current === null ? 'idle' : 'processing'
  }

  get queuedJobs(): number {
    return [...this.jobs.values()].filter((job) => !isOver(job)).length
  }

  /** Makes a job that waits for its document. */
  create(name: string, user: string, copies: number): VirtualJob {
    this.#lastId += 1
    const job: VirtualJob = {
      id: this.#lastId,
      name,
      user,
      copies,
      state: 'pending-held',
      reasons: ['job-data-insufficient'],
      message: 'Job created.',
      format: 'application/octet-stream',
      document: null,
      sheets: 0,
      sheetsDone: 0,
      hasStarted: false,
    }
    this.jobs.set(job.id, job)
    this.#forgetOldest()
    return job
  }

  /** Gives a job its document and puts it in line. */
  submit(job: VirtualJob, document: Uint8Array, format: string): void {
    job.document = document
    job.format = format
    job.sheets = countSheets(document, format) * job.copies
    job.state = 'pending'
    job.reasons = ['job-queued']
    job.message = 'Job queued.'
    this.#changed()
    this.#next()
  }

  /** Reports a job as completed of which nothing came out, as CUPS does when the device refuses the document. */
  pretend(job: VirtualJob): void {
    job.hasStarted = true
    this.#end(job, {
      state: 'completed',
      reasons: ['job-completed-successfully'],
      message: 'Unable to add document to print job.',
    })
  }

  /** False when the job is over already. */
  cancel(job: VirtualJob, reason: 'job-canceled-by-user' | 'job-canceled-at-device'): boolean {
    if (isOver(job)) return false
    this.#end(job, { state: 'canceled', reasons: [reason], message: 'Job canceled.' })
    return true
  }

  setFault(keyword: string): void {
    this.#faults.add(keyword)
    if (this.isStopped) this.#hold()
    this.#changed()
  }

  /** Without a keyword all faults are cleared. */
  clearFault(keyword?: string): void {
    if (keyword === undefined) this.#faults.clear()
    else this.#faults.delete(keyword)
    this.#changed()
    this.#next()
  }

  /** The next sheet ends its job as aborted by the device. */
  abortNext(): void {
    this.#abortsNext = true
  }

  /** Power off: what is on its way stays where it is. */
  switchOff(): void {
    this.#isOn = false
    this.#hold()
  }

  /** Power on again; with `forgets` the memory is empty, and numbers start again. */
  switchOn(forgets: boolean): void {
    if (forgets) {
      this.jobs.clear()
      this.#current = null
      this.#lastId = 0
    }
    this.#isOn = true
    this.#next()
  }

  /** Resolves when `isTrue` holds; it is tried again after each change of a job, a sheet or a fault. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve)
      })
    }
  }

  #next(): void {
    if (!this.#isOn || this.isStopped || this.#timer !== null) return
    this.#current ??= [...this.jobs.values()].find((job) => job.state === 'pending') ?? null
    const job = this.#current
    if (job === null) return
    job.state = 'processing'
    job.hasStarted = true
    job.reasons = ['job-printing']
    job.message = `Printing sheet ${job.sheetsDone + 1} of ${job.sheets}.`
    this.#changed()
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#finishSheet(job)
      this.#next()
    }, this.msPerSheet)
  }

  #finishSheet(job: VirtualJob): void {
    if (this.#abortsNext) {
      this.#abortsNext = false
      this.#end(job, { state: 'aborted', reasons: ['aborted-by-system'], message: 'Simulated device failure.' })
      return
    }
    job.sheetsDone += 1
    const sha256 = createHash('sha256')
      .update(job.document ?? new Uint8Array())
      .digest('hex')
    this.printed.push({ jobId: job.id, jobName: job.name, sheet: job.sheetsDone, sha256 })
    if (job.sheetsDone < job.sheets) return this.#changed()
    this.#end(job, { state: 'completed', reasons: ['job-completed-successfully'], message: 'Job completed.' })
  }

  /** Stops between two sheets: the one in the machine is not counted, and is made anew. */
  #hold(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#current === null || !this.#isOn) return
    this.#current.state = 'processing-stopped'
    this.#current.reasons = ['printer-stopped']
  }

  #end(job: VirtualJob, end: { state: VirtualJobState; reasons: string[]; message: string }): void {
    Object.assign(job, end)
    job.document = null
    if (this.#current === job) {
      this.#current = null
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timer = null
    }
    this.#changed()
    this.#next()
  }

  #forgetOldest(): void {
    for (const [id, job] of this.jobs) {
      if (this.jobs.size <= HISTORY) return
      if (isOver(job)) this.jobs.delete(id)
    }
  }

  #changed(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const resolve of waiters) resolve()
  }
}

/** Whether a job of the virtual printer has ended. */
export function isOver(job: VirtualJob): boolean {
  return job.state === 'canceled' || job.state === 'aborted' || job.state === 'completed'
}
