import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Connections over which nothing was asked yet, as browsers open them ahead of need. */
export class FreshConnections {
  readonly #sockets = new Set<Socket>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('request', ({ socket }) => this.#sockets.delete(socket))
    server.on('upgrade', ({ socket }) => this.#sockets.delete(socket))
  }

  /** Node counts them as busy, and would wait for them when the server closes. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
