import { type CreatedJob, type CreateJob, isProblem, problem } from '@andon/core'
import { type CallOptions, type Http, JobsApi, type Live, type SessionApi } from '@andon/sdk'
import type { Creator } from '@andon/store'
import type { JobDatabase } from './job-database.ts'

/** The server is asked this often who the program is, and what it may do. */
const CREATOR_MS = 60_000

/** What the server's answer is not needed for while it is away. */
const IS_AWAY: ReadonlySet<string> = new Set(['server_unreachable', 'timed_out'])

/** What is asked of whom. */
export interface DatabaseJobsOptions {
  readonly database: JobDatabase
  readonly http: Http
  readonly live: () => Live
  readonly session: SessionApi
}

/**
 * The jobs of a program that has the database: new ones are written there, by the rules and in the name that they have
 * over HTTP; all else is asked of the server. Jobs that wait for others go by the server too, which knows whom the
 * program may see.
 */
export class DatabaseJobs extends JobsApi {
  readonly #database: JobDatabase
  readonly #session: SessionApi
  #creator: { readonly askedAtMs: number; readonly answer: Promise<Creator> } | null = null

  constructor({ database, http, live, session }: DatabaseJobsOptions) {
    super(http, live)
    this.#database = database
    this.#session = session
  }

  /**
   * Makes one job. Unlike a request over HTTP it is not repeated by itself: give it an `idempotency_key` to repeat it
   * after `database_unavailable`, which does not say whether the job was made.
   */
  override async create(job: CreateJob, options: CallOptions = {}): Promise<CreatedJob> {
    if (waitsForOthers(job)) return super.create(job, options)
    return this.#database.create(await this.#whoAmI(options), job)
  }

  /** Makes 1 to 1,000 jobs, all or none; the answers stand in the order of the jobs. Not repeated by itself either. */
  override async createMany(jobs: readonly CreateJob[], options: CallOptions = {}): Promise<CreatedJob[]> {
    if (jobs.some(waitsForOthers)) return super.createMany(jobs, options)
    return this.#database.createMany(await this.#whoAmI(options), jobs)
  }

  /**
   * As the server said within the last minute. While it is away its last answer stands.
   *
   * @throws `unauthenticated`, `forbidden`; `server_unreachable` before the first answer
   */
  async #whoAmI({ signal }: CallOptions): Promise<Creator> {
    signal?.throwIfAborted()
    const known = this.#creator
    if (known !== null && performance.now() - known.askedAtMs < CREATOR_MS) return known.answer
    const answer = this.#askServer(known?.answer ?? null)
    const asked = { askedAtMs: performance.now(), answer }
    this.#creator = asked
    // A refusal is not kept: rights may be given the next moment.
    answer.catch(() => {
      if (this.#creator === asked) this.#creator = null
    })
    return answer
  }

  async #askServer(before: Promise<Creator> | null): Promise<Creator> {
    try {
      const { account, permissions } = await this.#session.current()
      if (permissions.includes('jobs.create')) return { accountId: account.id, name: account.name }
      const detail = `jobs.create is not among the permissions of ${account.name} or of the token`
      throw problem('forbidden', { detail, extra: { permission: 'jobs.create' } })
    } catch (error) {
      if (before !== null && isProblem(error) && IS_AWAY.has(error.code)) return before
      throw error
    }
  }
}

function waitsForOthers({ parents = [] }: CreateJob): boolean {
  return parents.length > 0
}
