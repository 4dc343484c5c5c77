import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { problem } from '@andon/core'
import type { Change, JournalEntry, PrintJournal } from '../journal.ts'

/** Each append waits for the disk; the file belongs to one process, and the lock ends with it however it dies. */
const OPEN = `
  pragma locking_mode = exclusive;
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists entry (seq integer primary key autoincrement, job_id text not null, change text not null);
  create index if not exists entry_of_job on entry (job_id, seq);
  create table if not exists kept (name text primary key, value text not null);
`

/** The journal of an agent: a SQLite file in its folder, held by one process at a time. */
export class FileJournal implements PrintJournal, Disposable {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #select: StatementSync
  readonly #jobs: StatementSync
  readonly #drop: StatementSync
  readonly #withdraw: StatementSync

  /**
   * Opens the journal in a folder that exists.
   *
   * @throws station_in_use when another process has it; config_invalid when the folder cannot be written
   */
  constructor(folder: string) {
    this.#database = open(folder)
    this.#insert = this.#database.prepare('insert into entry (job_id, change) values (?, ?)')
    this.#select = this.#database.prepare('select seq, change from entry where job_id = ? order by seq')
    this.#jobs = this.#database.prepare('select distinct job_id from entry order by job_id')
    this.#drop = this.#database.prepare('delete from entry where job_id = ? and seq <= ?')
    this.#withdraw = this.#database.prepare('delete from entry where job_id = ? and seq >= ?')
  }

  async read(jobId: string): Promise<JournalEntry[]> {
    return this.#select
      .all(jobId)
      .map(({ change, seq }) => ({ seq: Number(seq), change: JSON.parse(String(change)) as Change }))
  }

  async jobIds(): Promise<string[]> {
    return this.#jobs.all().map(({ job_id: jobId }) => String(jobId))
  }

  async append(jobId: string, changes: readonly Change[]): Promise<number> {
    let last = 0
    this.#within(() => {
      for (const change of changes) last = Number(this.#insert.run(jobId, JSON.stringify(change)).lastInsertRowid)
    })
    return last
  }

  async withdraw(jobId: string, seq: number): Promise<void> {
    this.#withdraw.run(jobId, seq)
  }

  async told(jobId: string, seq: number): Promise<void> {
    this.#drop.run(jobId, seq)
  }

  /** A fact that outlives the process, such as the lease it had; null when there is none. */
  recall(name: string): string | null {
    const row = this.#database.prepare('select value from kept where name = ?').get(name)
    return row === undefined ? null : String(row['value'])
  }

  /** Keeps a fact in place of the one before it. */
  keep(name: string, value: string): void {
    this.#database.prepare('insert or replace into kept (name, value) values (?, ?)').run(name, value)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  #within(work: () => void): void {
    this.#database.exec('begin immediate')
    try {
      work()
      this.#database.exec('commit')
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }
}

function open(folder: string): DatabaseSync {
  const path = join(folder, 'journal.db')
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path)
    database.exec(OPEN)
    return database
  } catch (error) {
    database?.close()
    const words = error instanceof Error ? error.message : String(error)
    if (/locked|busy/i.test(words)) {
      throw problem('station_in_use', { detail: `${folder} belongs to a station that runs already.`, cause: error })
    }
    throw problem('config_invalid', { field: '--data', detail: `${path} cannot be opened: ${words}`, cause: error })
  }
}
