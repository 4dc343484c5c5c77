import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Chance } from '../chance.ts'
import { DEMO_PRODUCTS } from '../catalogue.ts'

/** A supplier's catalogue on loopback, for the scraper to read. */
export interface SupplierSite extends AsyncDisposable {
  readonly url: string
}

const PAGES = 24

/** How often a page answers that it is overloaded. */
const TROUBLE = 0.01

/** Milliseconds that a page takes. */
const SLOWNESS = [80, 600] as const

/** Opens the catalogue at a free port. Now and then a page is overloaded, as pages are. */
export async function openSupplierSite(chance: Chance): Promise<SupplierSite> {
  const server = createServer((request, response) => {
    const number = Number(/^\/catalogue\/(\d+)$/.exec(request.url ?? '')?.[1] ?? Number.NaN)
    const isKnown = number >= 1 && number <= PAGES
    setTimeout(
      () => {
        const status = !isKnown ? 404 : chance.happens(TROUBLE) ? 503 : 200
        response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
        response.end(status === 200 ? cataloguePage(number, chance) : 'Not now.')
      },
      chance.between(...SLOWNESS),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server)}/catalogue/1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function cataloguePage(number: number, chance: Chance): string {
  const articles = Array.from({ length: 30 }, (_, index) => {
    const name = chance.oneOf(DEMO_PRODUCTS)
    return `<li data-article="A${number * 100 + index}">${name}, lot L${chance.between(100_000, 999_999)}, € ${chance.between(2, 90)}.${chance.between(10, 99)}</li>`
  })
  const next = number < PAGES ? `<a rel="next" href="/catalogue/${number + 1}">next</a>` : ''
  return `<!doctype html><title>Catalogue, page ${number}</title><ul>${articles.join('')}</ul>${next}`
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
