import type {
  ChangePrinter,
  CreatedJob,
  CreatePrint,
  CreatePrinter,
  DiscoveredPrinterView,
  DocumentView,
  JobPage,
  PauseRequest,
  PrinterDiagnosis,
  PrinterView,
  StateReason,
} from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'
import { newKey } from './key.ts'
import { route } from './route.ts'

/** One change of a printer's state. */
export interface PrinterHistoryView {
  readonly at: string
  readonly state: PrinterView['state']
  /** Worst first. */
  readonly reasons: readonly StateReason[]
}

/** Printers by their names. */
export class PrintersApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(options: CallOptions = {}): Promise<PrinterView[]> {
    return (await this.#http.json<{ data: PrinterView[] }>({ path: '/api/printers', ...options })).data
  }

  get(name: string, options: CallOptions = {}): Promise<PrinterView> {
    return this.#http.json<PrinterView>({ path: route`/api/printers/${name}`, ...options })
  }

  /** Adds a printer after it has answered; `is_unchecked` adds one that is switched off now. */
  add(printer: CreatePrinter): Promise<PrinterView> {
    return this.#http.json<PrinterView>({ method: 'POST', path: '/api/printers', body: printer })
  }

  change(name: string, change: ChangePrinter): Promise<PrinterView> {
    return this.#http.json<PrinterView>({ method: 'PATCH', path: route`/api/printers/${name}`, body: change })
  }

  /** Refused with `state_conflict` while jobs wait for it. */
  remove(name: string): Promise<void> {
    return this.#http.empty({ method: 'DELETE', path: route`/api/printers/${name}` })
  }

  /** Stops the queue after what is printing now. No job changes. */
  pause(name: string, options: PauseRequest = {}): Promise<PrinterView> {
    return this.#act(name, 'pause', options)
  }

  resume(name: string): Promise<PrinterView> {
    return this.#act(name, 'resume')
  }

  /** Prints what waits and takes nothing new; `is_draining: false` takes that back. */
  drain(name: string, options: { readonly is_draining?: boolean } = {}): Promise<PrinterView> {
    return this.#act(name, 'drain', options)
  }

  /** Prints a test page. */
  test(name: string): Promise<CreatedJob> {
    return this.#http.json<CreatedJob>({ method: 'POST', path: route`/api/printers/${name}/test`, body: {} })
  }

  /** Asks the device now instead of showing what it said last. */
  status(name: string): Promise<PrinterView> {
    return this.#act(name, 'status')
  }

  /** Tries the way to paper step by step, and says what each step means and what to do. */
  diagnose(name: string): Promise<PrinterDiagnosis> {
    const call = { method: 'POST', path: route`/api/printers/${name}/diagnose`, body: {} } as const
    return this.#http.json<PrinterDiagnosis>(call)
  }

  /** Printers that were found and not added. `cups` is a server such as `ipp://cups:631`; the local one otherwise. */
  async discover(options: { readonly cups?: string | undefined } & CallOptions = {}): Promise<DiscoveredPrinterView[]> {
    const { signal, ...query } = options
    const call = { path: '/api/printers/discover', query, signal }
    return (await this.#http.json<{ data: DiscoveredPrinterView[] }>(call)).data
  }

  /** What waits for the printer, in the order in which it will print: the first 200, or fewer. */
  jobs(name: string, options: { readonly limit?: number | undefined } & CallOptions = {}): Promise<JobPage> {
    const { signal, ...query } = options
    return this.#http.json<JobPage>({ path: route`/api/printers/${name}/jobs`, query, signal })
  }

  /** Changes of its state, newest first. `since` is a time (RFC 3339); a day ago otherwise. */
  async history(
    name: string,
    options: { readonly since?: string | undefined } & CallOptions = {},
  ): Promise<PrinterHistoryView[]> {
    const { signal, ...query } = options
    const call = { path: route`/api/printers/${name}/history`, query, signal }
    return (await this.#http.json<{ data: PrinterHistoryView[] }>(call)).data
  }

  #act(name: string, action: string, body: unknown = {}): Promise<PrinterView> {
    return this.#http.json<PrinterView>({ method: 'POST', path: `${route`/api/printers/${name}`}/${action}`, body })
  }
}

/** A file to print. */
export interface UploadDocument {
  readonly content: Blob | Uint8Array<ArrayBuffer> | string
  /** `application/pdf`, `application/vnd.zebra-zpl`, `image/png`, … */
  readonly contentType: string
  readonly name: string
  readonly signal?: AbortSignal | undefined
}

/** Fifty megabytes over a slow line. */
const UPLOAD_TIMEOUT_MS = 600_000

/** Files that prints are made of. */
export class DocumentsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** At most 50 MiB. Repeated when the server is away; a document too many does no harm and expires. */
  upload({ content, contentType, name, signal }: UploadDocument): Promise<DocumentView> {
    return this.#http.json<DocumentView>({
      method: 'POST',
      path: '/api/documents',
      query: { name },
      raw: content,
      contentType,
      idempotencyKey: newKey(),
      timeoutMs: UPLOAD_TIMEOUT_MS,
      signal,
    })
  }

  get(id: string, options: CallOptions = {}): Promise<DocumentView> {
    return this.#http.json<DocumentView>({ path: route`/api/documents/${id}`, ...options })
  }

  /** Address of the picture (PNG) of a page, from 1. */
  previewUrl(id: string, page = 1): string {
    return this.#http.origin + route`/api/documents/${id}/preview/${page}`
  }
}

/** Makes a print job of a document or of 1 to 500 labels. */
export function createPrint(http: Http, print: CreatePrint, options: CallOptions = {}): Promise<CreatedJob> {
  const idempotencyKey = print.idempotency_key ?? newKey()
  return http.json<CreatedJob>({ method: 'POST', path: '/api/print', body: print, idempotencyKey, ...options })
}
