import { type DiscoveredPrinter, type Role, ROLES, type Scope, SCOPES } from '@andon/core'
import { createDriver, inspectAddress, probePrinter } from '@andon/print'
import { createAccount, createToken, findStation, openStore, type Store } from '@andon/store'
import { testDatabase } from '@andon/testing'
import { expect } from 'vitest'
import { type AndonServer, createLog, createServer, type PrintingPort, type ServerDeps } from '../src/index.ts'
import { hashSecret, newSecret, TOKEN_PREFIX } from '../src/sign-in/secrets.ts'
import { validatorOf } from '@andon/core/requests'

export const TEST = { name: 'test' }

/** A PNG of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** The drivers as they are; only CUPS and the renderer, which have tests of their own, are answered here. */
export const PRINTING: PrintingPort = {
  status: async ({ address }, signal) => {
    const driver = createDriver(address)
    try {
      return await driver.status(signal)
    } finally {
      await driver.close()
    }
  },
  probe: probePrinter,
  inspect: inspectAddress,
  discover: async (): Promise<DiscoveredPrinter[]> => [
    {
      name: 'Found',
      uri: 'ipp://127.0.0.1:1/printers/Found',
      driver: 'ipp',
      model: null,
      location: null,
      deviceUri: null,
    },
  ],
  preview: async () => PIXEL,
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read answers that have no type yet: the wire is what is tested
  readonly body: any
}

export interface RequestOptions {
  /** A role, a token, or nobody. */
  readonly as?: string | null
  readonly body?: unknown
  readonly raw?: string | Uint8Array<ArrayBuffer> | FormData
  readonly headers?: Record<string, string>
}

export interface TestServer extends AsyncDisposable {
  readonly store: Store
  readonly server: AndonServer
  /** Of the database that is its own. */
  readonly databaseUrl: string
  readonly url: string
  /** Tokens by role, and the ids of their accounts. */
  readonly tokens: Readonly<Record<Role, string>>
  readonly accounts: Readonly<Record<Role, number>>
  /** One request over a real connection; by default as admin. Answers are compared with the document of the API. */
  call(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** Tied to a station where one is named. */
  token(role: Role, scopes: readonly Scope[], station?: string): Promise<string>
}

/** A server over a database of its own, listening on loopback, with an account for each role. */
export async function startTestServer(deps: Partial<ServerDeps> = {}): Promise<TestServer> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const store = stack.use(await openStore({ connection: database.url }))
  const settings = {
    ...deps.settings,
    rateLimits: deps.settings?.rateLimits ?? { requestsPerMinute: 0, signInsPerMinute: 0 },
  }
  const log = createLog({ level: 'error' })
  const server = stack.use(await createServer({ store, printing: PRINTING, log, ...deps, settings }))
  const url = await server.listen()
  const accounts: Partial<Record<Role, number>> = {}
  const tokens: Partial<Record<Role, string>> = {}
  for (const role of ROLES) {
    const account = await createAccount(store, { name: role, role, can_read_payloads: role === 'admin' }, TEST)
    accounts[role] = account.id
    tokens[role] = await makeToken(store, account.id, SCOPES)
  }
  const check = documentCheck(url)
  return {
    store,
    server,
    databaseUrl: database.url,
    url,
    accounts: accounts as Record<Role, number>,
    tokens: tokens as Record<Role, string>,
    token: (role, scopes, station) => makeToken(store, accounts[role] ?? 0, scopes, station),
    call: async (method, path, { as = 'admin', body, headers = {}, raw } = {}) => {
      const token = as === null ? null : (tokens[as as Role] ?? as)
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(raw === undefined ? {} : { body: raw }),
      })
      const answer = { status: response.status, headers: response.headers, body: await readBody(response) }
      await check(method, path, answer)
      return answer
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function makeToken(store: Store, accountId: number, scopes: readonly Scope[], station?: string): Promise<string> {
  const token = newSecret(TOKEN_PREFIX)
  const fields = { id: store.newId(), accountId, name: 'test', scopes, expiresAt: null, prefix: token.slice(0, 12) }
  const stationId = station === undefined ? null : ((await findStation(store, station))?.id ?? null)
  await createToken(store, { ...fields, stationId, hash: hashSecret(token) }, TEST)
  return token
}

async function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('json')) return response.json()
  return type.startsWith('image/') ? Buffer.from(await response.arrayBuffer()) : response.text()
}

/** Compares an answer with what the document says of its route and status. */
function documentCheck(url: string): (method: string, path: string, answer: Answer) => Promise<void> {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read answers that have no type yet: the wire is what is tested
  let document: any = null
  const validators = new Map<string, (value: unknown) => unknown>()
  return async (method, path, answer) => {
    document ??= await (await fetch(`${url}/api/openapi.json`)).json()
    if (!(answer.headers.get('content-type') ?? '').includes('json')) return
    const found = findOperation(document, method.toLowerCase(), path.split('?')[0] ?? '')
    if (!found) return
    const { responses } = found.operation
    const type = answer.headers.get('content-type')?.includes('problem')
      ? 'application/problem+json'
      : 'application/json'
    // A gateway refuses in words of its own.
    const isRefusal = type in responses.default.content && !responses[answer.status]?.content
    const status = isRefusal ? 'default' : String(answer.status)
    const response = responses[status]
    expect(response, `${method} ${path} answered ${answer.status}, which its document does not know`).toBeDefined()
    const content = response.content?.[type]
    if (!content) return
    const key = `${method} ${found.pattern} ${status}`
    const validator = validators.get(key) ?? validatorOf(inline(content.schema, document), 'body')
    validators.set(key, validator)
    validator(answer.body)
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests read answers that have no type yet: the wire is what is tested
function findOperation(document: any, method: string, path: string) {
  const parts = path.split('/')
  const matches = Object.keys(document.paths)
    .filter((pattern) => document.paths[pattern][method])
    .filter((pattern) => {
      const wanted = pattern.split('/')
      return (
        wanted.length === parts.length && wanted.every((part, index) => part.startsWith('{') || part === parts[index])
      )
    })
    .toSorted((one, other) => one.split('{').length - other.split('{').length)
  const pattern = matches[0]
  return pattern === undefined ? null : { pattern, operation: document.paths[pattern][method] }
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests read answers that have no type yet: the wire is what is tested
function inline(schema: any, document: any): any {
  if (Array.isArray(schema)) return schema.map((entry) => inline(entry, document))
  if (typeof schema !== 'object' || schema === null) return schema
  if (typeof schema.$ref === 'string')
    return inline(document.components.schemas[schema.$ref.split('/').at(-1)], document)
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inline(value, document)]))
}
