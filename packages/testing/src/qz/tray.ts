import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { Cups, type CupsEvent, type CupsQueue } from './cups.ts'
import { detailOf } from './details.ts'
import { documentOf, type QzPrintParams } from './document.ts'
import { QzMemory } from './memory.ts'
import { isSigned, keyOfCertificate, type QzSigned } from './signature.ts'
import { type QzEvent, type QzSaid, toQzEvents } from './status.ts'
import { CupsWatch } from './watch.ts'

/** The habits of QZ Tray that catch clients out. Each may be switched at any time. */
export interface QzTraps {
  /** Events of a job come before `print` is answered; otherwise the answer comes first. Both happen; default: false. */
  eventsBeforeReply: boolean
  /** A reason that clears while another stays emits nothing; default: true. */
  hidesClearedReasons: boolean
  /** Reasons ending in `-error` are not known; default: true. */
  ignoresErrorReasons: boolean
  /** Printers that are new are found by {@link QzTray.findNewPrinters} only; default: true. */
  listsPrintersLate: boolean
  /** Who stops to listen takes the events of a printer from all who listen to it; default: true. */
  losesOtherListeners: boolean
  /** Jobs are named by the spooler instead of by the client; default: false. */
  losesJobNames: boolean
  /** As on macOS: nothing is told of a printer that it does not find, nor of those named after it; default: false. */
  refusesUnknownPrinters: boolean
}

/** What may happen to the answer of a `print` whose document is spooled. */
export type QzMishap = 'dies' | 'fails' | 'is-silent'

export interface QzTrayOptions {
  /** The cupsd whose queues it has, such as `ipp://127.0.0.1:6631/`. */
  readonly cupsUri: string
  readonly traps?: Partial<QzTraps>
}

interface Request extends QzSigned {
  readonly uid?: string
  readonly certificate?: unknown
}

interface Client {
  readonly socket: WebSocket
  /** Null until a certificate came. */
  key: KeyObject | null
  isListening: boolean
  /** The request that is being obeyed: one after the other. */
  work: Promise<void>
}

const VERSION = '2.2.6'
const SPOOLERS_NAME = 'Local Downlevel Document'
/** Stands for all printers among those that somebody listens to. */
const ALL = ''
/** What everybody may call, without a signature and without asking the user. */
const OPEN_CALLS: ReadonlySet<string> = new Set(['getVersion', 'printers.getStatus', 'printers.stopListening'])

/**
 * QZ Tray 2.2 as its clients see it, in front of the queues of a real cupsd: what is printed comes out there, and its
 * events are those of CUPS. Its user lets in who has a certificate and signs; all others are turned away, as is
 * everybody once the user has said so.
 */
export class QzTray implements AsyncDisposable {
  readonly traps: QzTraps
  /** Its user has blocked the site of the clients. */
  isBlocked = false
  /** It hangs: takes connections and frames, and answers nothing until it no longer hangs. What it missed is lost. */
  isHanging = false
  /** It says nothing of printers and jobs any more, though it answers: what it does not say is lost. */
  isMute = false
  /** Versions before 2.2.4 cannot take jobs out of a queue. */
  canClearQueue = true
  /** Events that were sent to at least one client, oldest first. */
  readonly sent: QzEvent[] = []
  /** Events that nobody was sent since it was mute, oldest first. */
  readonly missed: QzEvent[] = []
  /** Numbers of the jobs of CUPS that were spooled here, oldest first. */
  readonly spooled: number[] = []
  readonly #cups: Cups
  readonly #waiters = new Set<() => void>()
  readonly #clients = new Set<Client>()
  /** Who listens to which printer. */
  readonly #listeners = new Map<string, Set<Client>>()
  readonly #memory: QzMemory
  #port = 0
  #server: WebSocketServer | null = null
  #watch: CupsWatch | null = null
  #names: readonly string[] = []
  #mishap: QzMishap | null = null
  #ending: Promise<unknown> = Promise.resolve()

  constructor(options: QzTrayOptions) {
    this.#cups = new Cups(options.cupsUri)
    this.traps = {
      eventsBeforeReply: false,
      hidesClearedReasons: true,
      ignoresErrorReasons: true,
      listsPrintersLate: true,
      losesOtherListeners: true,
      losesJobNames: false,
      refusesUnknownPrinters: false,
      ...options.traps,
    }
    this.#memory = new QzMemory(this.traps)
  }

  /** The insecure port, for `port: { secure: [], insecure: [port] }` of the client; it stays the same. */
  get port(): number {
    return this.#port
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#clients.size
  }

  /** Opens the port. May be called twice. */
  async start(): Promise<void> {
    await this.#ending
    if (this.#server !== null) return
    const server = new WebSocketServer({ host: '127.0.0.1', port: this.#port })
    this.#server = server
    server.on('connection', (socket) => this.#accept(socket))
    try {
      await once(server, 'listening')
      this.#port = (server.address() as AddressInfo).port
      await this.findNewPrinters()
      this.#watch = new CupsWatch(this.#cups, (event) => this.#onCupsEvent(event))
      await this.#watch.start()
    } catch (error) {
      await this.stop()
      throw error
    }
    this.#changed()
  }

  /**
   * It is ended at once, whatever it does: connections break, and what waits for an answer never has one. What was
   * spooled is with CUPS and comes out. May be called twice; `start` has it back at the same port.
   */
  async stop(): Promise<void> {
    this.#ending = Promise.all([this.#ending, this.#end()])
    await this.#ending
  }

  /** The next document is spooled, and QZ Tray ends before it says so. */
  dieAfterSpooling(): void {
    this.missAfterSpooling('dies')
  }

  /** The next document is spooled, and its client has no answer, or one that says the contrary. */
  missAfterSpooling(mishap: QzMishap): void {
    this.#mishap = mishap
  }

  /** Says something to all who listen to the printer that CUPS has no words for, such as what Windows says of a job. */
  say(event: QzSaid): void {
    const type = 'PRINTER'
    for (const client of this.#listenersOf(event.printerName)) send(client, { type, event: JSON.stringify(event) })
  }

  /** Lists printers as they are now; QZ Tray does so by itself after some minutes. */
  async findNewPrinters(): Promise<void> {
    this.#names = (await this.#cups.queues()).map(({ name }) => name)
  }

  /** Resolves when `isTrue` holds; tried again after each event, connection, spooled job, start and stop. */
  async until(isTrue: (tray: this) => boolean): Promise<void> {
    while (!isTrue(this)) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #end(): Promise<void> {
    const [server, watch] = [this.#server, this.#watch]
    this.#server = null
    this.#watch = null
    this.#listeners.clear()
    this.#memory.clear()
    for (const { socket } of this.#clients) socket.terminate()
    this.#clients.clear()
    this.#changed()
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()))
    await watch?.stop()
  }

  #accept(socket: WebSocket): void {
    const client: Client = { socket, key: null, isListening: false, work: Promise.resolve() }
    this.#clients.add(client)
    socket.on('error', () => socket.terminate())
    socket.on('message', (data) => {
      client.work = client.work.then(() => this.#receive(client, textOf(data)))
    })
    socket.on('close', () => {
      this.#clients.delete(client)
      this.#stopListening(client)
      this.#changed()
    })
    this.#changed()
  }

  async #receive(client: Client, text: string): Promise<void> {
    if (text === 'ping' || this.isHanging) return
    let request: Request = {}
    try {
      request = JSON.parse(text) as Request
      if ('certificate' in request) this.#shakeHands(client, request)
      else await this.#obey(client, request)
    } catch (error) {
      send(client, { uid: request.uid, error: error instanceof Error ? error.message : String(error) })
    }
  }

  #shakeHands(client: Client, { certificate, uid }: Request): void {
    client.key = keyOfCertificate(certificate)
    if (client.key !== null && !this.isBlocked) return send(client, { uid })
    send(client, { uid, error: 'Connection blocked by client' })
    client.socket.close()
  }

  async #obey(client: Client, request: Request): Promise<void> {
    const { call = 'NONE', uid } = request
    if (!OPEN_CALLS.has(call) && !this.#isAllowed(client, request)) {
      return send(client, { uid, error: 'Request blocked' })
    }
    if (call === 'print') return this.#print(client, uid, request.params ?? {})
    send(client, { uid, result: await this.#resultOf(client, call, request) })
  }

  #isAllowed(client: Client, request: Request): boolean {
    return !this.isBlocked && client.key !== null && isSigned(client.key, request)
  }

  #resultOf(client: Client, call: string, { params }: Request): unknown {
    switch (call) {
      case 'getVersion':
        return VERSION
      case 'printers.find':
        return this.#find((params as { query?: string } | null)?.query)
      case 'printers.getDefault':
        return this.#cups.defaultQueue()
      case 'printers.detail':
        return this.#details()
      case 'printers.startListening':
        return this.#startListening(client, (params as { printerNames?: (string | null)[] } | null)?.printerNames ?? [])
      case 'printers.clearQueue':
        return this.#clearQueue(params as { jobId?: number } | null)
      case 'printers.getStatus':
        return this.#sendStatuses(client)
      case 'printers.stopListening':
        return this.#stopListening(client)
      default:
        throw new Error(`Invalid function call: ${call}`)
    }
  }

  async #find(query: string | undefined): Promise<string | string[]> {
    const names = (await this.#queues()).map(({ name }) => name)
    if (query === undefined) return names
    const found = names.find((name) => name === query) ?? names.find((name) => name.includes(query))
    if (found === undefined) throw new Error('Specified printer could not be found.')
    return found
  }

  async #details(): Promise<unknown> {
    const standard = await this.#cups.defaultQueue()
    return (await this.#queues()).map((queue) => detailOf(queue, standard))
  }

  /** The queues that it has noticed. */
  async #queues(): Promise<CupsQueue[]> {
    const queues = await this.#cups.queues()
    return this.traps.listsPrintersLate ? queues.filter(({ name }) => this.#names.includes(name)) : queues
  }

  /** One job of a queue; that of all of them is not needed here. */
  async #clearQueue(params: { jobId?: number } | null): Promise<null> {
    if (!this.canClearQueue || params?.jobId === undefined)
      throw new Error('Invalid function call: printers.clearQueue')
    await this.#cups.cancel(params.jobId)
    return null
  }

  async #startListening(client: Client, names: readonly (string | null)[]): Promise<void> {
    client.isListening = true
    const known = this.traps.refusesUnknownPrinters ? (await this.#queues()).map((queue) => queue.name) : null
    for (const name of names.includes(null) ? [ALL] : names) {
      if (known?.includes(name ?? ALL) === false) throw new Error('IllegalArgumentException')
      const listeners = this.#listeners.get(name ?? ALL) ?? new Set()
      this.#listeners.set(name ?? ALL, listeners.add(client))
    }
  }

  #stopListening(client: Client): void {
    client.isListening = false
    for (const [name, clients] of this.#listeners) {
      if (clients.delete(client) && (this.traps.losesOtherListeners || clients.size === 0)) this.#listeners.delete(name)
    }
  }

  /** Events of all that the client listens to, though nothing changed. */
  async #sendStatuses(client: Client): Promise<void> {
    if (!client.isListening) throw new Error('No printer listeners started for this client.')
    for (const { name: printer, state, reasons } of await this.#cups.queues()) {
      if (!this.#listenersOf(printer).has(client)) continue
      for (const event of toQzEvents({ printer, state, reasons, job: null }, !this.traps.ignoresErrorReasons)) {
        this.#sendEvent([client], event)
      }
    }
  }

  async #print(client: Client, uid: string | undefined, params: QzPrintParams): Promise<void> {
    const name = params.printer?.name
    if (name === undefined) throw new Error('A printer must be specified before printing')
    const queue = (await this.#queues()).find((candidate) => candidate.name === name)
    if (queue === undefined) throw new Error(`Cannot find printer with name "${name}"`)
    const given = documentOf(params)
    const document = this.traps.losesJobNames ? { ...given, jobName: SPOOLERS_NAME } : given
    const release = this.traps.eventsBeforeReply ? null : await this.#watch?.hold()
    try {
      const id = await this.#cups.print(queue.name, document)
      this.spooled.push(id)
      this.#changed()
      const mishap = this.#mishap
      this.#mishap = null
      if (mishap === 'dies') return void this.stop()
      if (mishap === 'is-silent') return
      if (this.traps.eventsBeforeReply) await this.until(() => this.#server === null || this.#memory.knowsJob(id))
      if (mishap === 'fails') throw new Error('The spooler failed')
      send(client, { uid })
    } finally {
      release?.()
    }
  }

  #onCupsEvent(event: CupsEvent): void {
    for (const news of this.#memory.news(event)) this.#sendEvent([...this.#listenersOf(event.printer)], news)
    this.#changed()
  }

  #listenersOf(printer: string): ReadonlySet<Client> {
    return new Set([...(this.#listeners.get(printer) ?? []), ...(this.#listeners.get(ALL) ?? [])])
  }

  #sendEvent(clients: readonly Client[], event: QzEvent): void {
    if (clients.length === 0 || this.isHanging) return
    if (this.isMute) return this.#miss(event)
    for (const client of clients) send(client, { type: 'PRINTER', event: JSON.stringify(event) })
    this.sent.push(event)
    this.#changed()
  }

  #miss(event: QzEvent): void {
    this.missed.push(event)
    this.#changed()
  }

  #changed(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const resolve of waiters) resolve()
  }
}

/** Makes a QZ Tray in front of a cupsd and opens its port. */
export async function startQzTray(options: QzTrayOptions): Promise<QzTray> {
  const tray = new QzTray(options)
  await tray.start()
  return tray
}

/** QZ leaves out what is null, and escapes every slash. */
function send({ socket }: Client, frame: Readonly<Record<string, unknown>>): void {
  const known = Object.entries(frame).filter(([, value]) => value !== null && value !== undefined)
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(Object.fromEntries(known)).replaceAll('/', '\\/'))
}

function textOf(data: RawData): string {
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString('utf8')
}
