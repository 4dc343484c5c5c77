import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { messageOf, problem } from '@andon/core'
import { splitZpl } from '../document/zpl.ts'
import { PictureCache } from './cache.ts'
import type { RenderAnswer, RenderRequest } from './render-worker.ts'

export interface PreviewOptions {
  /** Longest time for one picture, the start of the renderer included, in milliseconds; default 15,000. */
  readonly timeoutMs?: number
  /** JavaScript heap of the renderer; default 256. */
  readonly maxMemoryMb?: number
  /** Pictures that are kept; default 32 MiB. */
  readonly maxCacheBytes?: number
  /** The renderer ends when nothing was drawn for so long, in milliseconds; default 60,000. */
  readonly idleMs?: number
}

/** The label to draw, and the media it is drawn on. */
export interface PreviewRequest {
  /** The whole ZPL document. */
  readonly zpl: Uint8Array
  /** Which label of the document, from 0. */
  readonly page: number
  /** Default 101.6 (4 inches). */
  readonly widthMm?: number
  /** Default 152.4 (6 inches). */
  readonly heightMm?: number
  /** Dots for each millimetre: 6, 8, 12 or 24; default 8 (203 dpi). */
  readonly dpmm?: number
}

const MAX_LABEL_BYTES = 1024 * 1024
const MAX_SIDE_MM = 500
const RESOLUTIONS: readonly number[] = [6, 8, 12, 24]
/** A picture of so many dots takes 64 MB to draw. */
const MAX_DOTS = 16_000_000
const MAX_WAITING = 50

/**
 * Draws labels from ZPL in a thread of its own, one at a time. The thread is ended when it takes too long, so that no
 * label can keep the server from its work.
 */
export class LabelPreviewer implements AsyncDisposable {
  readonly #options: Required<PreviewOptions>
  readonly #cache: PictureCache
  #worker: Worker | null = null
  #idleTimer: NodeJS.Timeout | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: PreviewOptions = {}) {
    this.#options = {
      timeoutMs: options.timeoutMs ?? 15_000,
      maxMemoryMb: options.maxMemoryMb ?? 256,
      maxCacheBytes: options.maxCacheBytes ?? 32 * 1024 * 1024,
      idleMs: options.idleMs ?? 60_000,
    }
    this.#cache = new PictureCache(this.#options.maxCacheBytes)
  }

  /**
   * The picture of one label as PNG.
   *
   * @throws AndonError `invalid_zpl`, `validation_failed` (page or size), `preview_failed` (cannot be drawn, or not in
   *   time), `overloaded` when too many wait.
   */
  async preview(request: PreviewRequest): Promise<Uint8Array> {
    const order = checkRequest(request)
    const key = createHash('sha256').update(JSON.stringify(order)).digest('hex')
    const known = this.#cache.get(key)
    if (known !== null) return known
    if (this.#waiting >= MAX_WAITING) throw problem('overloaded', { detail: 'Too many previews are being drawn.' })
    this.#waiting += 1
    try {
      const drawn = this.#turn.then(() => this.#cache.get(key) ?? this.#draw(order))
      this.#turn = drawn.catch(() => undefined)
      const picture = await drawn
      this.#cache.set(key, picture)
      return picture
    } finally {
      this.#waiting -= 1
    }
  }

  /** Ends the renderer; it starts again when it is needed. */
  async close(): Promise<void> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #draw(order: RenderRequest): Promise<Uint8Array> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    const worker = this.#worker ?? this.#start()
    const answer = await ask(worker, order, this.#options.timeoutMs)
    if ('png' in answer) {
      this.#endWhenIdle()
      return answer.png
    }
    // A label that cannot be drawn may have ended the renderer inside of its thread, which would spoil the next one.
    await this.close()
    throw problem('preview_failed', { detail: `The label could not be drawn: ${answer.error}` })
  }

  #start(): Worker {
    const { maxMemoryMb } = this.#options
    const worker = new Worker(new URL('./render-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      // The renderer needs nothing of the surroundings of the server.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    worker.unref()
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null
    })
    this.#worker = worker
    return worker
  }

  #endWhenIdle(): void {
    this.#idleTimer = setTimeout(() => void this.close(), this.#options.idleMs).unref()
  }
}

/** Asks the thread once. */
function ask(worker: Worker, order: RenderRequest, timeoutMs: number): Promise<RenderAnswer> {
  return new Promise((resolve) => {
    const finish = (answer: RenderAnswer): void => {
      clearTimeout(timer)
      worker.off('message', finish).off('error', onError).off('exit', onExit)
      resolve(answer)
    }
    const onError = (error: unknown): void => finish({ error: messageOf(error) })
    const onExit = (): void => finish({ error: 'The renderer ended.' })
    const timer = setTimeout(() => finish({ error: `It took longer than ${timeoutMs} ms.` }), timeoutMs)
    worker.on('message', finish).on('error', onError).on('exit', onExit)
    worker.postMessage(order)
  })
}

function checkRequest(request: PreviewRequest): RenderRequest {
  const { page, widthMm = 101.6, heightMm = 152.4, dpmm = 8 } = request
  const labels = splitZpl(request.zpl)
  if (labels === null) throw problem('invalid_zpl', { field: '/zpl' })
  const label = labels[page]
  if (label === undefined) {
    const detail = `The document has ${labels.length} labels.`
    throw problem('validation_failed', { field: '/page', detail, allowed: `0 to ${labels.length - 1}` })
  }
  for (const [name, side] of Object.entries({ widthMm, heightMm })) {
    if (side > 0 && side <= MAX_SIDE_MM) continue
    throw problem('validation_failed', { field: `/${name}`, allowed: `more than 0 and at most ${MAX_SIDE_MM} mm` })
  }
  if (!RESOLUTIONS.includes(dpmm)) {
    throw problem('validation_failed', { field: '/dpmm', allowed: RESOLUTIONS.map(String) })
  }
  if (widthMm * heightMm * dpmm * dpmm > MAX_DOTS) {
    throw problem('validation_failed', { field: '/dpmm', allowed: `at most ${MAX_DOTS} dots for the whole label` })
  }
  if (label.data.length > MAX_LABEL_BYTES) {
    throw problem('payload_too_large', { field: '/zpl', allowed: `labels of at most ${MAX_LABEL_BYTES} bytes` })
  }
  return { zpl: label.data.toString('utf8'), widthMm, heightMm, dpmm }
}
