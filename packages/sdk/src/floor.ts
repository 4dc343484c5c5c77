import type {
  CatalogueOperation,
  FloorJobDetail,
  FloorJobStatus,
  FloorMigration,
  FloorOverride,
  FloorStatus,
  ImpositionDetail,
  NewFloorOverride,
  NewScan,
  PressRecord,
  PressRecordsKept,
  PrintOsProcessed,
  ProcessingError,
  ProcessingErrorsRetried,
  ProcessStatusUpdates,
  RunlistDetail,
  RunlistSummary,
  ScanMatch,
  StatusUpdatesProcessed,
} from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { eachRow, type ListOptions, type Page } from './page.ts'
import { route } from './route.ts'

/** Which runlists are listed. */
export interface ListRunlists extends ListOptions {
  /** Beginning of the name; without one those that were touched last, on one page. */
  readonly q?: string | undefined
}

/** Which processing errors are listed. */
export interface ListFloorErrors extends ListOptions {
  readonly reason?: string | undefined
  readonly source?: 'print_os' | 'scanner' | undefined
}

/** A pass over a long backlog; the server says where it goes on before this is over. */
const PASS_TIMEOUT_MS = 290_000

/**
 * The production floor: press records, scans, runlists, and what they say of the operations of jobs. Everything rejects
 * with `floor_not_configured` where Andon is connected to none, and with `floor_unavailable` while a database of the
 * shop is away.
 */
export class FloorApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** How far the sources are, and what stands aside. */
  status(options: CallOptions = {}): Promise<FloorStatus> {
    return this.#http.json<FloorStatus>({ path: '/api/floor/status', ...options })
  }

  /** Works off the press records and resolves when that is done. `force` does all of them again. */
  processPrintOs(request: { readonly force?: boolean } = {}, options: CallOptions = {}): Promise<PrintOsProcessed> {
    return this.#process<PrintOsProcessed>('/api/process-print-os', request, options)
  }

  /** The same for press records, scans or both, which is the default. */
  process(request: ProcessStatusUpdates = {}, options: CallOptions = {}): Promise<StatusUpdatesProcessed> {
    return this.#process<StatusUpdatesProcessed>('/api/process-status-updates', request, options)
  }

  /** Keeps records of a press for the next pass; their numbers. */
  async addRecords(records: PressRecord | readonly PressRecord[]): Promise<string[]> {
    const call = { method: 'POST', path: '/api/print-os', body: records } as const
    return (await this.#http.json<PressRecordsKept>(call)).ids
  }

  /**
   * Takes a scan and says what it did. Rejects with `operations_malformed`, `machine_unknown`; with `code_unknown` and
   * `code_ambiguous` the scan is kept, and `candidates` says what may have been meant.
   */
  scan(scan: NewScan): Promise<ScanMatch> {
    return this.#http.json<ScanMatch>({ method: 'POST', path: '/api/scans', body: scan })
  }

  /** One page. */
  runlists({ signal, ...query }: ListRunlists = {}): Promise<Page<RunlistSummary>> {
    return this.#http.json<Page<RunlistSummary>>({ path: '/api/floor/runlists', query: { ...query }, signal })
  }

  /** Every runlist whose name begins with `q`, by name. */
  eachRunlist({ q = '', ...options }: ListRunlists = {}): AsyncGenerator<RunlistSummary, void, undefined> {
    return eachRow((cursor) => this.runlists({ ...options, q, cursor }), options.cursor)
  }

  /** Rejects with `runlist_not_found`, and `candidates` in `extra`. */
  runlist(id: string, options: CallOptions = {}): Promise<RunlistDetail> {
    return this.#http.json<RunlistDetail>({ path: route`/api/floor/runlists/${id}`, ...options })
  }

  /** Rejects with `imposition_not_found`, and `candidates` in `extra`. */
  imposition(id: string, options: CallOptions = {}): Promise<ImpositionDetail> {
    return this.#http.json<ImpositionDetail>({ path: route`/api/floor/impositions/${id}`, ...options })
  }

  /** Rejects with `floor_job_not_found`, and `candidates` in `extra`. */
  job(id: string, options: CallOptions = {}): Promise<FloorJobDetail> {
    return this.#http.json<FloorJobDetail>({ path: route`/api/floor/jobs/${id}`, ...options })
  }

  /** What a job says of its operations, with its history: the short form for other software. */
  jobStatus(id: string, options: CallOptions = {}): Promise<FloorJobStatus> {
    return this.#http.json<FloorJobStatus>({ path: route`/api/job-status/${id}`, ...options })
  }

  /** One page of what stands aside, newest first. */
  errors({ signal, ...query }: ListFloorErrors = {}): Promise<Page<ProcessingError>> {
    return this.#http.json<Page<ProcessingError>>({ path: '/api/floor/errors', query: { ...query }, signal })
  }

  /** All of it. */
  eachError(options: ListFloorErrors = {}): AsyncGenerator<ProcessingError, void, undefined> {
    return eachRow((cursor) => this.errors({ ...options, cursor }), options.cursor)
  }

  /** Has errors tried again at once, all of them when none are named; how many. */
  async retryErrors(ids?: readonly string[]): Promise<number> {
    const body = ids === undefined ? {} : { ids }
    const call = { method: 'POST', path: '/api/floor/errors/retry', body } as const
    return (await this.#http.json<ProcessingErrorsRetried>(call)).count
  }

  /** Puts an error away for good. */
  dismissError(id: string): Promise<void> {
    return this.#http.empty({ method: 'POST', path: route`/api/floor/errors/${id}/dismiss`, body: {} })
  }

  /** The operations of the shop, in their order. */
  async operations(options: CallOptions = {}): Promise<CatalogueOperation[]> {
    return (await this.#http.json<{ data: CatalogueOperation[] }>({ path: '/api/floor/operations', ...options })).data
  }

  /** Replaces the whole catalogue. */
  async setOperations(operations: readonly CatalogueOperation[]): Promise<CatalogueOperation[]> {
    const call = { method: 'PUT', path: '/api/floor/operations', body: { operations } } as const
    return (await this.#http.json<{ data: CatalogueOperation[] }>(call)).data
  }

  /** A supervisor's word over press and scanner. Rejects with `override_active` while another stands. */
  override(jobId: string, override: NewFloorOverride): Promise<FloorOverride> {
    const path = route`/api/floor/jobs/${jobId}/overrides`
    return this.#http.json<FloorOverride>({ method: 'POST', path, body: override })
  }

  /** Press and scanner count again. */
  liftOverride(id: string): Promise<FloorOverride> {
    return this.#http.json<FloorOverride>({ method: 'DELETE', path: route`/api/floor/overrides/${id}` })
  }

  /** What Andon would add to the shop's databases; nothing when all is there. */
  migration(options: CallOptions = {}): Promise<FloorMigration> {
    return this.#http.json<FloorMigration>({ path: '/api/floor/migration', ...options })
  }

  #process<T>(path: string, body: object, options: CallOptions): Promise<T> {
    return this.#http.json<T>({ method: 'POST', path, body, timeoutMs: PASS_TIMEOUT_MS, ...options })
  }
}
