import type { LateWordsView, PrinterAddress, PrinterStatus, StateReason } from '@andon/core'
import { clientProblem, snakeKeys } from '@andon/core/base'
import type { HttpJobSource } from './worker-source.ts'

/** A printer of the station that it holds: its lane, and all that is needed to talk to the device. */
export interface StationLane {
  /** Of the printer and of its lane. */
  readonly laneId: number
  readonly name: string
  /** Lanes it takes from: itself and its pool. */
  readonly queueIds: readonly number[]
  readonly slots: 1
  readonly isExclusive: true
  /** Settings with their secrets. */
  readonly address: PrinterAddress
  readonly isPausedByTrouble: boolean
  /** Name of its pool; null when it has none. */
  readonly pool: string | null
}

/** What a station has seen at its printers; of each kind at most 500. */
export interface StationReport {
  readonly reports?: readonly { readonly printerId: number; readonly status: PrinterStatus }[]
  /** Printers that cannot go on, with the worst reason. */
  readonly pauses?: readonly { readonly printerId: number; readonly reason: StateReason }[]
  /** Printers that are well again; what a person paused stays so. */
  readonly resumes?: readonly number[]
  /** Prints that were proven to come out. */
  readonly confirmed?: readonly { readonly printerId: number; readonly at: Date }[]
}

/** What a station recorded of one job that it lost. */
export interface LateJob {
  readonly jobId: string
  /** Outcomes alone: an intent says nothing. */
  readonly items: readonly { readonly index: number; readonly state: 'done' | 'failed' }[]
}

/** What a station does besides its jobs, in the name of the worker that registered at the same source. */
export class StationApi {
  readonly #source: HttpJobSource

  constructor(source: HttpJobSource) {
    this.#source = source
  }

  /** Holds the printers of the station, where nobody else does; empty before the worker registered. */
  async lanes(): Promise<StationLane[]> {
    return (await this.#source.lanes()).map((lane) => {
      const { driver, settings = {}, uri } = lane
      if (driver === undefined || uri === undefined) {
        throw clientProblem('internal', { detail: `Lane ${lane.name} came without what belongs to a printer` })
      }
      return {
        laneId: lane.lane_id,
        name: lane.name,
        queueIds: lane.queue_ids,
        slots: 1,
        isExclusive: true,
        address: { driver, uri, settings },
        isPausedByTrouble: lane.is_paused_by_trouble ?? false,
        pool: lane.pool ?? null,
      }
    })
  }

  /** Tells what was seen at printers that the station holds. */
  report({ confirmed = [], pauses = [], reports = [], resumes = [] }: StationReport): Promise<void> {
    return this.#source.send('printers', {
      reports: reports.map(({ printerId, status }) => ({ printer_id: printerId, status: snakeKeys(status) })),
      pauses: pauses.map(({ printerId, reason: { raw, reason } }) => ({ printer_id: printerId, reason, raw })),
      resumes,
      confirmed: confirmed.map(({ at, printerId }) => ({ printer_id: printerId, at: at.toISOString() })),
    })
  }

  /**
   * Says what this machine recorded of jobs that it lost; the ids of those that have ended: nothing of them need be kept.
   * At most 100 jobs.
   */
  async late(jobs: readonly LateJob[]): Promise<string[]> {
    const said = jobs.map(({ items, jobId }) => ({ job_id: jobId, items }))
    return (await this.#source.ask<LateWordsView>('late', { jobs: said })).ended
  }

  /** The document of a print that the station holds: its bytes as a stream, its format as the content type. */
  document(jobId: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Response> {
    return this.#source.document(jobId, options.signal)
  }
}
