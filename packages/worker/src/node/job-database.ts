import { type CreatedJob, type CreateJob, problem } from '@andon/core'
import type { Creator, JobRequest, Store } from '@andon/store'

/** The database of a program that makes its jobs there; connected to with the first of them. */
export class JobDatabase implements AsyncDisposable {
  readonly #url: string
  #store: Promise<Store> | null = null

  /** @param url `postgres://…` */
  constructor(url: string) {
    this.#url = url
  }

  /**
   * Makes one job.
   *
   * @throws the problem of the first wrong field; what `createJobs` of the store throws
   */
  async create(creator: Creator, job: CreateJob): Promise<CreatedJob> {
    const { checkedJob } = await import('@andon/store')
    const [created] = await this.#make(creator, [{ body: checkedJob(job), field: '', idempotencyKey: null }])
    if (created === undefined) throw problem('internal', { detail: 'the database made no job' })
    return created
  }

  /**
   * Makes 1 to 1,000 jobs, all or none.
   *
   * @throws the problem of the first wrong field; what `createJobs` of the store throws
   */
  async createMany(creator: Creator, jobs: readonly CreateJob[]): Promise<CreatedJob[]> {
    const { checkedJobs } = await import('@andon/store')
    const requests = checkedJobs(jobs).map((body, index) => {
      return { body, field: `/jobs/${index}`, idempotencyKey: null }
    })
    return this.#make(creator, requests)
  }

  async #make(creator: Creator, requests: readonly JobRequest[]): Promise<CreatedJob[]> {
    const { createJobs, jobOf } = await import('@andon/store')
    const jobs = requests.map((request) => jobOf(creator, request))
    const made = await createJobs(await this.#open(), jobs)
    return made.map(({ id, isExisting }) => ({ id, is_existing: isExisting }))
  }

  /** A database that could not be reached is tried again with the next job. */
  #open(): Promise<Store> {
    this.#store ??= openDatabase(this.#url).catch((error: unknown) => {
      this.#store = null
      throw error
    })
    return this.#store
  }

  /** Lets what is being written end. The next job connects anew. */
  async [Symbol.asyncDispose](): Promise<void> {
    const opened = this.#store
    this.#store = null
    await (await opened?.catch(() => null))?.close()
  }
}

/** Who works over HTTP alone does not load it. */
async function openDatabase(connection: string): Promise<Store> {
  const { openStore } = await import('@andon/store')
  return openStore({ connection })
}
