import { type ClaimedJob, isProblem, type WorkerLease } from '@andon/core'
import { internQueues, createJobs, type Store, storeJobSource, type StoreJobSource } from '../../src/index.ts'

const TYPE = 'load.work'
const SAMPLE = { cpuPercent: 1, memoryMb: 1, running: 1 }
/** Between two tries while the database is away: the load must not spin. */
const AGAIN_MS = 20

/**
 * Makes jobs and works them off over a store until it is stopped, through every error, and remembers what the database
 * acknowledged. What it was told is what must be true afterwards.
 */
export class Load implements AsyncDisposable {
  /** Acknowledged by `createJobs`. */
  readonly created = new Set<string>()
  /** Acknowledged as completed by `settle`. */
  readonly settled = new Set<string>()
  /** Codes of the catalogue that callers got, and whatever else they got as text. */
  readonly errors = new Map<string, number>()
  readonly #store: Store
  readonly #source: StoreJobSource
  readonly #queue: string
  readonly #loops: Promise<void>[]
  #isCreating = true
  #isWorking = true
  #watchers: (() => void)[] = []

  constructor(store: Store, options: { readonly queue?: string } = {}) {
    this.#store = store
    this.#source = storeJobSource(store)
    this.#queue = options.queue ?? 'load'
    this.#loops = [this.#create(), this.#create(), this.#work()]
  }

  /** Resolves once so many jobs more were made, and so many more settled, than when it was called. */
  async progress(jobs: number): Promise<void> {
    const created = this.created.size + jobs
    const settled = this.settled.size + jobs
    await this.#until(() => this.created.size >= created && this.settled.size >= settled)
  }

  /** Makes no more, and resolves when everything acknowledged was settled. */
  async finish(): Promise<void> {
    this.#isCreating = false
    await this.#until(() => [...this.created].every((id) => this.settled.has(id)))
    await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isCreating = false
    this.#isWorking = false
    await Promise.all(this.#loops)
  }

  async #create(): Promise<void> {
    while (this.#isCreating) {
      await this.#through(async () => {
        const jobs = Array.from({ length: 20 }, () => ({ type: TYPE, queue: this.#queue, createdBy: 'load' }))
        for (const { id } of await createJobs(this.#store, jobs)) this.created.add(id)
      })
    }
  }

  async #work(): Promise<void> {
    let lease: WorkerLease | null = null
    const held = new Map<string, ClaimedJob>()
    while (this.#isWorking) {
      await this.#through(async () => {
        lease ??= await this.#register()
        await this.#source.heartbeat(lease, SAMPLE)
        for (const job of await this.#source.missed(lease, [...held.keys()])) held.set(job.jobId, job)
        for (const job of await this.#claim(lease)) held.set(job.jobId, job)
        await this.#settle(lease, held)
      })
    }
  }

  async #settle(lease: WorkerLease, held: Map<string, ClaimedJob>): Promise<void> {
    const jobs = [...held.values()]
    const reports = jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: 'completed' as const }))
    const refused = new Map((await this.#source.settle(lease, reports)).map((token) => [token.jobId, token.state]))
    for (const { jobId } of jobs) {
      held.delete(jobId)
      // An answer that was lost: the report came through the first time.
      if ((refused.get(jobId) ?? 'completed') === 'completed') this.settled.add(jobId)
    }
  }

  #register(): Promise<WorkerLease> {
    return this.#source.register({
      name: 'load',
      kind: 'worker',
      host: 'here',
      pid: process.pid,
      version: 'test',
      types: [TYPE],
      slots: 100,
      leaseMs: 30_000,
    })
  }

  async #claim(lease: WorkerLease): Promise<ClaimedJob[]> {
    const lane = (await internQueues(this.#store, [this.#queue])).get(this.#queue)
    if (lane === undefined) return []
    const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: 200, slot: null }]
    return this.#source.claim(lease, { lanes, types: [TYPE], limit: 200 })
  }

  async #through(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const word = isProblem(error) ? error.code : `not of the catalogue: ${String(error)}`
      this.errors.set(word, (this.errors.get(word) ?? 0) + 1)
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }
}

/** What is wrong in a database after a load has finished; empty when every invariant holds. */
export async function wrongAfter(store: Store, load: Load): Promise<string[]> {
  const wrong: string[] = []
  const ids = async (text: string): Promise<Set<string>> => {
    const { rows } = await store.pool.query<{ id: string }>(text)
    return new Set(rows.map((row) => row.id))
  }
  const done = await ids('select id from job_done where state = 4')
  const lost = [...load.created].filter((id) => !done.has(id))
  if (lost.length > 0) wrong.push(`${lost.length} acknowledged jobs are not completed`)
  const unsettled = [...load.settled].filter((id) => !done.has(id))
  if (unsettled.length > 0) wrong.push(`${unsettled.length} acknowledged outcomes are gone`)
  const both = await ids('select id from job where exists (select from job_done d where d.id = job.id)')
  if (both.size > 0) wrong.push(`${both.size} jobs are both live and finished`)
  const { rows: counted } = await store.pool.query(
    `select coalesce(r.state, c.state) as state, r.n as rows, c.n as counted
     from (select state, count(*) as n from job_any group by 1) r
       full join (select state, sum(n) as n from counter group by 1 having sum(n) <> 0) c on c.state = r.state
     where r.n is distinct from c.n`,
  )
  if (counted.length > 0) wrong.push(`counters are wrong: ${JSON.stringify(counted)}`)
  return wrong
}
