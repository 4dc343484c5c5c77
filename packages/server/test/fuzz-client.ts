import { Agent, type IncomingMessage, request as sendRequest } from 'node:http'
import { finished } from 'node:stream/promises'
import { ROLES, type Role } from '@andon/core'
import { type FuzzedRequest, nameOf } from './fuzz-requests.ts'

/** What a request came to. */
export interface Outcome {
  /** 599 when the connection broke, or nothing was answered for a minute. */
  readonly status: number
  /** Of a refusal; empty otherwise. */
  readonly code: string
}

export interface Sender {
  readonly tokens: Readonly<Record<Role, string>>
  /** Headers for what a token cannot do, by operation. */
  readonly credentials: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** Answers that go on until the client has heard enough. */
const ENDLESS = /^\/api\/stream($|\?)|[?&]follow=true/
const TIMEOUT_MS = 60_000

/** Sends requests over connections that are kept, each from an address of its own, since addresses are throttled. */
export class FuzzClient {
  readonly #agent: Agent
  readonly #url: URL
  #sent = 0

  constructor(url: string, atOnce: number) {
    this.#url = new URL(url)
    this.#agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  }

  close(): void {
    this.#agent.destroy()
  }

  /** @param index of the request among those of its operation, which decides who asks */
  send(fuzzed: FuzzedRequest, index: number, sender: Sender): Promise<Outcome> {
    const { body, operation, path } = fuzzed
    const options = {
      agent: this.#agent,
      host: this.#url.hostname,
      port: this.#url.port,
      method: operation.method,
      path,
      headers: { ...this.#from(), ...sizeOf(body), ...whoAsks(fuzzed, index, sender), ...fuzzed.headers },
      timeout: TIMEOUT_MS,
    }
    return new Promise((resolve) => {
      const broken = (): void => resolve({ status: 599, code: '' })
      const request = sendRequest(options, (answer) => resolve(outcomeOf(answer, path).catch(() => BROKEN)))
      request.on('error', broken)
      request.on('timeout', () => request.destroy())
      request.end(body ?? undefined)
    })
  }

  #from(): { readonly 'x-forwarded-for': string } {
    this.#sent += 1
    return { 'x-forwarded-for': `10.${(this.#sent >> 16) & 255}.${(this.#sent >> 8) & 255}.${this.#sent & 255}` }
  }
}

/** Said always: without it the body of a DELETE would be taken for the next request. */
function sizeOf(body: string | null): Record<string, string> {
  return body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }
}

const BROKEN: Outcome = { status: 599, code: '' }

/** Mostly an administrator, who gets the furthest; the others in turns. */
function whoAsks({ operation }: FuzzedRequest, index: number, sender: Sender): Readonly<Record<string, string>> {
  const isInTurn = index % 4 === 0
  const role = isInTurn ? ROLES[(index / 4) % ROLES.length] : 'admin'
  const own = isInTurn ? undefined : sender.credentials.get(nameOf(operation))
  return own ?? { authorization: `Bearer ${sender.tokens[role ?? 'admin']}` }
}

/** A page that the server was told to trust. */
export const ORIGIN = 'http://fuzz.example'

async function outcomeOf(answer: IncomingMessage, path: string): Promise<Outcome> {
  const status = answer.statusCode ?? 599
  if (status < 400) {
    if (ENDLESS.test(path)) answer.destroy()
    else await finished(answer.resume())
    return { status, code: '' }
  }
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { status, code: /"code":"(\w+)"/.exec(text)?.[1] ?? '' }
}
