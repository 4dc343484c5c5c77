import type { ItemChange } from '@andon/core'

/** A change of items as its port says it: the job and its token are the port's. */
export type Change = Omit<ItemChange, 'jobId' | 'fence'>

/** A change that was recorded here and is not known to have reached the server. */
export interface JournalEntry {
  /** Rises with every entry of the journal. */
  readonly seq: number
  readonly change: Change
}

/**
 * What a station did with items, kept on its own machine until the server has it. It makes an intent durable before
 * data leaves, whether the server is there or not, and tells an outcome that was reached while it was away.
 */
export interface PrintJournal {
  /** What the server may not know of a job, oldest first. */
  read(jobId: string): Promise<JournalEntry[]>
  /** Jobs of which something is recorded. */
  jobIds(): Promise<string[]>
  /** Durable when it resolves, with the number of the last entry. */
  append(jobId: string, changes: readonly Change[]): Promise<number>
  /** Takes back what was recorded from this entry on: it was announced and will not be done. */
  withdraw(jobId: string, seq: number): Promise<void>
  /** The server has everything of the job up to this entry. May be lost by a crash: it is told again then. */
  told(jobId: string, seq: number): Promise<void>
}
