import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { PrinterRow } from '@andon/store'
import type { ServerContext } from '../context.ts'
import { refreshPrinter } from './refresh-printer.ts'

/** One step from the server to paper. */
export interface Diagnosis {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'error'
  readonly detail: string
}

const CONNECT_TIMEOUT_MS = 3_000
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'ipp:': 631,
  'ipps:': 631,
  'socket:': 9100,
  'http:': 80,
  'https:': 443,
}

/** Looks at everything between the server and paper, from the name to the last proven print. */
export async function diagnosePrinter(context: ServerContext, printer: PrinterRow): Promise<Diagnosis[]> {
  const network = await diagnoseNetwork(printer)
  const now = await refreshPrinter(context, printer)
  return [...network, ...diagnoseDevice(now), diagnoseQueue(now), diagnoseDriver(now), diagnoseProof(now)]
}

async function diagnoseNetwork({ uri }: PrinterRow): Promise<Diagnosis[]> {
  const url = URL.canParse(uri) ? new URL(uri) : null
  if (url === null || url.hostname === '') return [{ name: 'address', status: 'error', detail: `${uri} is no address` }]
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 80)
  const name = await lookup(host).then(
    ({ address }): Diagnosis => ({ name: 'name', status: 'ok', detail: `${host} is ${address}` }),
    (): Diagnosis => ({ name: 'name', status: 'error', detail: `The name ${host} is not known` }),
  )
  if (name.status === 'error') return [name]
  const why = await tryConnect(host, port)
  const detail = why === null ? `Port ${port} accepts connections` : `Port ${port} does not accept connections: ${why}`
  return [name, { name: 'connection', status: why === null ? 'ok' : 'error', detail }]
}

/** Null when a connection was made, otherwise why not. */
function tryConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const end = (why: string | null): void => {
      socket.destroy()
      resolve(why)
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end('no answer'))
    socket.once('error', (error) => end(error.message))
  })
}

function diagnoseDevice({ message, reasons, state }: PrinterRow): Diagnosis[] {
  const isWell = state === 'idle' || state === 'processing'
  const detail = `The printer says: ${state}${message ? `, ${message}` : ''}`
  return [
    { name: 'device', status: isWell ? 'ok' : state === 'unknown' ? 'warning' : 'error', detail },
    ...reasons.map(({ raw, reason, severity }): Diagnosis => {
      return { name: reason, status: severity === 'error' ? 'error' : 'warning', detail: raw }
    }),
  ]
}

function diagnoseQueue(printer: PrinterRow): Diagnosis {
  const waiting = `${printer.jobs_waiting} jobs wait`
  if (printer.paused_at === null) return { name: 'queue', status: 'ok', detail: waiting }
  const why = printer.paused_reason ? ` (${printer.paused_reason})` : ''
  return { name: 'queue', status: 'warning', detail: `Paused by ${printer.paused_by}${why}; ${waiting}` }
}

function diagnoseDriver({ holder }: PrinterRow): Diagnosis {
  return holder === null
    ? { name: 'driver', status: 'error', detail: 'No process drives this printer; start a server or a worker' }
    : { name: 'driver', status: 'ok', detail: `Driven by worker ${holder}` }
}

function diagnoseProof({ last_confirmed_at: at }: PrinterRow): Diagnosis {
  return at === null
    ? { name: 'proof', status: 'warning', detail: 'No print has been proven yet; print a test page' }
    : { name: 'proof', status: 'ok', detail: `Last proven print at ${at.toISOString()}` }
}
