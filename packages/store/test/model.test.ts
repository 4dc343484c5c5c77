import {
  AndonError,
  type ClaimedJob,
  isFinal,
  type JobError,
  type JobState,
  stateOf,
  TRANSITIONS,
  type WorkerLease,
} from '@andon/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelJobs, expireJobs, reconcileCounters, rescueWorkers, retryJob, stageDue } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

const MAX_ATTEMPTS = 3
const ERROR: JobError = { code: 'handler_failed', message: 'it broke', hint: null, retryable: true }

type Phase = 'waiting' | 'ready' | 'held' | 'final'

/** What the rules say that a job is. */
interface ModelJob {
  readonly id: string
  phase: Phase
  state: JobState
  attempt: number
  fence: number
  losses: number
  holder: number | null
  cancelAsked: boolean
  isRetried: boolean
}

interface Model {
  readonly jobs: ModelJob[]
  /** Workers that live, by number. */
  readonly alive: Set<number>
  workers: number
}

interface Real {
  readonly b: Bench
  readonly queue: string
  readonly leases: WorkerLease[]
  /** Every claim there ever was: the tokens that reports may carry. */
  readonly claims: { worker: number; job: ClaimedJob }[]
}

type Command = fc.AsyncCommand<Model, Real>

let b: Bench
let run = 0

beforeAll(async () => {
  b = await bench()
})

afterAll(async () => {
  await b[Symbol.asyncDispose]()
})

/** The whole truth after each step: rows, states, attempts, holders, and no forbidden step from the state before. */
async function compare(model: Model, { b: given, queue, leases }: Real): Promise<void> {
  const live = await given.rows<Row>(
    `select j.id, phase, substate, attempt, fence, losses, worker_id, cancel_requested_at is not null as asked, null as final
     from job j join lane l on l.id = j.queue_id where l.name = $1
     union all
     select j.id, 3, null, attempt, null, null, null, false, state from job_done j join lane l on l.id = j.queue_id
     where l.name = $1`,
    [queue],
  )
  const stored = new Map(live.map((row) => [row.id, row]))
  expect(stored.size).toBe(model.jobs.length)
  for (const job of model.jobs) {
    const row = stored.get(job.id)
    if (row === undefined) throw new Error(`job ${job.id} is lost`)
    expect({ id: job.id, state: wordOf(row), attempt: row.attempt }).toEqual({
      id: job.id,
      state: job.state,
      attempt: job.attempt,
    })
    if (job.phase === 'final') continue
    const holder = job.holder === null ? null : leases[job.holder]?.workerId
    expect([row.worker_id, row.fence, row.losses, row.asked]).toEqual([holder, job.fence, job.losses, job.cancelAsked])
  }
}

function wordOf(row: Row): JobState {
  if (row.final !== null) return FINAL[row.final - 4] ?? 'failed'
  return stateOf(
    row.phase === 0 ? 'waiting' : row.phase === 1 ? 'ready' : 'held',
    row.phase === 2 ? 'running' : null,
    null,
  )
}

const FINAL = ['completed', 'completed_with_errors', 'failed', 'cancelled'] as const

interface Row {
  id: string
  phase: number
  attempt: number
  fence: number
  losses: number
  worker_id: number | null
  asked: boolean
  final: number | null
}

function codeOf(error: unknown): string | null {
  return error instanceof AndonError ? error.code : null
}

function move(job: ModelJob, phase: Phase, state: JobState): void {
  if (job.state !== state) expect(TRANSITIONS[job.state] as readonly JobState[]).toContain(state)
  job.phase = phase
  job.state = state
  if (phase !== 'held') job.holder = null
  if (phase !== 'held') job.cancelAsked = false
}

class Create implements Command {
  readonly isLater: boolean
  constructor(isLater: boolean) {
    this.isLater = isLater
  }
  check = (): boolean => true
  async run(model: Model, real: Real): Promise<void> {
    const runAt = this.isLater ? new Date(Date.now() + 3_600_000) : null
    const [id = ''] = await real.b.create([{ queue: real.queue, maxAttempts: MAX_ATTEMPTS, runAt }])
    const state = this.isLater ? 'pending' : 'queued'
    const phase = this.isLater ? 'waiting' : 'ready'
    model.jobs.push({
      id,
      phase,
      state,
      attempt: 0,
      fence: 0,
      losses: 0,
      holder: null,
      cancelAsked: false,
      isRetried: false,
    })
    await compare(model, real)
  }
  toString = (): string => `create(${this.isLater ? 'later' : 'now'})`
}

class Claim implements Command {
  readonly worker: number
  readonly limit: number
  constructor(worker: number, limit: number) {
    this.worker = worker
    this.limit = limit
  }
  check = (model: Model): boolean => this.worker < model.workers
  async run(model: Model, real: Real): Promise<void> {
    const lease = real.leases[this.worker]
    if (lease === undefined) return
    const claimed = await real.b.claim(lease, this.limit, real.queue)
    const ready = model.jobs.filter((job) => job.phase === 'ready')
    expect(claimed.length).toBe(model.alive.has(this.worker) ? Math.min(this.limit, ready.length) : 0)
    for (const got of claimed) {
      const job = ready.find((one) => one.id === got.jobId)
      if (job === undefined) throw new Error('a job was claimed that is not ready')
      move(job, 'held', 'running')
      job.holder = this.worker
      job.attempt += 1
      job.fence += 1
      expect([got.attempt, got.fence]).toEqual([job.attempt, job.fence])
      real.claims.push({ worker: this.worker, job: got })
    }
    await compare(model, real)
  }
  toString = (): string => `claim(w${this.worker}, ${this.limit})`
}

const OUTCOMES = ['completed', 'failed', 'cancelled', 'retry', 'snooze', 'returned', 'unconfirmed'] as const

class Settle implements Command {
  readonly pick: number
  readonly outcome: (typeof OUTCOMES)[number]
  constructor(pick: number, outcome: (typeof OUTCOMES)[number]) {
    this.pick = pick
    this.outcome = outcome
  }
  check = (): boolean => true
  async run(model: Model, real: Real): Promise<void> {
    const claim = real.claims[this.pick % Math.max(1, real.claims.length)]
    if (claim === undefined) return
    const { worker, job: token } = claim
    const lease = real.leases[worker]
    const job = model.jobs.find((one) => one.id === token.jobId)
    if (lease === undefined || job === undefined) return
    const isGood = job.holder === worker && job.fence === token.fence && model.alive.has(worker)
    const stale = await real.b.source.settle(lease, [this.#report(token)])
    expect(stale).toHaveLength(isGood ? 0 : 1)
    if (isGood) this.#apply(job)
    await compare(model, real)
  }
  #report({ jobId, fence }: ClaimedJob) {
    const token = { jobId, fence }
    switch (this.outcome) {
      case 'completed':
      case 'cancelled':
        return { ...token, outcome: this.outcome }
      case 'retry':
        return { ...token, outcome: this.outcome, error: ERROR, delayMs: 3_600_000 }
      case 'snooze':
        return { ...token, outcome: this.outcome, delayMs: 3_600_000, reason: null }
      case 'returned':
        return { ...token, outcome: this.outcome, reason: null }
      case 'failed':
      case 'unconfirmed':
        return { ...token, outcome: this.outcome, error: ERROR }
    }
  }
  #apply(job: ModelJob): void {
    const { outcome } = this
    if (outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled') return move(job, 'final', outcome)
    if (outcome === 'unconfirmed') return move(job, 'waiting', 'pending')
    if (job.cancelAsked) return move(job, 'final', 'cancelled')
    if (outcome === 'retry') {
      return job.attempt >= MAX_ATTEMPTS ? move(job, 'final', 'failed') : move(job, 'waiting', 'pending')
    }
    job.attempt -= 1
    if (outcome === 'snooze') move(job, 'waiting', 'pending')
    else move(job, 'ready', 'queued')
  }
  toString = (): string => `settle(#${this.pick}, ${this.outcome})`
}

class Cancel implements Command {
  readonly pick: number
  constructor(pick: number) {
    this.pick = pick
  }
  check = (model: Model): boolean => model.jobs.length > 0
  async run(model: Model, real: Real): Promise<void> {
    const job = model.jobs[this.pick % model.jobs.length]
    if (job === undefined) return
    const [result] = await cancelJobs(real.b.store, { jobIds: [job.id], actor: { name: 'anna' } })
    expect(result?.result).toBe(isFinal(job.state) ? 'already_final' : job.phase === 'held' ? 'requested' : 'cancelled')
    if (job.phase === 'held') job.cancelAsked = true
    else if (job.phase !== 'final') move(job, 'final', 'cancelled')
    await compare(model, real)
  }
  toString = (): string => `cancel(#${this.pick})`
}

class Retry implements Command {
  readonly pick: number
  constructor(pick: number) {
    this.pick = pick
  }
  check = (model: Model): boolean => model.jobs.length > 0
  async run(model: Model, real: Real): Promise<void> {
    const job = model.jobs[this.pick % model.jobs.length]
    if (job === undefined) return
    const made = await retryJob(real.b.store, job.id, { actor: { name: 'anna' } }).catch((error: unknown) => error)
    if (job.phase !== 'final') expect(codeOf(made)).toBe('state_conflict')
    else if (job.isRetried) expect(codeOf(made)).toBe('already_retried')
    else {
      job.isRetried = true
      const fresh = { attempt: 0, fence: 0, losses: 0, holder: null, cancelAsked: false, isRetried: false }
      model.jobs.push({ id: String(made), phase: 'ready', state: 'queued', ...fresh })
    }
    await compare(model, real)
  }
  toString = (): string => `retry(#${this.pick})`
}

class Start implements Command {
  check = (model: Model): boolean => model.workers < 4
  async run(model: Model, real: Real): Promise<void> {
    real.leases.push(await real.b.worker({ name: `w${model.workers}` }))
    model.alive.add(model.workers)
    model.workers += 1
  }
  toString = (): string => 'start'
}

/** The worker freezes past its lease: the database's clock is stepped for it alone. */
class Kill implements Command {
  readonly worker: number
  constructor(worker: number) {
    this.worker = worker
  }
  check = (model: Model): boolean => model.alive.has(this.worker)
  async run(model: Model, real: Real): Promise<void> {
    const lease = real.leases[this.worker]
    await real.b.rows("update worker set lease_until = now() - interval '1 s' where id = $1", [lease?.workerId])
    const [rescue] = await rescueWorkers(real.b.store)
    expect(rescue?.workerId).toBe(lease?.workerId)
    model.alive.delete(this.worker)
    for (const job of model.jobs.filter((one) => one.holder === this.worker)) {
      job.losses += 1
      if (job.cancelAsked) move(job, 'final', 'cancelled')
      else if (job.attempt >= MAX_ATTEMPTS || job.losses >= MAX_ATTEMPTS) move(job, 'final', 'failed')
      else move(job, 'ready', 'queued')
    }
    await compare(model, real)
  }
  toString = (): string => `kill(w${this.worker})`
}

class Heartbeat implements Command {
  readonly worker: number
  constructor(worker: number) {
    this.worker = worker
  }
  check = (model: Model): boolean => this.worker < model.workers
  async run(model: Model, real: Real): Promise<void> {
    const lease = real.leases[this.worker]
    if (lease === undefined) return
    const answer = await real.b.source.heartbeat(lease, { cpuPercent: 0, memoryMb: 0, running: 0 })
    expect(answer.alive).toBe(model.alive.has(this.worker))
    const asked = model.jobs.filter((job) => job.cancelAsked && job.holder === this.worker).map((job) => job.id)
    expect(answer.cancels.map((cancel) => cancel.jobId).toSorted()).toEqual(answer.alive ? asked.toSorted() : [])
  }
  toString = (): string => `heartbeat(w${this.worker})`
}

/** An hour passes: what waits for its time becomes due. */
class Pass implements Command {
  check = (): boolean => true
  async run(model: Model, real: Real): Promise<void> {
    await real.b.rows('update job set run_at = now() where phase = 0 and hold <= 2')
    await stageDue(real.b.store)
    const unconfirmed = await real.b.rows<{ id: string }>('select id from job where phase = 0 and hold = 5')
    const asked = new Set(unconfirmed.map((row) => row.id))
    for (const job of model.jobs) if (job.phase === 'waiting' && !asked.has(job.id)) move(job, 'ready', 'queued')
    await compare(model, real)
  }
  toString = (): string => 'pass'
}

class Expire implements Command {
  readonly pick: number
  constructor(pick: number) {
    this.pick = pick
  }
  check = (model: Model): boolean => model.jobs.length > 0
  async run(model: Model, real: Real): Promise<void> {
    const job = model.jobs[this.pick % model.jobs.length]
    if (job === undefined) return
    await real.b.rows('update job set expires_at = now() where id = $1', [job.id])
    await expireJobs(real.b.store)
    if (job.phase === 'waiting' || job.phase === 'ready') move(job, 'final', 'cancelled')
    await real.b.rows('update job set expires_at = null')
    await compare(model, real)
  }
  toString = (): string => `expire(#${this.pick})`
}

const number = fc.nat(50)
const worker = fc.nat(3)

test('random commands end the same in the model and in the store', async () => {
  const commands = fc.commands(
    [
      fc.boolean().map((isLater) => new Create(isLater)),
      fc.boolean().map((isLater) => new Create(isLater)),
      fc.constant(new Start()),
      fc.tuple(worker, fc.integer({ min: 1, max: 3 })).map(([w, limit]) => new Claim(w, limit)),
      fc.tuple(worker, fc.integer({ min: 1, max: 3 })).map(([w, limit]) => new Claim(w, limit)),
      fc.tuple(number, fc.constantFrom(...OUTCOMES)).map(([pick, outcome]) => new Settle(pick, outcome)),
      fc.tuple(number, fc.constantFrom(...OUTCOMES)).map(([pick, outcome]) => new Settle(pick, outcome)),
      number.map((pick) => new Cancel(pick)),
      number.map((pick) => new Retry(pick)),
      number.map((pick) => new Expire(pick)),
      worker.map((w) => new Kill(w)),
      worker.map((w) => new Heartbeat(w)),
      fc.constant(new Pass()),
    ],
    { maxCommands: 40 },
  )
  const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31)
  console.log(`model seed ${seed}`)
  const property = fc.asyncProperty(commands, async (given) => {
    run += 1
    const real: Real = { b, queue: `model-${run}`, leases: [], claims: [] }
    await fc.asyncModelRun(() => ({ model: { jobs: [], alive: new Set<number>(), workers: 0 }, real }), given)
    await b.rows(
      'update worker set stopped_at = now() where stopped_at is null and not exists (select from job where worker_id = worker.id)',
    )
    await b.rows("update worker set lease_until = now() - interval '1 s' where stopped_at is null")
    await rescueWorkers(b.store)
    expect(await b.store.transaction((tx) => reconcileCounters(tx))).toBe(0)
    await b.rows('update job set expires_at = now()')
    await expireJobs(b.store)
  })
  await fc.assert(property, { numRuns: Number(process.env['MODEL_RUNS'] ?? 25), seed, endOnFailure: true })
})
