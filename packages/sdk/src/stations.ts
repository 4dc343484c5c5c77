import type {
  ChangeStation,
  CreatedJob,
  CreateStation,
  QzStatusReport,
  RetryJob,
  StationFailed,
  StationHeartbeat,
  StationJobAnswer,
  StationJobs,
  StationPrinted,
  StationPrinting,
  StationStats,
  StationView,
  TakenStationJob,
  TakeStationJob,
} from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { route } from './route.ts'

/** Stations by their number or name. */
export class StationsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<StationView[]> {
    return (await this.#http.json<{ data: StationView[] }>({ path: '/api/machines', ...options })).data
  }

  get(station: string | number, options: CallOptions = {}): Promise<StationView> {
    return this.#http.json<StationView>({ path: route`/api/machines/${station}`, ...options })
  }

  /** Refused with `name_taken` when there is one of that name. */
  add(station: CreateStation): Promise<StationView> {
    return this.#http.json<StationView>({ method: 'POST', path: '/api/machines', body: station })
  }

  change(station: string | number, change: ChangeStation): Promise<StationView> {
    return this.#http.json<StationView>({ method: 'PATCH', path: route`/api/machines/${station}`, body: change })
  }

  /** Refused with `state_conflict` while it has printers. */
  remove(station: string | number): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/machines/${station}` })
  }

  /** What it prints and will print, in the words of stations. */
  jobs(station: string | number, options: CallOptions = {}): Promise<StationJobs> {
    return this.#http.json<StationJobs>({ path: route`/api/machines/${station}/jobs`, ...options })
  }

  /** What its printers did since a time (RFC 3339); the last 24 hours otherwise. */
  stats(
    station: string | number,
    options: { readonly since?: string | undefined } & CallOptions = {},
  ): Promise<StationStats> {
    const { signal, ...query } = options
    return this.#http.json<StationStats>({ path: route`/api/machines/${station}/print-stats`, query, signal })
  }

  /** The station itself says that it is there: every 30 s, and on each change. Needs the scope `station`. */
  report(heartbeat: StationHeartbeat): Promise<StationView> {
    return this.#http.json<StationView>({ method: 'POST', path: '/api/machines/status', body: heartbeat })
  }

  /**
   * Takes a job of one of the station's printers; asked again while it is held, the same token comes back. Refused with
   * `forbidden` for jobs of other stations, with `state_conflict` when it cannot be taken now. Needs the scope `station`,
   * as the reports on it do.
   */
  queued(jobId: string, take: TakeStationJob): Promise<TakenStationJob> {
    return this.#http.json<TakenStationJob>({
      method: 'POST',
      path: route`/api/printers/jobs/${jobId}/queued`,
      body: take,
    })
  }

  /** It prints, and which label: those before `item` came out. Refused with `lease_lost` when it is held no longer. */
  printing(jobId: string, progress: StationPrinting): Promise<StationJobAnswer> {
    return this.#tell(jobId, 'printing', progress)
  }

  /** All came out. Said again it changes nothing; refused with `lease_lost` when another attempt may have begun. */
  printed(jobId: string, end: StationPrinted): Promise<StationJobAnswer> {
    return this.#tell(jobId, 'printed', end)
  }

  /** The attempt failed; `retry_at` says whether and when another follows. Refused with `lease_lost` as above. */
  failed(jobId: string, failure: StationFailed): Promise<StationJobAnswer> {
    return this.#tell(jobId, 'failed', failure)
  }

  /** A new job that prints one again which has ended. Refused with `already_retried` and `retry_id` the second time. */
  retry(jobId: string, retry: RetryJob = {}): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'POST', path: route`/api/printers/jobs/${jobId}/retry`, body: retry })
  }

  #tell(jobId: string, word: 'printing' | 'printed' | 'failed', body: object): Promise<StationJobAnswer> {
    return this.#http.json<StationJobAnswer>({ method: 'POST', path: route`/api/printers/jobs/${jobId}/${word}`, body })
  }

  /** The certificate that QZ Tray is to trust, as PEM. Needs the scope `station`. */
  async qzCertificate(): Promise<string> {
    return (await this.#http.json<{ certificate: string }>({ path: '/api/qz/certificate' })).certificate
  }

  /** The signature (RSA with SHA-512, base64) of what QZ Tray has its client sign. Needs the scope `station`. */
  async qzSign(request: string): Promise<string> {
    const call = { method: 'POST', path: '/api/qz/sign', body: { request } } as const
    return (await this.#http.json<{ signature: string }>(call)).signature
  }

  /** The station itself says how it stands with its QZ Tray. Needs the scope `station`. */
  reportQz(station: string | number, status: QzStatusReport): Promise<StationView> {
    return this.#http.json<StationView>({
      method: 'POST',
      path: route`/api/machines/${station}/qz-status`,
      body: status,
    })
  }
}
