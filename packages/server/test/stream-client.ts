import { once } from 'node:events'
import type { Role, StreamMessage } from '@andon/core'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { TestServer } from './harness.ts'

/** A client that keeps what it hears and waits for what it expects. */
export class Client {
  readonly socket: WebSocket
  readonly messages: StreamMessage[] = []
  readonly #waiters = new Set<() => void>()
  closed: { code: number; reason: string } | null = null

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as StreamMessage)
      for (const waiter of this.#waiters) waiter()
    })
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      for (const waiter of this.#waiters) waiter()
    })
  }

  static async open(
    andon: TestServer,
    options: { as?: string; path?: string; headers?: Record<string, string> } = {},
  ): Promise<Client> {
    const { body } = await andon.call('POST', '/api/stream/ticket', { as: options.as ?? 'admin' })
    const path = options.path ?? '/ws'
    const socket = new WebSocket(`${andon.url.replace('http', 'ws')}${path}?ticket=${body.ticket}`, {
      headers: options.headers ?? {},
    })
    const client = new Client(socket)
    await once(socket, 'open')
    return client
  }

  async until(what: (message: StreamMessage) => boolean): Promise<StreamMessage> {
    await this.#wait(() => this.messages.some(what))
    const found = this.messages.find(what)
    if (!found) throw new Error('not found')
    return found
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    await this.#wait(() => this.closed !== null)
    if (!this.closed) throw new Error('still open')
    return this.closed
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  async subscribe(message: object): Promise<void> {
    const id = 'id' in message ? message.id : 'a'
    this.say({ type: 'subscribe', id: 'a', ...message })
    await this.until((each) => (each.type === 'subscribed' || each.type === 'error') && each.id === id)
  }

  /** Ids of the jobs that were told, in order. */
  get jobs(): { id: string; version: number; state: string }[] {
    return this.messages.flatMap((message) => (message.type === 'jobs' ? message.jobs : []))
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }

  async #wait(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`not heard; heard: ${JSON.stringify(this.messages).slice(0, 2000)}`)),
          15_000,
        )
        const waiter = (): void => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve()
        }
        this.#waiters.add(waiter)
      })
    }
  }
}

/** Server-sent events as they come. */
export interface Events extends Disposable {
  /** All that was heard. */
  readonly text: string
  until(isThere: (text: string) => boolean): Promise<void>
}

/** Opens a stream of server-sent events; by default as admin. */
export async function openEvents(
  andon: TestServer,
  path: string,
  options: { readonly as?: string; readonly headers?: Record<string, string> } = {},
): Promise<Events> {
  const stopping = new AbortController()
  const { as = 'admin', headers = {} } = options
  const response = await fetch(`${andon.url}${path}`, {
    headers: { authorization: `Bearer ${andon.tokens[as as Role] ?? as}`, ...headers },
    signal: stopping.signal,
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body?.getReader()
  let text = ''
  return {
    get text() {
      return text
    },
    until: async (isThere) => {
      while (!isThere(text)) {
        const { value } = (await reader?.read()) ?? {}
        if (!value) throw new Error(`the stream ended with: ${text.slice(0, 1000)}`)
        text += new TextDecoder().decode(value)
      }
    },
    [Symbol.dispose]: () => stopping.abort(),
  }
}
