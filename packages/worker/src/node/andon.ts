import { Andon as Client, type AndonOptions } from '@andon/sdk'
import { BackgroundWorker, type BackgroundWorkerOptions } from './background-worker.ts'

/**
 * A client of one Andon server that can also work for it.
 *
 *     const andon = new Andon({ url, token })
 *     await andon
 *       .worker({ queues: ['reports'] })
 *       .handle('pdf.report', async (job) => render(job.input))
 *       .run()
 */
export class Andon extends Client {
  readonly #options: AndonOptions

  constructor(options: AndonOptions) {
    super(options)
    this.#options = options
  }

  /** A worker that has nothing to do yet; see `BackgroundWorker.handle`. Its token needs the scope `worker`. */
  worker(options: BackgroundWorkerOptions = {}): BackgroundWorker {
    return new BackgroundWorker(this.#options, options)
  }
}
