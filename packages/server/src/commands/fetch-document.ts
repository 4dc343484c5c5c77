import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import { isProblem, problem } from '@andon/core'
import { Agent, buildConnector, type Dispatcher, request } from 'undici'
import { type AddressGuard, addressGuard } from './address-guard.ts'

/** Limits of the fetcher of documents. */
export interface FetchLimits {
  /** Private hosts, addresses and networks that are allowed all the same. */
  readonly allow: readonly string[]
  /** Default 50 MiB. */
  readonly maxBytes?: number
  /** From the first look-up to the last byte. Default 20,000. */
  readonly timeoutMs?: number
}

/** A document as it came from its address. */
export interface FetchedDocument {
  readonly bytes: Buffer
  /** As the other side says; `application/octet-stream` when it says nothing. */
  readonly contentType: string
  /** Last part of the address's path; `document` when it has none. */
  readonly name: string
}

const FIELD = '/document_url'
const MAX_BYTES = 50 * 1024 * 1024
const TIMEOUT_MS = 20_000

/**
 * Fetches a document for somebody. Only http and https, no redirects, no credentials in the address. A private address
 * is refused as a literal, as an answer of the name service, and once more as the address that was connected to, since
 * a name may answer otherwise the second time.
 *
 * @throws `private_address`, `document_fetch_failed`, `payload_too_large`, `validation_failed`
 */
export async function fetchDocument(url: string, limits: FetchLimits): Promise<FetchedDocument> {
  const target = parseTarget(url)
  const guard = addressGuard(limits.allow)
  refuseLiteral(target, guard)
  const agent = new Agent({ connect: guardedConnector(guard), pipelining: 0 })
  try {
    const signal = AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS)
    const answer = await request(target, { dispatcher: agent, signal, headers: { accept: '*/*' } })
    refuseAnswer(answer)
    const bytes = await readBounded(answer.body, limits.maxBytes ?? MAX_BYTES)
    return { bytes, contentType: contentTypeOf(answer), name: nameOf(target) }
  } catch (error) {
    throw asFetchProblem(error)
  } finally {
    await agent.destroy()
  }
}

function parseTarget(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : null
  if (target === null || !['http:', 'https:'].includes(target.protocol)) {
    throw problem('validation_failed', {
      field: FIELD,
      detail: 'The address is not an http(s) URL',
      allowed: 'http://… or https://…',
    })
  }
  if (target.username !== '' || target.password !== '') {
    throw problem('validation_failed', { field: FIELD, detail: 'The address must not hold a name or password' })
  }
  return target
}

function refuseLiteral(target: URL, guard: AddressGuard): void {
  const host = target.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !guard.isAddressAllowed(host)) throw privateAddress(host)
}

function guardedConnector(guard: AddressGuard): buildConnector.connector {
  const connect = buildConnector({ lookup: guardedLookup(guard), timeout: 10_000 })
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error) return callback(error, null)
      const address = socket.remoteAddress ?? ''
      if (guard.isHostAllowed(options.hostname) || guard.isAddressAllowed(address)) return callback(null, socket)
      socket.destroy()
      callback(privateAddress(address), null)
    })
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

function guardedLookup(guard: AddressGuard): (host: string, options: LookupOptions, callback: LookupCallback) => void {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const addresses = guard.isHostAllowed(host)
        ? found
        : found.filter(({ address }) => guard.isAddressAllowed(address))
      const first = addresses[0]
      if (!first) return callback(privateAddress(host), [])
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function refuseAnswer(answer: Dispatcher.ResponseData): void {
  if (answer.statusCode >= 200 && answer.statusCode < 300) return
  answer.body.on('error', () => {}).destroy()
  const what = answer.statusCode < 400 ? 'a redirect, which is not followed' : `status ${answer.statusCode}`
  throw problem('document_fetch_failed', { field: FIELD, detail: `The address answered with ${what}` })
}

async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw problem('payload_too_large', {
        field: FIELD,
        detail: 'The document is too large',
        allowed: `at most ${maxBytes} bytes`,
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function contentTypeOf(answer: Dispatcher.ResponseData): string {
  const value = answer.headers['content-type']
  return (Array.isArray(value) ? value[0] : value) ?? 'application/octet-stream'
}

function nameOf(target: URL): string {
  const last = target.pathname.split('/').at(-1) ?? ''
  try {
    const name = decodeURIComponent(last).replaceAll('\0', '').slice(0, 200)
    return name === '' ? 'document' : name
  } catch {
    return 'document'
  }
}

function privateAddress(address: string): NodeJS.ErrnoException {
  return problem('private_address', { field: FIELD, detail: `${address} is not a public address` })
}

function asFetchProblem(error: unknown): Error {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (isProblem(cause)) return cause
  }
  const said = error instanceof Error && error.name === 'TimeoutError' ? 'in time' : ''
  return problem('document_fetch_failed', {
    field: FIELD,
    detail: `The address did not answer ${said}`.trim(),
    cause: error,
  })
}
