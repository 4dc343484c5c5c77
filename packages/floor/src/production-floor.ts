import {
  type CatalogueOperation,
  closestTo,
  type FloorDifference,
  type FloorJobDetail,
  type FloorJobStatus,
  type FloorOverride,
  type FloorStatus,
  type ImpositionDetail,
  type NewFloorOverride,
  type NewScan,
  type PressRecord,
  type ProcessingError,
  problem,
  type RunlistDetail,
  type ScanMatch,
} from '@andon/core'
import type { FloorDatabases } from './floor-databases.ts'
import { alone } from './passes/batch.ts'
import { applyOverrides } from './passes/overrides.ts'
import { type PassOptions, type PassResult, runPass } from './passes/pass.ts'
import { operationTypes, readCatalogue, writeCatalogue } from './queries/jobmanager/catalogue.ts'
import { dismissError, type ErrorFilter, listErrors, retryErrors } from './queries/jobmanager/errors.ts'
import { jobRow, standingOverrides } from './queries/jobmanager/jobs.ts'
import { liftOverride, setOverride } from './queries/jobmanager/overrides.ts'
import { addPressRecords } from './queries/jobmanager/sources.ts'
import type { SourceType } from './queries/jobmanager/take.ts'
import { takeScan } from './scan.ts'
import type { PlannedChange } from './schema/plan.ts'
import { differences } from './views/differences.ts'
import { imposition } from './views/imposition.ts'
import { jobDetail, jobStatus, toOverride } from './views/job.ts'
import { type ListedRunlists, listRunlists, runlist, type RunlistPage } from './views/runlist.ts'
import { floorStatus, hasWork } from './views/status.ts'

/** What is left to the pass itself. */
export type PassRequest = Omit<PassOptions, 'recentIds'>

/** Everything that the rest of Andon asks of the floor. Each method waits until both databases are as they should be. */
export class ProductionFloor {
  readonly #databases: FloorDatabases

  constructor(databases: FloorDatabases) {
    this.#databases = databases
  }

  /** How often the sources are looked at, in milliseconds. */
  get everyMs(): number {
    return this.#databases.settings.everyMs
  }

  /** How often all rows are looked at, in milliseconds. */
  get sweepEveryMs(): number {
    return this.#databases.settings.sweepEveryMs
  }

  /** Resolves when both databases answer and are as they should be. @throws what is wrong with the first that is not */
  async ping(): Promise<void> {
    const { jobmanager, logs } = await this.#ready()
    await jobmanager.ping()
    await logs.ping()
  }

  /** Works off a source. */
  async process(source: SourceType, request: PassRequest = {}): Promise<PassResult> {
    const { settings } = await this.#ready()
    return runPass(this.#databases, source, { ...request, recentIds: settings.recentIds })
  }

  /** Whether a pass would find something: among the newest rows (or all: `isSweep`), errors that are due, half done. */
  async hasWork(source: SourceType, options: { readonly isSweep?: boolean } = {}): Promise<boolean> {
    return hasWork(await this.#ready(), source, options)
  }

  /** Keeps records of a press, for the next pass; their numbers. */
  async addRecords(records: readonly PressRecord[]): Promise<string[]> {
    return addPressRecords((await this.#ready()).jobmanager, records)
  }

  /**
   * Keeps a scan and processes it at once.
   *
   * @throws operations_malformed, machine_unknown when it is not even kept; code_unknown, code_ambiguous when it was kept
   *   and set aside, with `scan_id` and `candidates`
   */
  async scan(scan: NewScan): Promise<ScanMatch> {
    return takeScan(await this.#ready(), scan)
  }

  /** What a migration would add; works before there was one. */
  plan(): Promise<PlannedChange[]> {
    return this.#databases.plan()
  }

  async status(): Promise<FloorStatus> {
    return floorStatus(await this.#ready())
  }

  /** By name; without a beginning of a name and a place to go on from, those that were touched last. */
  async runlists(page: RunlistPage): Promise<ListedRunlists> {
    return listRunlists(await this.#ready(), page)
  }

  /** @throws runlist_not_found with `candidates` */
  async runlist(id: string): Promise<RunlistDetail> {
    return runlist(await this.#ready(), id)
  }

  /** @throws imposition_not_found with `candidates` */
  async imposition(id: string): Promise<ImpositionDetail> {
    return imposition(await this.#ready(), id)
  }

  /** @throws floor_job_not_found with `candidates` */
  async job(id: string): Promise<FloorJobDetail> {
    return jobDetail(await this.#ready(), id)
  }

  /** @throws floor_job_not_found with `candidates` */
  async jobStatus(id: string): Promise<FloorJobStatus> {
    return jobStatus(await this.#ready(), id)
  }

  async errors(filter: ErrorFilter): Promise<ProcessingError[]> {
    const rows = await listErrors((await this.#ready()).jobmanager, filter)
    return rows.map(({ created_at: createdAt, next_try_at: nextTryAt, ...row }) => ({
      ...row,
      created_at: createdAt.toISOString(),
      next_try_at: nextTryAt?.toISOString() ?? null,
    }))
  }

  /** Has errors tried again by the next pass, all of them when no ids are given; how many. */
  async retryErrors(ids: readonly string[] | null): Promise<{ count: number; sources: SourceType[] }> {
    const sources = await retryErrors((await this.#ready()).jobmanager, ids)
    return { count: sources.length, sources: [...new Set(sources)] }
  }

  /** @throws floor_error_not_found */
  async dismissError(id: string, by: string): Promise<void> {
    if (!(await dismissError((await this.#ready()).jobmanager, id, by))) throw problem('floor_error_not_found')
  }

  /** Where jobs say something else than their operations do, at most 1,000; at rest nowhere. */
  async differences(signal?: AbortSignal): Promise<FloorDifference[]> {
    return differences(await this.#ready(), signal)
  }

  async catalogue(): Promise<CatalogueOperation[]> {
    return readCatalogue((await this.#ready()).jobmanager)
  }

  /** Replaces the whole catalogue. @throws validation_failed without `print`, or when an id stands twice */
  async setCatalogue(operations: readonly CatalogueOperation[]): Promise<CatalogueOperation[]> {
    const { jobmanager } = await this.#ready()
    const ids = operations.map(({ operation_id: id }) => id)
    const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index)
    if (twice >= 0) {
      const detail = `The id ${ids[twice]} stands in the catalogue twice.`
      throw problem('validation_failed', { field: `/operations/${twice}/operation_id`, detail })
    }
    if (!operations.some(({ operation_type: type }) => type === 'print')) {
      throw problem('validation_failed', { field: '/operations', detail: 'The press needs the operation print.' })
    }
    await writeCatalogue(jobmanager, operations)
    return readCatalogue(jobmanager)
  }

  /** The overrides of a job that stand. */
  async overrides(jobId: string): Promise<FloorOverride[]> {
    return (await standingOverrides((await this.#ready()).jobmanager, [jobId])).map(toOverride)
  }

  /**
   * A person's word, which stands over press and scanner until it is lifted.
   *
   * @throws floor_job_not_found, override_active, validation_failed for an operation that the catalogue does not know
   */
  async override(
    jobId: string,
    { operation_type, reason, value }: NewFloorOverride,
    by: string,
  ): Promise<FloorOverride> {
    const floor = await this.#ready()
    const types = operationTypes(await readCatalogue(floor.jobmanager))
    if (!types.includes(operation_type)) {
      const [likely] = closestTo(operation_type, types, 1)
      const hint = likely === undefined ? {} : { hint: `Did you mean ${likely}?` }
      throw problem('validation_failed', { field: '/operation_type', allowed: types, ...hint })
    }
    if ((await jobRow(floor.jobmanager, jobId)) === null) throw problem('floor_job_not_found')
    const given = { jobId, operationType: operation_type, value, reason, by }
    const made = await alone(floor, async () => {
      const row = await setOverride(floor.jobmanager, given)
      if (row !== null) await applyOverrides(floor)
      return row
    })
    if (made === null) throw problem('override_active')
    return toOverride(made)
  }

  /** @throws override_not_found */
  async liftOverride(id: string, by: string): Promise<FloorOverride> {
    const floor = await this.#ready()
    const lifted = await alone(floor, async () => {
      const row = await liftOverride(floor.jobmanager, id, by)
      if (row !== null) await applyOverrides(floor)
      return row
    })
    if (lifted === null) throw problem('override_not_found')
    return toOverride(lifted)
  }

  async #ready(): Promise<FloorDatabases> {
    await this.#databases.ready()
    return this.#databases
  }
}
