import type { DiscoveredPrinter } from '@andon/core'
import { IppClient } from './ipp/client.ts'
import { type IppAttributes, isSuccess, string } from './ipp/message.ts'

/** What was found, and what a person should know about it. */
export interface Discovery {
  readonly printers: readonly DiscoveredPrinter[]
  /** Sentences for the person who adds printers: no CUPS there, or a queue that prints pages again by itself. */
  readonly warnings: readonly string[]
}

/** Where CUPS listens on a machine that has it. */
export const LOCAL_CUPS = 'ipp://127.0.0.1:631/'

const QUEUE_ATTRIBUTES = [
  'printer-name',
  'printer-make-and-model',
  'printer-location',
  'printer-info',
  'printer-error-policy',
  'device-uri',
]
/** Policies under which CUPS sends a document again that has partly been printed. */
const REPEATING_POLICIES = new Set(['retry-job', 'retry-current-job'])
const TIMEOUT_MS = 5_000

/**
 * Lists the queues of a cupsd, and the devices behind them that can be driven directly. Nothing is searched for in the
 * network, and nothing that a printer says of itself is used for more than showing it.
 *
 * @param cupsUri address of the cupsd; default: the one of this machine
 */
export async function discoverPrinters(signal: AbortSignal, cupsUri: string = LOCAL_CUPS): Promise<Discovery> {
  const options = { username: '', password: '', acceptSelfSigned: true, timeoutMs: TIMEOUT_MS }
  const client = new IppClient({ uri: cupsUri, ...options })
  try {
    const attributes = { 'requested-attributes': QUEUE_ATTRIBUTES }
    const result = await client.send({ operation: 'CUPS-Get-Printers', operationAttributes: attributes }, { signal })
    if (!result.ok) return { printers: [], warnings: [`No CUPS answers at ${cupsUri}: ${result.failure.message}`] }
    if (!isSuccess(result.message.status)) return { printers: [], warnings: warningsOf(cupsUri, result.message.status) }
    const queues = result.message.printers.flatMap((attributes) => {
      const name = string(attributes, 'printer-name')
      return name === null ? [] : { name, attributes }
    })
    return {
      printers: queues.flatMap((queue) => [queuePrinter(queue, cupsUri), ...devicePrinter(queue)]),
      warnings: queues.flatMap(queueWarnings),
    }
  } finally {
    client.close()
  }
}

interface Queue {
  readonly name: string
  readonly attributes: IppAttributes
}

/** A cupsd without queues answers that nothing was found. */
function warningsOf(cupsUri: string, status: string): string[] {
  return status === 'client-error-not-found' ? [] : [`CUPS at ${cupsUri} answered ${status}.`]
}

function queuePrinter({ name, attributes }: Queue, cupsUri: string): DiscoveredPrinter {
  const base = cupsUri.replace(/\/*$/, '')
  return { ...describe(attributes), name, uri: `${base}/printers/${encodeURIComponent(name)}`, driver: 'ipp' }
}

/** The device behind a queue, where its address says how it is to be driven. */
function devicePrinter({ name, attributes }: Queue): DiscoveredPrinter[] {
  const deviceUri = string(attributes, 'device-uri')
  if (deviceUri === null || !URL.canParse(deviceUri)) return []
  const url = new URL(deviceUri)
  if (url.hostname === '') return []
  const found = { ...describe(attributes), name: `${name} (directly)`, uri: deviceUri }
  if (url.protocol === 'ipp:' || url.protocol === 'ipps:') return [{ ...found, driver: 'ipp' }]
  return url.protocol === 'socket:' ? [{ ...found, driver: 'raw' }] : []
}

function describe(queue: IppAttributes): Pick<DiscoveredPrinter, 'model' | 'location' | 'deviceUri'> {
  return {
    model: string(queue, 'printer-make-and-model'),
    location: string(queue, 'printer-location'),
    deviceUri: string(queue, 'device-uri'),
  }
}

function queueWarnings({ name, attributes }: Queue): string[] {
  const policy = string(attributes, 'printer-error-policy')
  if (policy === null || !REPEATING_POLICIES.has(policy)) return []
  return [
    `The queue ${name} has the error policy ${policy}: after trouble CUPS prints pages again that came out already. Set it to stop-printer: lpadmin -p ${name} -o printer-error-policy=stop-printer`,
  ]
}
