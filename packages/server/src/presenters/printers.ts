import type { PrinterView } from '@andon/core'
import { jobRows, listPrinters, type PrinterRow, type Store, toPrinterView } from '@andon/store'
import type { JobPresenter } from './jobs.ts'

/** What stands in the place of a secret setting; sent back, it leaves the setting as it is. */
export const REDACTED = '[redacted]'

const SECRET_NAME = /pass|secret|token|key|auth|credential/i

/** Decides what of a printer leaves the server: everything but the secrets in its settings and its address. */
export class PrinterPresenter {
  readonly #store: Store
  readonly #jobs: JobPresenter

  constructor(store: Store, jobs: JobPresenter) {
    this.#store = store
    this.#jobs = jobs
  }

  async all(): Promise<PrinterView[]> {
    return this.views(await listPrinters(this.#store))
  }

  async one(row: PrinterRow): Promise<PrinterView> {
    const [view] = await this.views([row])
    return view ?? present(row, null)
  }

  /** The jobs that the printers hold are read in one set. */
  async views(rows: readonly PrinterRow[]): Promise<PrinterView[]> {
    const ids = rows.flatMap((row) => row.current_job_id ?? [])
    const current = await this.#jobs.views(await jobRows(this.#store, ids))
    const byId = new Map(current.map((job) => [job.id, job]))
    return rows.map((row) => present(row, byId.get(row.current_job_id ?? '') ?? null))
  }
}

/** Settings without their secrets. */
export function redactSettings(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, SECRET_NAME.test(name) && value ? REDACTED : value]),
  )
}

/** Settings of which the secrets are left out altogether, for who is to use them. */
export function withoutSecrets(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !SECRET_NAME.test(name)))
}

function present(row: PrinterRow, currentJob: PrinterView['current_job']): PrinterView {
  return { ...toPrinterView(row, currentJob), uri: withoutPassword(row.uri), settings: redactSettings(row.settings) }
}

function withoutPassword(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/@]*@/i, `$1:${REDACTED}@`)
}
