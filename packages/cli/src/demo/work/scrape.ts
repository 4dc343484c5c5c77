import { completed, type NodeJobContext } from '@andon/worker/node'

/** Follows a catalogue page by page, and hands what it read to the extractor. */
export async function scrape(job: NodeJobContext): Promise<unknown> {
  const { url, pages: limit } = job.input as { readonly url: string; readonly pages: number }
  job.steps(limit)
  const pages: string[] = []
  for (let next: string | null = url; next !== null && pages.length < limit; ) {
    await job.step(`page ${pages.length + 1}`)
    const page = await read(next, job.signal)
    pages.push(textOf(page))
    job.log.debug(`read ${next}`, { characters: page.length })
    next = nextOf(page, next)
  }
  const extraction = await job.create({
    type: 'extract.entities',
    queue: 'background',
    description: `What is in ${pages.length} pages`,
    input: { pages },
    tags: { demo: 'yes' },
    idempotency_key: 'extract',
  })
  return completed({ pages: pages.length, extraction }, `${pages.length} pages read`)
}

async function read(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal })
  if (answer.ok) return answer.text()
  throw Object.assign(new Error(`The supplier's page answers ${answer.status}.`), {
    code: 'site_unavailable',
    retryable: true,
  })
}

function textOf(page: string): string {
  return page.replaceAll(/<[^>]*>/g, '\n').replaceAll(/\n+/g, '\n')
}

function nextOf(page: string, base: string): string | null {
  const href = /<a rel="next" href="([^"]+)"/.exec(page)?.[1]
  return href === undefined ? null : new URL(href, base).href
}
