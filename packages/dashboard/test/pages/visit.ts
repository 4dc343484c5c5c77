import type { BrowserContext, Locator, Page, Response } from 'playwright-core'
import { IdentityProvider } from '../../../server/test/identity-provider.ts'
import { api, labels, type WatchedPage, watchedPage, World } from '../world.ts'

/** What the first account is given, and signs in with. */
export const PASSWORD = 'a few good words'

/** Longer than a page takes on a machine that does other things as well. */
const WAIT_MS = 25_000

interface Parts {
  readonly context: BrowserContext
  readonly provider: IdentityProvider
  readonly watched: WatchedPage
  readonly world: World
}

/** One visit of a person to one server: all pages are looked at in the same browser, one after another. */
export class Visit implements AsyncDisposable {
  #parts: Parts | null = null

  async begin(): Promise<void> {
    const provider = await IdentityProvider.listen()
    provider.people.set('p-1', { preferred_username: 'olga', name: 'Olga Ek', groups: ['print-shop'] })
    const world = await World.start({
      ANDON_OIDC_ISSUER: provider.issuer,
      ANDON_OIDC_CLIENT_ID: provider.client.id,
      ANDON_OIDC_CLIENT_SECRET: provider.client.secret,
      ANDON_OIDC_NAME: 'Shop SSO',
      ANDON_OIDC_ROLE_CLAIM: 'groups',
      ANDON_OIDC_ROLES: 'print-shop=operator',
    })
    const context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    const watched = await watchedPage(context)
    watched.page.setDefaultTimeout(WAIT_MS)
    this.#parts = { context, provider, watched, world }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts?.world[Symbol.asyncDispose]()
    await this.#parts?.provider[Symbol.asyncDispose]()
  }

  get context(): BrowserContext {
    return this.#begun.context
  }

  get page(): Page {
    return this.#begun.watched.page
  }

  /** Lets people in besides passwords. */
  get provider(): IdentityProvider {
    return this.#begun.provider
  }

  get watched(): WatchedPage {
    return this.#begun.watched
  }

  get world(): World {
    return this.#begun.world
  }

  readonly open = (path: string): Promise<Response | null> => this.page.goto(this.world.base + path)

  readonly heading = (name: string | RegExp): Locator => this.page.getByRole('heading', { level: 1, name })

  /** Prints so many labels on the printer that the visit adds first. */
  readonly print = (count: number, description: string): Promise<{ id: string }> =>
    api<{ id: string }>(this.page, '/api/print', { printer: 'Label 01', description, items: labels(count) })

  get #begun(): Parts {
    if (this.#parts === null) throw new Error('The visit has not begun')
    return this.#parts
  }
}
