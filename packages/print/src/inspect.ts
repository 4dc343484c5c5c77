import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { codeOf } from '@andon/core'
import type { PrinterAddress } from '@andon/core'
import { IppDevice } from './ipp/device.ts'
import { IPP_SETTINGS } from './ipp/settings.ts'
import { networkWords } from './network.ts'
import { pause } from './pause.ts'
import { RawConnection } from './raw/connection.ts'
import { RAW_LANGUAGES } from './raw/language.ts'
import { readSettings } from './settings.ts'

/** What was found at the address of a printer. */
export interface Inspection {
  readonly host: string
  readonly port: number
  /** Null when the name of the host is not known. */
  readonly ip: string | null
  /** `refused`: the host is there, and nothing listens. `no-answer`: nothing is heard of the host. */
  readonly connection: 'open' | 'refused' | 'no-answer' | 'unknown-name'
  /** What answered; `none` for silence; null when nobody asked, since asking can print on devices without a protocol. */
  readonly protocol: 'ipp' | 'http' | 'zpl' | 'none' | null
  /** Highest version that it says it speaks; null when it did not say. */
  readonly version: string | null
  /** Milliseconds to its answer, or to the connection where nothing was asked; null without either. */
  readonly roundTripMs: number | null
  /** What was heard, or the error, in its own words. */
  readonly words: string
}

const CONNECT_TIMEOUT_MS = 3_000
const ANSWER_TIMEOUT_MS = 3_000
const ZPL_TIMEOUT_MS = 1_500
const ZPL_TRIES = 25
const ZPL_PAUSE_MS = 500
/** Who drops a connection is there: devices do that which serve one at a time. */
const CONNECTIONS: Readonly<Record<string, Inspection['connection']>> = { ECONNREFUSED: 'refused', ECONNRESET: 'open' }
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'ipp:': 631,
  'ipps:': 631,
  'socket:': 9100,
  'http:': 80,
  'https:': 443,
}

/**
 * Looks at who answers at an address. Asks the questions of IPP of an address of IPP only, and after silence there the
 * question of label printers: whatever is there has had bytes of the wrong kind by then anyway. Null for addresses
 * without a host. Never throws.
 */
export async function inspectAddress(address: PrinterAddress, signal: AbortSignal): Promise<Inspection | null> {
  const place = placeOf(address.uri)
  if (place === null) return null
  const unasked = { ...place, ip: null, protocol: null, version: null, roundTripMs: null } as const
  const ip = await lookup(place.host).then(
    (found) => found.address,
    () => null,
  )
  if (ip === null) return { ...unasked, connection: 'unknown-name', words: `The name ${place.host} is not known` }
  const made = await tryConnect(place)
  if (made.connection !== 'open' || !isIpp(address)) return { ...unasked, ip, ...made }
  return { ...unasked, ip, connection: 'open', ...(await askProtocol(address, place, signal)) }
}

type Place = Pick<Inspection, 'host' | 'port'>
type Heard = Pick<Inspection, 'protocol' | 'version' | 'roundTripMs' | 'words'>

function placeOf(uri: string): Place | null {
  const url = URL.canParse(uri) ? new URL(uri) : null
  if (url === null || url.hostname === '') return null
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 80) }
}

function isIpp({ driver }: PrinterAddress): boolean {
  return driver === 'ipp' || driver === 'virtual'
}

function tryConnect({ host, port }: Place): Promise<Pick<Inspection, 'connection' | 'roundTripMs' | 'words'>> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const end = (connection: Inspection['connection'], words: string): void => {
      socket.destroy()
      resolve({ connection, words, roundTripMs: connection === 'no-answer' ? null : performance.now() - startedAt })
    }
    socket.once('connect', () => end('open', `Port ${port} accepts connections`))
    socket.once('timeout', () => end('no-answer', `No answer within ${CONNECT_TIMEOUT_MS} ms`))
    socket.once('error', (error) => end(CONNECTIONS[codeOf(error)] ?? 'no-answer', networkWords(error)))
  })
}

async function askProtocol(address: PrinterAddress, place: Place, signal: AbortSignal): Promise<Heard> {
  const heard = await askIpp(address, signal)
  if (heard.protocol !== 'none') return heard
  return (await askZpl(place, signal)) ?? heard
}

async function askIpp({ settings, uri }: PrinterAddress, signal: AbortSignal): Promise<Heard> {
  const startedAt = performance.now()
  const device = new IppDevice(uri, { ...readSettings(IPP_SETTINGS, settings), requestTimeoutMs: ANSWER_TIMEOUT_MS })
  try {
    const answer = await device.versions(signal)
    const roundTripMs = performance.now() - startedAt
    if (answer.ok) {
      const version = answer.value.toSorted().at(-1) ?? null
      return { protocol: 'ipp', version, roundTripMs, words: 'It answers as a printer' }
    }
    const { kind, message: words } = answer.refusal
    if (kind === 'refused' || kind === 'auth') return { protocol: 'ipp', version: null, roundTripMs, words }
    if (kind === 'not_ipp') return { protocol: 'http', version: null, roundTripMs, words }
    return { protocol: 'none', version: null, roundTripMs: null, words }
  } finally {
    device.close()
  }
}

/**
 * Null when it says nothing that a label printer says. Such devices serve one connection at a time and drop the others,
 * so that one which is dropped is tried again until whoever has the device lets go of it.
 */
async function askZpl(place: Place, signal: AbortSignal): Promise<Heard | null> {
  for (let tries = 1; ; tries += 1) {
    const heard = await askZplOnce(place)
    if (heard !== 'dropped') return heard
    if (tries === ZPL_TRIES || signal.aborted) return null
    await pause(ZPL_PAUSE_MS, signal)
  }
}

async function askZplOnce({ host, port }: Place): Promise<Heard | 'dropped' | null> {
  const connection = await RawConnection.open({ host, port, timeoutMs: CONNECT_TIMEOUT_MS })
  if (typeof connection === 'string') return 'dropped'
  const startedAt = performance.now()
  try {
    const answer = await RAW_LANGUAGES.zpl.ask(connection, { timeoutMs: ZPL_TIMEOUT_MS, awaitsTrailer: false })
    if (answer === null) return connection.error === null ? null : 'dropped'
    const roundTripMs = performance.now() - startedAt
    return { protocol: 'zpl', version: null, roundTripMs, words: 'It answers ~HS, as label printers do' }
  } finally {
    connection.close()
  }
}
