import { setTimeout as delay } from 'node:timers/promises'
import { completed, type NodeJobContext } from '@andon/worker/node'

const PATTERNS = {
  lots: /\bL\d{6}\b/g,
  prices: /€ \d+\.\d{2}/g,
  weights: /\b\d+(?:,\d+)? (?:g|l)\b/g,
} as const

/** Finds lots, prices and weights in texts. */
export async function handle(job: NodeJobContext): Promise<unknown> {
  const { pages } = job.input as { readonly pages: readonly string[] }
  job.steps(pages.length)
  const found = new Map<string, Set<string>>(Object.keys(PATTERNS).map((name) => [name, new Set<string>()]))
  for (const [index, page] of pages.entries()) {
    await job.step(`text ${index + 1}`)
    for (const [name, pattern] of Object.entries(PATTERNS)) {
      for (const [entity] of page.matchAll(pattern)) found.get(name)?.add(entity)
    }
    // A reader of texts takes its time over each; at full speed nobody would see it work.
    await delay(120, undefined, { signal: job.signal })
  }
  const counts = Object.fromEntries([...found].map(([name, entities]) => [name, entities.size]))
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return completed(counts, `${total} entities found`)
}
