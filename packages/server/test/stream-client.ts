import { once } from 'node:events'
import type { StreamMessage } from '@andon/core'
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
