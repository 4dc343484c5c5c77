import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

/** What the provider knows of somebody, besides the name that they sign in with, which is its `sub`. */
export type Person = Readonly<Record<string, unknown>>

const CLIENT = { id: 'andon', secret: 'the secret that both know' } as const

/** A real provider of OpenID Connect on loopback, whose pages let anybody in whom it knows. */
export class IdentityProvider implements AsyncDisposable {
  readonly issuer: string
  readonly client = CLIENT
  readonly people = new Map<string, Person>()
  readonly #server: ReturnType<typeof createServer>
  #answer: RequestListener = (_request, response) => response.writeHead(503).end()

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    server.on('request', (request, response) => this.#answer(request, response))
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** It answers 503 until it is opened: who it serves is not known yet. */
  static async listen(): Promise<IdentityProvider> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new IdentityProvider(server)
  }

  open(redirectUri: string): void {
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
      claims: {
        openid: ['sub'],
        profile: ['name', 'preferred_username', 'groups'],
        email: ['email', 'email_verified'],
      },
      cookies: { keys: ['only for tests'] },
      findAccount: (_ctx, sub) => {
        const person = this.people.get(sub)
        return person && { accountId: sub, claims: async () => ({ sub, ...person }) }
      },
      pkce: { required: () => true },
    })
    const answer = provider.callback()
    this.#answer = (request, response) => void answer(request, response)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** A browser without a page: it keeps cookies, follows redirects and fills in the provider's forms. */
export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** What is kept for an origin, as the header sends it. */
  cookieOf(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Forgets a cookie, as a browser does that was closed. */
  forget(origin: string, name: string): void {
    this.#cookies.get(origin)?.delete(name)
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url)
    const headers = new Headers(init.headers)
    headers.set('cookie', this.cookieOf(origin))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(origin, line)
    return response
  }

  /** Goes on until the provider sends the browser back; the address it is sent to. */
  async signInAtProvider(start: string, login: string): Promise<string> {
    const back = (url: string) => !url.startsWith(new URL(start).origin)
    let url = start
    let init: RequestInit = {}
    while (!back(url)) {
      const response = await this.fetch(url, init)
      const to = response.headers.get('location')
      init = to === null ? formOf(await response.text(), login) : {}
      if (to !== null) url = new URL(to, url).href
    }
    return url
  }

  /** The whole way from the button to the page behind it. */
  async signIn(andon: string, login: string, path = '/api/sign-in/provider'): Promise<Response> {
    const begun = await this.fetch(`${andon}${path}`)
    return this.fetch(await this.signInAtProvider(begun.headers.get('location') ?? '', login))
  }

  #keep(origin: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const jar = this.#cookies.get(origin) ?? new Map<string, string>()
    const isOver = attributes.some((attribute) => /^\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(attribute))
    if (isOver || value === '') jar.delete(name)
    else jar.set(name, value)
    this.#cookies.set(origin, jar)
  }
}

function formOf(html: string, login: string): RequestInit {
  const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1]
  if (prompt === undefined) throw new Error(`the provider shows no form: ${html.slice(0, 2000)}`)
  return { method: 'POST', body: new URLSearchParams({ prompt, login, password: 'any' }) }
}
