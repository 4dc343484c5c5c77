import { type AndonError, type AttentionView, durationWords, type FloorStatus, isProblem } from '@andon/core'
import { Service, type ServiceOptions } from '@andon/engine'
import type { ProductionFloor, SourceType } from '@andon/floor'
import { askForPass } from '@andon/server'
import { alertOfFloor, type FloorAlert, type Store } from '@andon/store'

const SOURCES = ['print_os', 'scanner'] as const satisfies readonly SourceType[]
const NAMES = { print_os: 'Press records', scanner: 'Scans' } as const satisfies Record<SourceType, string>
/** Who asks for passes and tells of trouble. */
const WATCH = 'system:floor'
/** A source is late when its oldest row has waited for so many looks. */
const LATE_LOOKS = 5
/** What the ids of needs begin with that are about sources which are late. */
export const LAG = 'lag of '

/** Something that needs somebody, and since when this process has known. */
interface Need {
  readonly since: Date
  readonly view: Omit<AttentionView, 'since'>
}

/**
 * Looks whether press records or scans are to be worked off, and asks for a pass only then: a floor at rest leaves no
 * jobs behind. At the start and then each hour it looks at all rows, because rows can become visible late.
 */
export class FloorWatch extends Service {
  override readonly name = 'floor'
  protected override readonly everyMs: number
  readonly #floor: ProductionFloor
  readonly #store: Store
  readonly #sweptAt = new Map<SourceType, number>()
  readonly #needs = new Map<string, Need>()
  #openErrors = 0

  constructor(store: Store, floor: ProductionFloor, options: ServiceOptions) {
    super(options)
    this.#store = store
    this.#floor = floor
    this.everyMs = floor.everyMs
  }

  /** What of the floor needs somebody, as of the last look. */
  attention(): AttentionView[] {
    return [...this.#needs.values()].map(({ since, view }) => ({ ...view, since: since.toISOString() }))
  }

  override async runOnce(): Promise<undefined> {
    try {
      // Without both, a pass could only fail.
      await this.#floor.ping()
      for (const source of SOURCES) await this.#look(source)
      await this.#judge(await this.#floor.status())
    } catch (error) {
      if (!isProblem(error) || !error.code.startsWith('floor_')) throw error
      return this.#unavailable(error)
    }
    if (this.#needs.delete('databases')) this.log.info({}, 'the databases of the floor are there again')
  }

  async #look(source: SourceType): Promise<void> {
    const startedAt = performance.now()
    const isSweep = startedAt - (this.#sweptAt.get(source) ?? Number.NEGATIVE_INFINITY) >= this.#floor.sweepEveryMs
    if (await this.#floor.hasWork(source, { isSweep })) {
      await askForPass(this.#store, source, { name: WATCH, accountId: null, isSweep })
    }
    if (isSweep) this.#sweptAt.set(source, startedAt)
  }

  async #judge(status: FloorStatus): Promise<void> {
    for (const source of SOURCES) await this.#judgeLag(source, status[source].lag_s ?? 0)
    const { open_errors: errors } = status
    if (errors > this.#openErrors) await this.#alert({ about: 'errors', open_errors: errors })
    this.#openErrors = errors
    this.#need('errors', errors > 0, {
      severity: 'warning',
      title: `${errors === 1 ? '1 record of the floor stands' : `${errors} records of the floor stand`} aside`,
      what: 'They name an imposition, a file, a job or a code that is not known, or cannot be read.',
      steps: ['See what they name with: andon floor errors', 'Mend it, then have them tried again or dismiss them.'],
    })
  }

  async #judgeLag(source: SourceType, lagS: number): Promise<void> {
    const isLate = lagS * 1_000 > LATE_LOOKS * this.everyMs
    const isNew = this.#need(`${LAG}${source}`, isLate, {
      severity: 'warning',
      title: `${NAMES[source]} are not worked off`,
      what: `The oldest has waited for ${durationWords(lagS * 1_000)}.`,
      steps: ['Look whether the queue floor is paused.', 'Look at the last jobs in the queue floor.'],
    })
    if (isNew) await this.#alert({ about: 'lag', source, lag_s: lagS })
  }

  /** Said once in the log, however long it lasts. */
  async #unavailable({ code, detail, hint, title }: AndonError): Promise<undefined> {
    const before = this.#needs.get('databases')?.view.what
    const view = { severity: 'error' as const, title, what: detail, steps: [hint] }
    this.#need('databases', true, view)
    if (before === detail) return
    this.log.warn({ code, detail }, 'the floor cannot be worked off')
    await this.#alert({ about: 'unavailable', code, detail })
  }

  /** Whether it is one that was none before. */
  #need(id: string, isOne: boolean, view: Omit<AttentionView, 'id' | 'jobs_waiting' | 'kind' | 'since'>): boolean {
    const before = this.#needs.get(id)
    if (!isOne) this.#needs.delete(id)
    else
      this.#needs.set(id, { since: before?.since ?? new Date(), view: { ...view, kind: 'floor', id, jobs_waiting: 0 } })
    return isOne && before === undefined
  }

  #alert(alert: FloorAlert): Promise<void> {
    return alertOfFloor(this.#store, alert, WATCH)
  }
}
