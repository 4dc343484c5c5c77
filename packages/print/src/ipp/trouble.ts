import { connect } from 'node:net'
import { type PrinterStatus, pausesQueue, reasonOf, type StateReason } from '@andon/core'
import { networkWords } from '../network.ts'
import type { IppPrinter } from './attributes.ts'
import type { IppRefusal } from './device.ts'

/** Schemes of devices that serve several connections, so that one more does no harm while a job is printed. */
const SHARED_SCHEMES: Readonly<Record<string, number>> = { 'ipp:': 631, 'ipps:': 631, 'http:': 80, 'https:': 443 }
/** Schemes of devices that may serve a single connection: asked only while no job is there. */
const SINGLE_SCHEMES: Readonly<Record<string, number>> = { 'socket:': 9100, 'lpd:': 515 }
const PROBE_TIMEOUT_MS = 2_000

/** What a printer that does not answer is said to suffer from. */
export function refusalReason(refusal: IppRefusal): StateReason {
  if (refusal.kind === 'auth') return reasonOf('auth-required', refusal.message)
  if (refusal.kind === 'not_ipp') return reasonOf('not-a-printer', refusal.message)
  if (refusal.kind === 'timeout') return reasonOf('timed-out', refusal.message)
  if (refusal.status === 'server-error-busy') return reasonOf('device-busy', refusal.message)
  if (refusal.status === 'server-error-not-accepting-jobs') return reasonOf('not-accepting-jobs', refusal.message)
  if (refusal.kind === 'refused') return reasonOf('device-error', refusal.message)
  return networkReason(refusal.message)
}

/** `offline` when the host refuses, `unreachable` when nothing can be said of the host. */
export function networkReason(message: string): StateReason {
  return reasonOf(/ECONNREFUSED|ECONNRESET|hang up|EPIPE/.test(message) ? 'offline' : 'unreachable', message)
}

/** The status that stands for a device that cannot be asked. */
export function silentStatus(trouble: StateReason): PrinterStatus {
  const state = trouble.reason === 'offline' || trouble.reason === 'unreachable' ? 'offline' : 'unknown'
  return {
    state,
    reasons: [trouble],
    supplies: [],
    queuedJobs: null,
    message: trouble.raw,
    capabilities: null,
    model: null,
  }
}

/** The reasons for which a printer's queue has to stand still; empty when it may go on. */
export function troubleOf(printer: IppPrinter): StateReason[] {
  const { reasons, state, message } = printer.status
  const stopping = reasons.filter((entry) => pausesQueue([entry]))
  if (stopping.length > 0) return stopping
  if (state === 'stopped') return [reasonOf('needs-attention', message ?? 'The printer has stopped.')]
  if (!printer.isAccepting) return [reasonOf('not-accepting-jobs', message ?? 'The printer takes no jobs.')]
  return []
}

/**
 * Tries to reach the device behind a CUPS queue: CUPS itself gives no reason when it cannot. Null when it answers, or
 * when it cannot be asked without getting in the way.
 */
export async function probeDevice(
  deviceUri: string | null,
  options: { isQueueIdle: boolean },
): Promise<StateReason | null> {
  if (deviceUri === null || !URL.canParse(deviceUri)) return null
  const url = new URL(deviceUri)
  const port = SHARED_SCHEMES[url.protocol] ?? (options.isQueueIdle ? SINGLE_SCHEMES[url.protocol] : undefined)
  if (port === undefined || url.hostname === '') return null
  const error = await tryConnect(url.hostname.replace(/^\[|\]$/g, ''), url.port === '' ? port : Number(url.port))
  return error === null ? null : networkReason(`${deviceUri}: ${error}`)
}

function tryConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: true })
    const finish = (result: string | null): void => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(`no connection within ${PROBE_TIMEOUT_MS} ms`))
    socket.once('connect', () => finish(null))
    socket.once('error', (error) => finish(networkWords(error)))
  })
}
