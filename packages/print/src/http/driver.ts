import {
  normaliseIppReasons,
  type PrintDriver,
  type PrinterAddress,
  type PrinterState,
  type PrinterStatus,
  type PrintItem,
  type PrintOutcome,
  type PrintReport,
  type PrintRequest,
  reasonOf,
  type StateReason,
} from '@andon/core'
import { DOCUMENT_FORMATS } from '../document/formats.ts'
import { silentStatus } from '../ipp/trouble.ts'
import { pause } from '../pause.ts'
import { sameReasons } from '../reasons.ts'
import { readSettings } from '../settings.ts'
import { type HttpAnswer, type HttpRefusal, PrintServerClient, serverReason } from './client.ts'
import { HTTP_SETTINGS, type HttpSettings } from './settings.ts'
import { LabelTally, type ServerProgress } from './tally.ts'

const REF_PREFIX = 'http:'
const IDLE_WORDS = new Set(['online', 'ready', 'idle', 'ok', 'available', 'connected'])
const BUSY_WORDS = new Set(['printing', 'busy', 'processing'])
const OFFLINE_WORDS = new Set(['offline', 'disconnected', 'unavailable', 'not_connected'])
/** How much less often a server is asked that has few requests left for us. */
const NEAR_LIMIT_FACTOR = 4

/** Drives printers through a label print server that speaks the HTTP contract of Andon's own gateway. */
export class HttpDriver implements PrintDriver {
  readonly kind = 'http'
  readonly batchSize: number
  readonly #settings: HttpSettings
  readonly #client: PrintServerClient

  constructor(address: PrinterAddress) {
    this.#settings = readSettings(HTTP_SETTINGS, address.settings)
    this.batchSize = this.#settings.batchSize
    const { token, requestTimeoutMs } = this.#settings
    this.#client = new PrintServerClient({ uri: address.uri, token, timeoutMs: requestTimeoutMs })
  }

  async status(signal: AbortSignal): Promise<PrinterStatus> {
    const answer = await this.#client.send('/api/printers', { signal })
    if (!answer.ok) return this.#unwell(serverReasonOfProbe(answer.refusal))
    const printers = answer.body['printers']
    if (!Array.isArray(printers))
      return this.#unwell(reasonOf('not-a-printer', 'The answer holds no list of printers.'))
    const { printer: name } = this.#settings
    const entries = printers.filter(isRecord)
    const printer = name === '' ? entries[0] : entries.find((entry) => entry['name'] === name)
    if (printer === undefined)
      return this.#unwell(reasonOf('not-a-printer', `The print server has no printer "${name}".`))
    return this.#readPrinter(printer)
  }

  async print(request: PrintRequest, report: PrintReport, signal: AbortSignal): Promise<PrintOutcome> {
    const wrong = request.items.find((item) => item.format !== DOCUMENT_FORMATS.zpl)
    if (wrong !== undefined) {
      const message = `The print server takes ${DOCUMENT_FORMATS.zpl}, not ${wrong.format}.`
      return { kind: 'failed', code: 'unsupported_format', message }
    }
    if (signal.aborted) return { kind: 'cancelled', reason: 'Cancelled before anything was sent.' }
    report.progress({ proof: 'none', state: 'sent' })
    const answer = await this.#client.send('/api/print', { body: this.#order(request), key: request.name })
    if (!answer.ok) return refusedOutcome(answer.refusal)
    const id = answer.body['job_id']
    if ((typeof id !== 'string' && typeof id !== 'number') || id === '') {
      return {
        kind: 'unconfirmed',
        reason: reasonOf('unconfirmed', 'The print server took the job and gave it no number.'),
      }
    }
    await report.ref(`${REF_PREFIX}${id}`)
    report.progress({ proof: 'accepted', state: 'queued' })
    return this.#follow(String(id), request, { report, signal })
  }

  async reattach(
    request: PrintRequest,
    externalRef: string | null,
    report: PrintReport,
    signal: AbortSignal,
  ): Promise<PrintOutcome> {
    if (externalRef === null || !externalRef.startsWith(REF_PREFIX)) {
      const words = 'The print server never told a number for this job, and cannot be asked by name.'
      return { kind: 'unconfirmed', reason: reasonOf('unconfirmed', words) }
    }
    return this.#follow(externalRef.slice(REF_PREFIX.length), request, { report, signal })
  }

  async close(): Promise<void> {}

  #follow(
    id: string,
    request: PrintRequest,
    with_: { report: PrintReport; signal: AbortSignal },
  ): Promise<PrintOutcome> {
    return new ServerJob({ client: this.#client, settings: this.#settings, id, request, ...with_ }).run()
  }

  #order(request: PrintRequest): unknown {
    const labels = request.items.flatMap((item) => Array.from({ length: item.copies }, () => label(item)))
    return {
      printer: this.#settings.printer,
      quantity: labels.length,
      labels,
      job_metadata: { mo_reference: request.name, priority: 'normal' },
    }
  }

  #readPrinter(printer: Readonly<Record<string, unknown>>): PrinterStatus {
    const status = printer['status']
    const word = typeof status === 'string' ? status.toLowerCase() : ''
    const reasons = reasonsOfWord(word)
    const queued = printer['jobs_in_queue']
    const model = printer['model']
    return {
      state: stateOfWord(word),
      reasons,
      supplies: [],
      queuedJobs: typeof queued === 'number' ? queued : null,
      message: word === '' ? null : word,
      capabilities: {
        formats: [DOCUMENT_FORMATS.zpl],
        media: [],
        color: false,
        duplex: false,
        proof: this.#settings.confirms ? 'confirmed' : 'accepted',
      },
      model: typeof model === 'string' ? model : null,
    }
  }

  #unwell(trouble: StateReason): PrinterStatus {
    const state: PrinterState = trouble.reason === 'print-server-unreachable' ? 'offline' : 'unknown'
    return { ...silentStatus(trouble), state }
  }
}

interface Followed {
  readonly client: PrintServerClient
  readonly settings: HttpSettings
  readonly id: string
  readonly request: PrintRequest
  readonly report: PrintReport
  readonly signal: AbortSignal
}

/** One job on the print server, asked for until it has ended. */
class ServerJob {
  readonly #job: Followed
  /** Item index of each label, in the order in which they were sent. */
  readonly #indexes: number[]
  readonly #tally: LabelTally
  #isCancelled = false
  #silentSince: number | null = null
  #trouble: readonly StateReason[] = []

  constructor(job: Followed) {
    this.#job = job
    this.#indexes = job.request.items.flatMap((item) => Array.from({ length: item.copies }, () => item.index))
    this.#tally = new LabelTally(this.#indexes.length)
  }

  async run(): Promise<PrintOutcome> {
    const { client, id, settings, signal } = this.#job
    for (;;) {
      if (signal.aborted && !this.#isCancelled) await this.#cancel()
      const answer = await client.send(`/api/status/${encodeURIComponent(id)}`)
      const outcome = this.#judge(answer)
      if (outcome !== null) {
        this.#tell([])
        return outcome
      }
      const factor = answer.ok && answer.isNearLimit ? NEAR_LIMIT_FACTOR : 1
      const asked = answer.ok ? 0 : (answer.refusal.afterMs ?? 0)
      await pause(Math.max(asked, settings.pollIntervalMs * factor), this.#isCancelled ? undefined : signal)
    }
  }

  async #cancel(): Promise<void> {
    this.#isCancelled = true
    await this.#job.client.send(`/api/jobs/${encodeURIComponent(this.#job.id)}`, { method: 'DELETE' })
  }

  #judge(answer: HttpAnswer): PrintOutcome | null {
    if (!answer.ok) return this.#onRefusal(answer.refusal)
    if (typeof answer.body['status'] === 'string') return this.#look(answer.body)
    const message = 'The answer does not say how far the job is.'
    return this.#onRefusal({ status: 200, message, afterMs: null, mayHaveArrived: true })
  }

  #look(body: Readonly<Record<string, unknown>>): PrintOutcome | null {
    this.#silentSince = null
    this.#tell([])
    this.#tally.look(readProgress(body['progress'], this.#indexes.length))
    const status = body['status']
    const words = typeof body['error_message'] === 'string' ? body['error_message'] : ''
    if (status === 'completed') return this.#completed(body)
    if (status === 'failed') return this.#ended(words === '' ? 'The print server reports the job as failed.' : words)
    if (status === 'cancelled') return this.#ended('Cancelled on the print server.')
    const state = status === 'printing' ? 'running' : 'queued'
    this.#job.report.progress({
      proof: 'accepted',
      state,
      itemsDone: this.#itemsDone(),
      ...(words === '' ? {} : { message: words }),
    })
    return null
  }

  #completed(body: Readonly<Record<string, unknown>>): PrintOutcome {
    const named = readPositions(body['failed_labels'], this.#indexes.length)
    return this.#printed(this.#tally.end('unconfirmed', named))
  }

  /** Failed or cancelled: what was counted as printed is printed, the rest is not. */
  #ended(words: string): PrintOutcome {
    if (this.#tally.completed > 0) return this.#printed(this.#tally.end('failed', null))
    return this.#isCancelled
      ? { kind: 'cancelled', reason: words }
      : { kind: 'failed', code: 'print_server_failed', message: words }
  }

  #printed(tally: { failed: number[]; unconfirmed: number[] }): PrintOutcome {
    const { confirms } = this.#job.settings
    const unconfirmed = this.#items(tally.unconfirmed)
    // Of several copies of one item, one that failed makes the item failed, unless another is in doubt.
    const failed = this.#items(tally.failed).filter((index) => !unconfirmed.includes(index))
    return {
      kind: 'printed',
      proof: confirms ? 'confirmed' : 'accepted',
      sheets: this.#tally.completed,
      ...(failed.length === 0 ? {} : { failed }),
      ...(unconfirmed.length === 0 ? {} : { unconfirmed }),
    }
  }

  #items(positions: readonly number[]): number[] {
    return [...new Set(positions.flatMap((position) => this.#indexes[position] ?? []))]
  }

  #itemsDone(): number {
    const { completed } = this.#tally
    const next = this.#indexes[completed]
    if (next === undefined) return this.#job.request.items.length
    return this.#job.request.items.findIndex((item) => item.index === next)
  }

  #onRefusal(refusal: HttpRefusal): PrintOutcome | null {
    if (refusal.status === 404 || refusal.status === 410) {
      return {
        kind: 'unconfirmed',
        reason: reasonOf('unconfirmed', 'The print server does not know the job any more.'),
      }
    }
    const trouble = serverReason(refusal)
    this.#tell([trouble])
    this.#silentSince ??= Date.now()
    if (Date.now() - this.#silentSince < this.#job.settings.confirmTimeoutMs) return null
    return { kind: 'unconfirmed', reason: trouble }
  }

  #tell(trouble: readonly StateReason[]): void {
    if (sameReasons(trouble, this.#trouble)) return
    this.#trouble = trouble
    this.#job.report.trouble(trouble)
  }
}

function label(item: PrintItem): unknown {
  const ref = item.ref === null ? {} : { box_number: item.ref }
  return { zpl_code: Buffer.from(item.data).toString('utf8'), ...ref, metadata: { index: item.index } }
}

/** What a refused order means. Whether an order arrived cannot be asked, so doubt stays doubt. */
function refusedOutcome(refusal: HttpRefusal): PrintOutcome {
  const trouble = serverReason(refusal)
  const { status, afterMs } = refusal
  if (status === null) {
    return refusal.mayHaveArrived ? { kind: 'unconfirmed', reason: trouble } : { kind: 'stop-printer', reason: trouble }
  }
  if (status === 401 || status === 403) return { kind: 'stop-printer', reason: trouble }
  if (status === 429 || status === 503)
    return { kind: 'retry', reason: trouble, ...(afterMs === null ? {} : { afterMs }) }
  if (status >= 500 || status < 400) return { kind: 'unconfirmed', reason: trouble }
  return { kind: 'failed', code: 'print_server_refused', message: `The print server answered: ${refusal.message}` }
}

/** A server without a list of printers is none of ours. */
function serverReasonOfProbe(refusal: HttpRefusal): StateReason {
  const isForeign = refusal.status !== null && refusal.status < 500 && ![401, 403, 429].includes(refusal.status)
  return isForeign ? reasonOf('not-a-printer', `HTTP ${refusal.status}: ${refusal.message}`) : serverReason(refusal)
}

function readProgress(value: unknown, total: number): ServerProgress {
  const record = isRecord(value) ? value : {}
  const count = (key: string): number => {
    const number = Number(record[key] ?? 0)
    return Number.isSafeInteger(number) && number >= 0 ? number : 0
  }
  return { total, completed: count('completed'), failed: count('failed') }
}

function readPositions(value: unknown, total: number): number[] | null {
  if (!Array.isArray(value)) return null
  const positions = value.map(Number)
  return positions.every((position) => Number.isInteger(position) && position >= 0 && position < total)
    ? positions
    : null
}

function stateOfWord(word: string): PrinterState {
  if (IDLE_WORDS.has(word)) return 'idle'
  if (BUSY_WORDS.has(word)) return 'processing'
  if (OFFLINE_WORDS.has(word)) return 'offline'
  return word === '' ? 'unknown' : 'stopped'
}

function reasonsOfWord(word: string): StateReason[] {
  if (word === '' || IDLE_WORDS.has(word) || BUSY_WORDS.has(word)) return []
  if (OFFLINE_WORDS.has(word)) return [reasonOf('offline', word)]
  const known = normaliseIppReasons([word.replaceAll(/[_ ]/g, '-')])
  return known.length > 0 ? known : [reasonOf('needs-attention', word)]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
