import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

interface Pair {
  readonly client: Socket
  readonly target: Socket
}

/** A wire that a test can damage. Made by `startTcpProxy`; disposing cuts it for good. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: NetConnectOpts
  readonly #pairs = new Set<Pair>()
  #isSilent = false

  constructor(target: NetConnectOpts) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  get host(): string {
    return '127.0.0.1'
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Called once, by `startTcpProxy`. */
  async listen(): Promise<void> {
    this.#server.listen(0, this.host)
    await once(this.#server, 'listening')
  }

  /** From now on nothing gets through in either direction, and nobody is told: connections stay open. */
  silence(): void {
    this.#isSilent = true
    for (const { client, target } of this.#pairs) {
      client.pause()
      target.pause()
    }
  }

  /** What was held back goes on, and new connections get through. */
  heal(): void {
    this.#isSilent = false
    for (const { client, target } of this.#pairs) {
      client.resume()
      target.resume()
    }
  }

  /** Breaks every connection; new ones get through unless it is silent. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.resetAndDestroy()
      target.destroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    const pair = { client, target: connect(this.#target) }
    this.#pairs.add(pair)
    this.#forward(pair, client, pair.target)
    this.#forward(pair, pair.target, client)
  }

  #forward(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => {
      if (!this.#isSilent) from.resume()
    })
    from.on('end', () => to.end())
    // Whatever ends one side is told by its close.
    from.on('error', () => {})
    from.on('close', () => {
      to.destroy()
      this.#pairs.delete(pair)
    })
    if (this.#isSilent) from.pause()
  }
}

/** A proxy on a free port of loopback that passes everything on to `target`, a port or the path of a socket. */
export async function startTcpProxy(target: NetConnectOpts): Promise<TcpProxy> {
  const proxy = new TcpProxy(target)
  await proxy.listen()
  return proxy
}
