import { Andon as Client, type AndonOptions as ClientOptions, Http, type JobsApi } from '@andon/sdk'
import { BackgroundWorker, type BackgroundWorkerOptions } from './background-worker.ts'
import { DatabaseJobs } from './database-jobs.ts'
import { JobDatabase } from './job-database.ts'

/** How a client is made that can also work. */
export interface AndonOptions extends ClientOptions {
  /**
   * `postgres://…` of the server's database: new jobs are written there, and workers take theirs from there. The token
   * says in whose name, as over HTTP. Default: everything goes over HTTP.
   */
  readonly databaseUrl?: string | undefined
}

/**
 * A client of one Andon server that can also work for it.
 *
 *     const andon = new Andon({ url, token })
 *     await andon
 *       .worker({ queues: ['reports'] })
 *       .handle('pdf.report', async (job) => render(job.input))
 *       .run()
 */
export class Andon extends Client implements AsyncDisposable {
  declare readonly jobs: JobsApi
  readonly #options: AndonOptions
  readonly #database: JobDatabase | null

  constructor(options: AndonOptions) {
    super(options)
    this.#options = options
    this.#database = options.databaseUrl === undefined ? null : new JobDatabase(options.databaseUrl)
    if (this.#database !== null) this.jobs = this.#jobsOf(this.#database)
  }

  /** A worker that has nothing to do yet; see `BackgroundWorker.handle`. Its token needs the scope `worker`. */
  worker(options: BackgroundWorkerOptions = {}): BackgroundWorker {
    const { databaseUrl } = this.#options
    return new BackgroundWorker(this.#options, databaseUrl === undefined ? options : { databaseUrl, ...options })
  }

  /** Ends the live stream and lets go of the database, without waiting for it. */
  override close(): void {
    void this[Symbol.asyncDispose]()
  }

  /** Ends the live stream and lets go of the database. */
  async [Symbol.asyncDispose](): Promise<void> {
    super.close()
    await this.#database?.[Symbol.asyncDispose]()
  }

  #jobsOf(database: JobDatabase): JobsApi {
    const { session } = this
    return new DatabaseJobs({ database, http: new Http(this.#options), live: () => this.live, session })
  }
}
