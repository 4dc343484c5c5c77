import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came. */
export interface ReceivedWebhook {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a receiver answers; null: nothing, ever. */
export interface WebhookAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A real HTTP server on loopback that keeps what is posted to it. */
export class WebhookReceiver implements AsyncDisposable {
  readonly url: string
  /** What came, oldest first. */
  readonly received: ReceivedWebhook[] = []
  /** Answers to come, the first one first; 204 when there are none left. */
  readonly answers: (WebhookAnswer | null)[] = []
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => void this.#take(request, response))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    this.received.push({ path: request.url ?? '', headers, body: Buffer.concat(chunks).toString('utf8') })
    const answer = this.answers.length === 0 ? { status: 204 } : this.answers.shift()
    if (!answer) return
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body)
  }
}

/** Starts a receiver on a free port. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return new WebhookReceiver(server)
}
