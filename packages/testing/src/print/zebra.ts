import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** What can be the matter with the device. `silent`: connected, and no answer to anything. */
export type ZebraFault = 'paper-out' | 'pause' | 'head-up' | 'ribbon-out' | 'silent'

export interface ZebraOptions {
  /** Milliseconds for one label; default 20. */
  readonly msPerLabel?: number
  /** 0 takes a free port. */
  readonly port?: number
  /** `~HS` is answered out of media or ribbon and with the head open, as later firmware does; default: it is not. */
  readonly answersInTrouble?: boolean
}

/** One label that came out. */
export interface ZebraLabel {
  /** The format from `^XA` to `^XZ`, or for ESC/POS the bytes up to the cut. */
  readonly data: string
}

interface Job {
  readonly data: string
  remaining: number
  /** Set for the ESC/POS command GS r: answered when all before it was printed. */
  readonly answersTo: Socket | null
}

const ESC_POS_OK = [0x12, 0x12, 0x12, 0x12]
const PAPER_STATUS_OK = 0x00
const COMMAND =
  // oxlint-disable-next-line no-control-regex -- the commands of ESC/POS are control characters
  /~HS\r?\n?|~JA\r?\n?|\^XZ\r?\n?|\u0010\u0004[\u0001-\u0004]|\u0010\u0014\u0008\u0001\u0003\u0014\u0001\u0006\u0002\u0008|\u001dr[\u0001\u0031]|\u001dV[\u0000-\u0003]/i
const CUT = '\u001dV'
const CLEAR_BUFFERS = '\u0010\u0014\u0008'
/** With one of these a Zebra takes connections and does not answer `~HS`. */
const SILENCING: readonly ZebraFault[] = ['paper-out', 'ribbon-out', 'head-up']

/**
 * A strict port-9100 label and receipt printer: one connection at a time, `~HS` with formats in the buffer and labels
 * remaining counting down, no answer to `~HS` out of media, `~JA`, `DLE EOT 1..4`, `DLE DC4 8`, `GS r`, and the ways in
 * which such devices fail.
 */
export class ZebraPrinter implements AsyncDisposable {
  /** What came out, oldest first. */
  readonly printed: ZebraLabel[] = []
  /** Connections that were turned away, since there was one already. */
  turnedAway = 0
  /** How often it was asked `~HS`, be it that it was silent. */
  asked = 0
  msPerLabel: number
  readonly #answersInTrouble: boolean
  readonly #faults = new Set<ZebraFault>()
  readonly #waiters = new Set<() => void>()
  #port: number
  #server: Server | null = null
  #socket: Socket | null = null
  #buffer = ''
  #queue: Job[] = []
  #timer: NodeJS.Timeout | null = null
  #diesAfter: number | null = null

  constructor(options: ZebraOptions = {}) {
    this.msPerLabel = options.msPerLabel ?? 20
    this.#port = options.port ?? 0
    this.#answersInTrouble = options.answersInTrouble ?? false
  }

  get port(): number {
    return this.#port
  }

  /** `socket://127.0.0.1:<port>`. */
  get uri(): string {
    return `socket://127.0.0.1:${this.#port}`
  }

  /** Labels that were received and have not come out. */
  get waiting(): number {
    return this.#queue.reduce((sum, job) => sum + job.remaining, 0)
  }

  async start(): Promise<void> {
    if (this.#server !== null) return
    const server = createServer((socket) => this.#accept(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#work()
  }

  setFault(fault: ZebraFault): void {
    this.#faults.add(fault)
    this.#hold()
    this.#changed()
  }

  /** Without a fault all are mended. */
  clearFault(fault?: ZebraFault): void {
    if (fault === undefined) this.#faults.clear()
    else this.#faults.delete(fault)
    this.#changed()
    this.#work()
  }

  /** After so many further bytes the connection breaks and the device is gone, with what it had received. */
  dieAfterBytes(bytes: number): void {
    this.#diesAfter = bytes
  }

  /** Switched off: the port closes, and what was in its memory is lost. */
  async goOffline(): Promise<void> {
    const server = this.#server
    this.#server = null
    this.#hold()
    this.#queue = []
    this.#buffer = ''
    this.#socket?.resetAndDestroy()
    this.#socket = null
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Breaks the connection; the device goes on with what it has. */
  hangUp(): void {
    this.#socket?.resetAndDestroy()
  }

  /** Resolves when `isTrue` holds; tried again after each label, byte and fault. */
  async until(isTrue: (printer: this) => boolean): Promise<void> {
    while (!isTrue(this)) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goOffline()
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.#socket !== null) {
      this.turnedAway += 1
      socket.resetAndDestroy()
      this.#changed()
      return
    }
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#receive(socket, chunk))
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null
      this.#changed()
    })
  }

  #receive(socket: Socket, chunk: string): void {
    let data = chunk
    if (this.#diesAfter !== null) {
      data = chunk.slice(0, this.#diesAfter)
      this.#diesAfter -= data.length
    }
    this.#buffer += data
    this.#parse(socket)
    if (this.#diesAfter === 0) {
      this.#diesAfter = null
      void this.goOffline()
    }
    this.#changed()
    this.#work()
  }

  /** Takes whole commands from the front of the buffer; what is not whole stays. */
  #parse(socket: Socket): void {
    for (;;) {
      const found = COMMAND.exec(this.#buffer)
      if (found === null) return
      const end = found.index + found[0].length
      const word = found[0].slice(0, 3).toUpperCase()
      const isImmediate = word.startsWith('~') || word.startsWith('\u0010')
      const before = this.#buffer.slice(0, found.index)
      const data = this.#buffer.slice(0, end)
      // An immediate command is obeyed out of turn, and leaves what stands before it in the buffer.
      this.#buffer = (isImmediate ? before : '') + this.#buffer.slice(end)
      if (word === '~HS') this.#answerHostStatus(socket)
      else if (word === '~JA' || word === CLEAR_BUFFERS) this.#cancelAll()
      else if (isImmediate) this.#answer(socket, String.fromCharCode(this.#realTimeStatus(found[0].charCodeAt(2))))
      else if (word === '^XZ') this.#queue.push({ data: data.trim(), remaining: quantityOf(data), answersTo: null })
      else if (word.startsWith(CUT)) this.#queue.push({ data, remaining: 1, answersTo: null })
      else {
        if (before.trim() !== '') this.#queue.push({ data: before, remaining: 1, answersTo: null })
        this.#queue.push({ data: '', remaining: 0, answersTo: socket })
      }
    }
  }

  #answerHostStatus(socket: Socket): void {
    this.asked += 1
    const isSilenced = !this.#answersInTrouble && SILENCING.some((fault) => this.#faults.has(fault))
    if (!isSilenced) this.#answer(socket, this.#hostStatus())
  }

  #answer(socket: Socket, text: string): void {
    if (!this.#faults.has('silent') && socket.writable) socket.write(text, 'latin1')
  }

  #hostStatus(): string {
    const bit = (fault: ZebraFault): string => (this.#faults.has(fault) ? '1' : '0')
    const [current, ...others] = this.#queue
    const digits = (value: number, length: number): string => String(value).padStart(length, '0')
    const isPartial = this.#buffer.includes('^XA') ? '1' : '0'
    return (
      `\u0002030,${bit('paper-out')},${bit('pause')},1245,${digits(others.length, 3)},0,0,${isPartial},000,0,0,0\u0003\r\n` +
      `\u0002001,0,${bit('head-up')},${bit('ribbon-out')},1,2,6,0,${digits(current?.remaining ?? 0, 8)},1,000\u0003\r\n` +
      '\u00021234,0\u0003\r\n'
    )
  }

  /** The bytes of DLE EOT 1 to 4 (Epson ESC/POS reference). */
  #realTimeStatus(which: number): number {
    const isOffline = this.#isStopped()
    const bits: Readonly<Record<number, number>> = {
      1: isOffline ? 0x08 : 0,
      2: (this.#faults.has('head-up') ? 0x04 : 0) | (this.#faults.has('paper-out') ? 0x20 : 0),
      3: 0,
      4: this.#faults.has('paper-out') ? 0x60 : 0,
    }
    return (ESC_POS_OK[which - 1] ?? 0x12) | (bits[which] ?? 0)
  }

  #cancelAll(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#queue = []
    this.#buffer = ''
  }

  #isStopped(): boolean {
    return this.#faults.size > 0 && !(this.#faults.size === 1 && this.#faults.has('silent'))
  }

  #work(): void {
    if (this.#server === null || this.#timer !== null || this.#isStopped()) return
    const job = this.#queue[0]
    if (job === undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#finish(job)
        this.#work()
      },
      job.answersTo === null ? this.msPerLabel : 0,
    )
  }

  #finish(job: Job): void {
    if (job.answersTo !== null) this.#answer(job.answersTo, String.fromCharCode(PAPER_STATUS_OK))
    else this.printed.push({ data: job.data })
    job.remaining -= 1
    if (job.remaining <= 0) this.#queue.shift()
    this.#changed()
  }

  /** The label in the machine is made anew when it goes on. */
  #hold(): void {
    if (this.#timer !== null && (this.#isStopped() || this.#server === null)) {
      clearTimeout(this.#timer)
      this.#timer = null
    }
  }

  #changed(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const resolve of waiters) resolve()
  }
}

/** Makes a device and opens its port. */
export async function startZebra(options: ZebraOptions = {}): Promise<ZebraPrinter> {
  const printer = new ZebraPrinter(options)
  await printer.start()
  return printer
}

function quantityOf(data: string): number {
  return Math.max(1, Number(/\^PQ(\d{1,6})/i.exec(data)?.[1] ?? 1))
}
