import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'
import { type PrinterAddress, qzUri } from '@andon/core'
import { makeQzIdentity, type PrintLab, type QzTray } from '@andon/testing'
import type { QzApi } from 'qz-tray'
import { WebSocket } from 'ws'
import { QzConnection, type QzConnectionOptions } from '../../src/qz/index.ts'

const identity = makeQzIdentity()

/** Ways in which a station is known to the stand-in. */
export const STATION = {
  host: ['127.0.0.1'],
  websocket: WebSocket,
  certificate: () => Promise.resolve(identity.certificate),
  sign: (text: string) => Promise.resolve(identity.sign(text)),
  reconnectMs: [20, 100],
} as const satisfies Partial<QzConnectionOptions>

/** Settings of drivers that wait for nothing longer than a test has to. */
export const QUICK = { followIntervalMs: 50, matchTimeoutMs: 500, pausedGraceMs: 2_000 }

/** A connection that has begun to connect; its package logs each connection to the console. */
export function connect(tray: QzTray, options: Partial<QzConnectionOptions> = {}): QzConnection {
  const port = { secure: [], insecure: [tray.port] }
  const connection = new QzConnection({ ...STATION, port, ...options })
  connection.start()
  return connection
}

/** Resolves when the status of a connection makes it true. */
export async function untilStatus(
  connection: QzConnection,
  isTrue: (status: QzConnection['status']) => boolean,
): Promise<void> {
  if (isTrue(connection.status)) return
  await new Promise<void>((resolve) => {
    const stop = connection.onStatus((status) => {
      if (!isTrue(status)) return
      stop()
      resolve()
    })
  })
}

/** Resolves when a connection stands and everything watched is listened to. */
export function untilConnected(connection: QzConnection): Promise<void> {
  return untilStatus(connection, ({ state }) => state === 'connected')
}

/** The address of a queue of the lab. */
export function addressOf(queue: string, settings: Readonly<Record<string, unknown>> = {}): PrinterAddress {
  return { driver: 'qz', uri: qzUri(queue), settings: { ...QUICK, ...settings } }
}

/** Another program with a connection of its own, as another page has on the same machine. */
export interface Stranger {
  listen(queue: string): Promise<void>
  print(queue: string, jobName: string): Promise<void>
  cancel(queue: string, jobId: number): Promise<void>
  leave(): Promise<void>
}

const require = createRequire(import.meta.url)

/** Loads the package once more, since each of its copies has one connection. */
export async function startStranger(tray: QzTray): Promise<Stranger> {
  delete require.cache[require.resolve('qz-tray')]
  const qz = require('qz-tray') as QzApi & { readonly websocket: { disconnect(): Promise<void> } }
  qz.api.setWebSocketType(WebSocket)
  qz.security.setCertificatePromise((resolve) => resolve(identity.certificate), { rejectOnFailure: true })
  qz.security.setSignatureAlgorithm('SHA512')
  qz.security.setSignaturePromise((text) => (resolve) => resolve(identity.sign(text)))
  const port = { secure: [], insecure: [tray.port] }
  await qz.websocket.connect({ host: ['127.0.0.1'], port, usingSecure: false })
  return {
    listen: async (queue) => void (await qz.printers.startListening([queue])),
    print: async (queue, jobName) => void (await qz.print(qz.configs.create(queue, { jobName }), ['^XA^XZ'])),
    cancel: async (printerName, jobId) => void (await qz.printers.clearQueue({ printerName, jobId })),
    leave: () => qz.websocket.disconnect(),
  }
}

/** Adds and removes queues of a lab. */
export async function lpadmin(lab: PrintLab, ...args: string[]): Promise<void> {
  const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`
  const env = { ...process.env, PATH: path }
  await promisify(execFile)('lpadmin', ['-h', new URL(lab.cupsUri).host, ...args], { env })
}
