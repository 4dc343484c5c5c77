import type { JobView, PrinterView } from '@andon/core'
import { durationWords, isFinal } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { exitOfState, type ExitCode, firstFailure, Interrupted } from '../../exit.ts'
import { bar } from '../../output/bar.ts'
import type { Look } from '../../output/look.ts'
import { printRows } from '../../output/rows.ts'
import { Screen } from '../../output/screen.ts'
import { cut, pad, plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { rowsSpec } from './list.ts'
import { troubleLines } from './trouble.ts'
import { paintState, percentOf, progressText, stateText, stateWords, titleText } from './words.ts'

const BAR_WIDTH = 24
const TICK_MS = 1_000

/**
 * Follows jobs to their end: bars with step and time remaining, and what to do about printers in trouble, on stderr;
 * what became of them on stdout. Ctrl-C leaves the jobs alone. Returns the code for how the first bad one ended.
 */
export async function followJobs(session: Session, ids: readonly string[]): Promise<ExitCode> {
  const jobs = await followToEnd(session, ids)
  if (session.format !== 'jsonl') printRows(session, jobs, rowsSpec(jobs, {}, undefined))
  return firstFailure(jobs.map((job) => exitOfState(job.state)))
}

/** Follows jobs to their end, as they then are. With jsonl, each change is printed as it comes. */
export async function followToEnd(session: Session, ids: readonly string[]): Promise<JobView[]> {
  const andon = await session.andon()
  const following = new Following(session, andon)
  try {
    await session.interruptible((signal) => following.run(ids, signal))
  } catch (error) {
    // Where the bars were, so that they do not take it away.
    following.end()
    if (error instanceof Interrupted) session.note('Stopped watching; the job goes on.')
    throw error
  } finally {
    following.end()
  }
  return following.jobs()
}

class Following {
  readonly #andon: Andon
  readonly #isScreen: boolean
  /** When a job was last heard of, by its id. */
  readonly #heardAtMs = new Map<string, number>()
  readonly #jobs = new Map<string, JobView>()
  readonly #printers = new Map<string, PrinterView>()
  readonly #said = new Map<string, string>()
  readonly #screen: Screen
  readonly #session: Session
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(session: Session, andon: Andon) {
    this.#session = session
    this.#andon = andon
    this.#isScreen = session.io.stderr.isTerminal && !session.isQuiet
    this.#screen = new Screen(session.io.stderr)
  }

  jobs(): JobView[] {
    return [...this.#jobs.values()]
  }

  async run(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (this.#isScreen) this.#timer = setInterval(() => this.#draw(), TICK_MS)
    else this.#andon.live.onStatus(() => this.#sayConnection())
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    try {
      await Promise.all(ids.map((id) => this.#follow(id, both)))
    } finally {
      stop.abort()
    }
  }

  end(): void {
    clearInterval(this.#timer)
    this.#screen.clear()
  }

  async #follow(id: string, signal: AbortSignal): Promise<void> {
    for await (const job of this.#andon.jobs.watch(id, { signal })) {
      this.#jobs.set(job.id, job)
      this.#heardAtMs.set(job.id, this.#session.io.now())
      if (job.printer !== null) this.#followPrinters()
      if (this.#session.format === 'jsonl') this.#session.io.stdout.write(`${JSON.stringify(job)}\n`)
      if (this.#isScreen) this.#draw()
      else this.#say(job)
    }
  }

  /** Once: the printers as they are, then each change. */
  #followPrinters(): void {
    if (this.#said.has('printers')) return
    this.#said.set('printers', '')
    const take = (printers: readonly PrinterView[]) => {
      for (const printer of printers) this.#printers.set(printer.name, printer)
      if (this.#isScreen) this.#draw()
      else for (const job of this.#jobs.values()) this.#sayTrouble(job)
    }
    const load = () => void this.#andon.printers.list().then(take, () => {})
    this.#andon.live.subscribe({ topic: 'printers' }, { onLoad: load, onPrinters: take })
  }

  #draw(): void {
    this.#screen.show(() => {
      const look = screenLook(this.#session)
      return [...this.#jobs.values()].flatMap((job) => this.#block(job, look)).concat(this.#connection(look))
    })
  }

  #block(job: JobView, look: Look): string[] {
    const trouble = isFinal(job.state) ? [] : troubleLines(this.#printers.get(job.printer ?? ''), look)
    const ageMs = look.nowMs - (this.#heardAtMs.get(job.id) ?? look.nowMs)
    return [...jobLines(job, look, ageMs), ...confirmLines(job), ...trouble]
  }

  #connection(look: Look): string[] {
    const { state } = this.#andon.live.status
    if (state !== 'reconnecting' && state !== 'stale') return []
    const age = this.#andon.live.ageMs()
    const text = `The server is away${age === null ? '' : `; this is ${durationWords(age)} old`}. Trying again …`
    return [look.paint('yellow', text)]
  }

  #sayConnection(): void {
    const { state } = this.#andon.live.status
    const isAway = state === 'reconnecting' || state === 'stale'
    const wasAway = this.#said.get('connection') === 'away'
    if (isAway === wasAway || (!isAway && state !== 'live')) return
    this.#said.set('connection', isAway ? 'away' : 'here')
    this.#session.note(isAway ? 'The server is away. Trying again …' : 'The server is back.')
  }

  /** Where there is no terminal: a line for each change of state. */
  #say(job: JobView): void {
    const words = stateWords(job)
    if (this.#said.get(job.id) === words) return
    this.#said.set(job.id, words)
    const progress = progressText(job)
    const lines = [`${job.id}: ${words}${progress === '' ? '' : `, ${progress}`}`, ...confirmLines(job)]
    this.#session.note(lines.join('\n'))
    this.#sayTrouble(job)
  }

  #sayTrouble(job: JobView): void {
    if (isFinal(job.state)) return
    const printer = this.#printers.get(job.printer ?? '')
    const text = troubleLines(printer, { ...screenLook(this.#session), columns: 100, time: () => '' }).join('\n')
    const key = `printer ${job.printer ?? ''}`
    if (this.#said.get(key) === text) return
    if (text !== '') this.#session.note(text)
    else if (this.#said.has(key)) this.#session.note(`  ${job.printer ?? ''} is well again.`)
    this.#said.set(key, text)
  }
}

/** Two lines about a job: what it is and its state, then how far it is. What is left grows less between two words of it. */
function jobLines(job: JobView, look: Look, ageMs: number): string[] {
  const width = look.columns ?? 100
  const state = pad(stateText(job), 22)
  const head = `${paintState(state, job, look)} ${cut(plain(titleText(job)), Math.max(8, width - 24))}`
  if (isFinal(job.state)) return [head, `  ${cut(plain(endText(job)), width - 2)}`]
  const percent = percentOf(job)
  const facts = [
    progressText(job),
    percent === null ? '' : `${Math.floor(percent)} %`,
    stepText(job),
    remainingText(job, ageMs),
    job.wait_reason === null ? '' : `waits: ${job.wait_reason.replaceAll('_', ' ')}`,
  ].filter((text) => text !== '')
  return [
    head,
    `  ${bar(percent, BAR_WIDTH, look.paint)} ${cut(plain([...new Set(facts)].join(' · ')), width - BAR_WIDTH - 3)}`,
  ]
}

/** What a person has to say before a print that nobody can prove goes on. */
function confirmLines(job: JobView): string[] {
  if (job.state !== 'pending' || job.wait_reason !== 'unconfirmed') return []
  return [
    '  Look at the printer, and say what came out:',
    `    1. All of it: andon jobs confirm ${job.id} --printed`,
    `    2. Not all: andon jobs confirm ${job.id} --again --from ITEM`,
  ]
}

function endText(job: JobView): string {
  return [progressText(job), job.summary, job.error?.message].filter(Boolean).join(' · ')
}

function stepText(job: JobView): string {
  const { progress } = job
  if (!progress?.step) return ''
  const count = progress.steps_total === null ? '' : ` (${progress.steps_done ?? 0}/${progress.steps_total})`
  return progress.step + count
}

function remainingText(job: JobView, ageMs: number): string {
  const seconds = (job.progress?.remaining?.seconds ?? 0) - Math.max(0, ageMs) / 1000
  return seconds >= 1 ? `about ${durationWords(Math.ceil(seconds) * 1000)} left` : ''
}

/** Progress is drawn on stderr, which may be a terminal when stdout is not. */
function screenLook(session: Session): Look {
  return { ...session.look(), columns: session.io.stderr.columns, paint: session.errorPaint }
}
