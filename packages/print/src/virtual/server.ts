import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { IppFormatError } from '../ipp/guard.ts'
import { decodeMessage, encodeReply, type IppMessage, type IppReplyMessage } from '../ipp/message.ts'

/** Longest request that is read: a document of 50 MiB and its attributes. */
const MAX_REQUEST_BYTES = 51 * 1024 * 1024

/** Trouble of the network side, asked for with each request. */
export interface NetworkFaults {
  /** Document bytes after which the connection breaks and the printer is gone; null for never. */
  diesAfterBytes: number | null
  /** The next document is taken whole, and the printer is gone before it answers. */
  diesAfterDocument: boolean
  /** Takes connections and never answers. */
  isWedged: boolean
  /** Waits so long before each answer, in milliseconds. */
  answerDelayMs: number
}

/** The IPP over HTTP side of the virtual printer. It can go away and come back at the same port. */
export class VirtualServer {
  readonly faults: NetworkFaults = { diesAfterBytes: null, diesAfterDocument: false, isWedged: false, answerDelayMs: 0 }
  readonly #answer: (request: IppMessage) => IppReplyMessage
  readonly #onDeath: () => void
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #port: number

  constructor(port: number, hooks: { answer: (request: IppMessage) => IppReplyMessage; onDeath: () => void }) {
    this.#port = port
    this.#answer = hooks.answer
    this.#onDeath = hooks.onDeath
  }

  get port(): number {
    return this.#port
  }

  async listen(): Promise<void> {
    if (this.#server !== null) return
    const server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing))
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** Closes the port and every connection. May be called twice. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    outgoing.on('error', () => outgoing.destroy())
    const body = await this.#read(incoming)
    if (body === null || this.faults.isWedged) return
    if (incoming.method !== 'POST' || incoming.headers['content-type'] !== 'application/ipp') {
      outgoing.writeHead(404, { 'content-type': 'text/plain' }).end('This is a virtual IPP printer.\n')
      return
    }
    const request = readRequest(body)
    if (request === null) {
      outgoing.writeHead(400).end()
      return
    }
    const reply = encodeReply(this.#answer(request))
    if (this.faults.diesAfterDocument && request.data.length > 0) {
      this.faults.diesAfterDocument = false
      return this.#die()
    }
    setTimeout(
      () => outgoing.writeHead(200, { 'content-type': 'application/ipp', 'content-length': reply.length }).end(reply),
      this.faults.answerDelayMs,
    )
  }

  /** The whole request; null when it broke off, was too long, or the printer died of it. */
  async #read(incoming: IncomingMessage): Promise<Buffer | null> {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length
        chunks.push(chunk)
        const limit = this.faults.diesAfterBytes
        if (limit !== null && sizeBytes > limit && hasDocument(chunks)) {
          this.faults.diesAfterBytes = null
          this.#die()
          return null
        }
        if (sizeBytes > MAX_REQUEST_BYTES) {
          incoming.destroy()
          return null
        }
      }
    } catch {
      return null
    }
    return Buffer.concat(chunks)
  }

  #die(): void {
    this.#onDeath()
    void this.close()
  }
}

/** Whether the request is one that carries a document (Print-Job or Send-Document). */
function hasDocument(chunks: readonly Buffer[]): boolean {
  const operation = chunks[0] !== undefined && chunks[0].length >= 4 ? chunks[0].readUInt16BE(2) : 0
  return operation === 0x0002 || operation === 0x0006
}

function readRequest(body: Buffer): IppMessage | null {
  try {
    return decodeMessage(body)
  } catch (error) {
    if (error instanceof IppFormatError) return null
    throw error
  }
}
