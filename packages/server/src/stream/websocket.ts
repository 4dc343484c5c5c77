import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AndonError, isUuid, problem, toProblemDocument } from '@andon/core'
import { WebSocket, WebSocketServer } from 'ws'
import { isTrustedOrigin } from '../http/origin.ts'
import { asProblem } from '../http/problems.ts'
import type { Actor } from '../policies/actor.ts'
import { BOARD } from '../policies/board.ts'
import { authorize } from '../policies/policy.ts'
import type { StreamHub } from './hub.ts'
import { CLOSE_REASONS, type Transport } from './outlet.ts'
import { Conversation } from './protocol.ts'

/** Longest message of a client. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** A client that answers no ping for so long is gone. */
const PING_MS = 30_000
/** Clients that are pinged before other work gets its turn. */
const PINGS_PER_TURN = 500

export interface WebSocketOptions {
  readonly server: Server
  readonly hub: StreamHub
  readonly allowedOrigins: readonly string[]
  /** Who holds the ticket or the token that came with the request; null when nobody does. A ticket is used up. */
  readonly identify: (request: IncomingMessage, ticket: string | null) => Promise<Actor | null>
}

/** Serves `/ws` and `/ws/jobs/{id}` on the server's upgrades. Disposing stops listening and cuts what is left. */
export function serveWebSockets(options: WebSocketOptions): Disposable {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    admit(options, request)
      .then(({ actor, jobId }) => {
        if (socket.destroyed) return
        sockets.handleUpgrade(request, socket, head, (client) => converse(options.hub, client, { actor, jobId }))
      })
      .catch((error: unknown) => refuse(socket, asProblem(error)))
  }
  options.server.on('upgrade', onUpgrade)
  const timer = setInterval(() => void pingAll(sockets), PING_MS)
  timer.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      options.server.off('upgrade', onUpgrade)
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    },
  }
}

interface Admitted {
  readonly actor: Actor
  /** Set for the address of one job. */
  readonly jobId: string | null
}

/** Everything is decided before the upgrade: address, origin, sign-in. */
async function admit(options: WebSocketOptions, request: IncomingMessage): Promise<Admitted> {
  const { pathname, searchParams } = URL.parse(request.url ?? '/', 'http://andon') ?? new URL('http://andon')
  const jobId = /^\/ws\/jobs\/([^/]+)$/.exec(pathname)?.[1] ?? null
  if (pathname !== '/ws' && jobId === null) throw problem('not_found')
  if (jobId !== null && !isUuid(jobId)) throw problem('job_not_found')
  const host = request.headers.host ?? null
  if (!isTrustedOrigin({ headers: request.headers, allowedOrigins: options.allowedOrigins, host })) {
    throw problem('origin_refused')
  }
  const actor = await options.identify(request, searchParams.get('ticket'))
  if (actor === null)
    throw problem('unauthenticated', { hint: 'Ask POST /api/stream/ticket for a ticket; it is good once.' })
  authorize(BOARD.stream, actor)
  return { actor, jobId: jobId?.toLowerCase() ?? null }
}

function refuse(socket: Duplex, error: AndonError): void {
  if (socket.destroyed) return
  const body = JSON.stringify(toProblemDocument(error, ''))
  socket.end(
    [
      `HTTP/1.1 ${error.status} Refused`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

const waitingForPong = new WeakSet<WebSocket>()

function converse(hub: StreamHub, client: WebSocket, { actor, jobId }: Admitted): void {
  const outlet = hub.connect(actor, transportOf(client))
  const conversation = new Conversation(hub, outlet)
  client.on('message', (data: Buffer) => conversation.receive(data))
  client.on('pong', () => waitingForPong.delete(client))
  client.on('close', () => hub.disconnect(outlet))
  client.on('error', () => client.terminate())
  if (jobId !== null) {
    conversation.receive(Buffer.from(JSON.stringify({ type: 'subscribe', id: 'job', topic: 'job', job_id: jobId })))
  }
}

function transportOf(client: WebSocket): Transport {
  return {
    get bufferedBytes() {
      return client.bufferedAmount
    },
    send: (text, _seq, onFlushed) => client.send(text, () => onFlushed()),
    close: (reason) => {
      const { code, text } = CLOSE_REASONS[reason]
      client.close(code, text)
      // A client that does not read does not answer the closing either.
      setTimeout(() => client.terminate(), reason === 'slow' ? 1000 : 5000).unref()
    },
  }
}

async function pingAll(sockets: WebSocketServer): Promise<void> {
  for (const [index, client] of [...sockets.clients].entries()) {
    if (index % PINGS_PER_TURN === PINGS_PER_TURN - 1) await nextTurn()
    if (waitingForPong.has(client)) client.terminate()
    else if (client.readyState === WebSocket.OPEN) {
      waitingForPong.add(client)
      client.ping()
    }
  }
}
