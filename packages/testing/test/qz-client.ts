import { createRequire } from 'node:module'
import type { QzEvent, QzIdentity, QzTray } from '@andon/testing'
import { vi } from 'vitest'
import { WebSocket } from 'ws'

const require = createRequire(import.meta.url)

/** What the tests use of the client that browsers load. */
interface Qz {
  readonly api: { setWebSocketType(type: unknown): void }
  readonly configs: { create(printer: string, options?: Readonly<Record<string, unknown>>): unknown }
  readonly printers: {
    find(query?: string): Promise<string | string[]>
    getDefault(): Promise<string | null | undefined>
    details(): Promise<unknown>
    getStatus(): Promise<unknown>
    setPrinterCallbacks(onEvent: (event: QzEvent) => void): void
    startListening(names?: string | string[] | null): Promise<unknown>
    stopListening(): Promise<unknown>
  }
  readonly security: {
    setCertificatePromise(factory: (resolve: (certificate: string) => void) => void): void
    setSignatureAlgorithm(name: string): void
    setSignaturePromise(factory: (text: string) => (resolve: (signature: string) => void) => void): void
  }
  readonly websocket: {
    connect(options: Readonly<Record<string, unknown>>): Promise<unknown>
    disconnect(): Promise<unknown>
    isActive(): boolean
    setClosedCallbacks(onClosed: () => void): void
  }
  print(config: unknown, data: readonly unknown[]): Promise<unknown>
}

/** One frame with its direction as the captures have it. */
export interface Frame {
  readonly from: '>>' | '<<'
  readonly text: string
}

/** The real client, connected, with all that it was told. */
export interface QzClient extends AsyncDisposable {
  readonly qz: Qz
  readonly events: QzEvent[]
  readonly frames: Frame[]
  /** Resolves when an event makes it true. */
  until(isTrue: (events: readonly QzEvent[]) => boolean): Promise<void>
}

export interface QzClientOptions {
  readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512'
  /** Signature of a text; default: the identity's own. */
  readonly sign?: (text: string) => string
  /** What is sent for a certificate; default: the identity's own. */
  readonly certificate?: string
}

/** Loads a client of its own for each caller (its state is global), and connects it. */
export async function connectQz(tray: QzTray, identity: QzIdentity, options: QzClientOptions = {}): Promise<QzClient> {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  delete require.cache[require.resolve('qz-tray')]
  const qz = require('qz-tray') as Qz
  const frames: Frame[] = []
  const events: QzEvent[] = []
  const waiters = new Set<() => void>()
  qz.api.setWebSocketType(recordingSocket(frames))
  const { algorithm = 'SHA512', certificate = identity.certificate } = options
  qz.security.setCertificatePromise((resolve) => resolve(certificate))
  qz.security.setSignatureAlgorithm(algorithm)
  const sign = options.sign ?? ((text: string): string => identity.sign(text, algorithm))
  qz.security.setSignaturePromise((text) => (resolve) => resolve(sign(text)))
  qz.printers.setPrinterCallbacks((event) => {
    events.push(event)
    for (const resolve of waiters) resolve()
    waiters.clear()
  })
  const port = { secure: [], insecure: [tray.port] }
  await qz.websocket.connect({ host: '127.0.0.1', port, usingSecure: false })
  const until: QzClient['until'] = async (isTrue) => {
    while (!isTrue(events)) await new Promise<void>((resolve) => waiters.add(resolve))
  }
  const dispose = async (): Promise<void> => {
    if (qz.websocket.isActive()) await qz.websocket.disconnect()
  }
  return { qz, events, frames, until, [Symbol.asyncDispose]: dispose }
}

/** A class of sockets that keeps every frame. */
function recordingSocket(frames: Frame[]): new (address: string) => WebSocket {
  return class extends WebSocket {
    constructor(address: string) {
      super(address)
      this.on('message', (data: Buffer) => frames.push({ from: '<<', text: data.toString() }))
    }

    override send(text: string): void {
      frames.push({ from: '>>', text })
      super.send(text)
    }
  }
}

/** A PDF of one page with nothing on it, base64. */
export function emptyPage(): string {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>',
  ]
  let text = '%PDF-1.4\n'
  let table = '0000000000 65535 f \n'
  for (const [index, object] of objects.entries()) {
    table += `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
  }
  const trailer = `trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(`${text}xref\n0 4\n${table}${trailer}`).toString('base64')
}
