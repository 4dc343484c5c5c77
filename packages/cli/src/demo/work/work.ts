import { isProblem } from '@andon/core'
import { Andon } from '@andon/worker/node'
import type { Logger } from 'pino'
import type { Chance } from '../chance.ts'
import { until } from '../wait.ts'
import { exporter } from './export.ts'
import { scrape } from './scrape.ts'
import { openSupplierSite, type SupplierSite } from './supplier-site.ts'

export interface DemoWorkOptions {
  readonly serverUrl: string
  /** Of the demonstration's account, with the scopes `jobs`, `read` and `worker`. */
  readonly token: string
  readonly chance: Chance
  readonly log: Logger
  readonly signal: AbortSignal
}

const QUEUE = 'background'

/** Reports of more days than fit into their memory: they end at their limit, for everybody to see how that looks. */
const TOO_MANY_DAYS = 60
const REPORT_MEMORY_MB = 192

/** The shop's work in the background, and the worker that does it: until the signal says stop. */
export async function workInBackground(options: DemoWorkOptions): Promise<void> {
  const { chance, serverUrl, token, log, signal } = options
  using andon = new Andon({ url: serverUrl, token })
  await using site = await openSupplierSite(chance)
  await using worker = workerOf(andon, log)
  await worker.start()
  for (let number = 0; !signal.aborted; number += 1) {
    try {
      await andon.jobs.create({ queue: QUEUE, tags: { demo: 'yes' }, ...nextJob(number, site, chance) })
    } catch (error) {
      if (!signal.aborted) log.warn({ error, code: isProblem(error) ? error.code : null }, 'no work in the background')
    }
    await until(number < 3 ? 1_500 : chance.between(12_000, 40_000), signal)
  }
}

function workerOf(andon: Andon, log: Logger) {
  return andon
    .worker({
      queues: [QUEUE],
      concurrency: 3,
      name: 'demonstration worker',
      drainMs: 0,
      onError: (error, doing) => log.debug({ error, doing }, 'the demonstration worker is refused something'),
    })
    .handle('scrape.web', scrape, { maxAttempts: 3, timeoutMs: 120_000 })
    .handle('extract.entities', new URL('./extract.ts', import.meta.url), { memoryMb: 256 })
    .handle('export.data', exporter(andon))
    .handle('report.pdf', new URL('./report.ts', import.meta.url), { memoryMb: REPORT_MEMORY_MB, cpuMs: 60_000 })
}

function nextJob(number: number, site: SupplierSite, chance: Chance) {
  const kinds = [
    () => {
      const pages = chance.between(6, 24)
      return {
        type: 'scrape.web',
        description: `Supplier's catalogue, ${pages} pages`,
        input: { url: site.url, pages },
      }
    },
    () => {
      const days = chance.happens(0.1) ? TOO_MANY_DAYS : chance.between(8, 20)
      return { type: 'report.pdf', description: `Weights of ${days} days`, input: { days } }
    },
    () => ({ type: 'export.data', description: 'History of the last day', input: { q: 'created:<1d' } }),
  ] as const
  return (kinds[number < kinds.length ? number : chance.between(0, kinds.length - 1)] ?? kinds[0])()
}
