import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { lookup as lookUp } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type AndonError, isProblem, problem } from '@andon/core'
import { Agent, buildConnector } from 'undici'
import { type AddressGuard, addressGuard } from './address-guard.ts'

/** Who is asked on somebody's behalf, and how a refusal names it. */
export interface GuardedTarget {
  /** Private hosts, addresses and networks that are allowed all the same. */
  readonly allow: readonly string[]
  /** JSON pointer of the address in what somebody sent. */
  readonly field: string
}

/**
 * An address that may be asked on somebody's behalf, as far as it says itself: http or https, no credentials in it, no
 * literal of a private address. What its name stands for is decided when it is connected to.
 *
 * @throws `validation_failed`, `private_address`
 */
export function parseTarget(url: string, { allow, field }: GuardedTarget): URL {
  const target = URL.canParse(url) ? new URL(url) : null
  if (target === null || !['http:', 'https:'].includes(target.protocol)) {
    throw problem('validation_failed', {
      field,
      detail: 'The address is not an http(s) URL',
      allowed: 'http://… or https://…',
    })
  }
  if (target.username !== '' || target.password !== '') {
    throw problem('validation_failed', { field, detail: 'The address must not hold a name or password' })
  }
  const host = hostOf(target)
  if (isIP(host) !== 0 && !addressGuard(allow).isAddressAllowed(host)) throw privateAddress(host, field)
  return target
}

/**
 * Refuses as well an address whose name stands for private ones only, so that somebody hears of it at once. A name
 * that nobody knows now may be known later.
 *
 * @throws `validation_failed`, `private_address`
 */
export async function checkTarget(url: string, { allow, field }: GuardedTarget): Promise<void> {
  const host = hostOf(parseTarget(url, { allow, field }))
  const guard = addressGuard(allow)
  if (guard.isHostAllowed(host)) return
  const found = await lookUp(host, { all: true }).catch(() => [])
  if (found.length > 0 && !found.some(({ address }) => guard.isAddressAllowed(address))) {
    throw privateAddress(host, field)
  }
}

/**
 * Connections to public addresses only: a private one is refused as an answer of the name service, and once more as
 * the address that was connected to, since a name may answer otherwise the second time.
 */
export function guardedAgent({ allow, field }: GuardedTarget): Agent {
  return new Agent({ connect: guardedConnector(addressGuard(allow), field), pipelining: 0 })
}

/** The refusal among the causes of an error; null when there is none. */
export function problemWithin(error: unknown): AndonError | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (isProblem(cause)) return cause
  }
  return null
}

function hostOf(target: URL): string {
  return target.hostname.replace(/^\[|\]$/g, '')
}

function guardedConnector(guard: AddressGuard, field: string): buildConnector.connector {
  const connect = buildConnector({ lookup: guardedLookup(guard, field), timeout: 10_000 })
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error) return callback(error, null)
      const address = socket.remoteAddress ?? ''
      if (guard.isHostAllowed(options.hostname) || guard.isAddressAllowed(address)) return callback(null, socket)
      socket.destroy()
      callback(privateAddress(address, field), null)
    })
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

function guardedLookup(
  guard: AddressGuard,
  field: string,
): (host: string, options: LookupOptions, callback: LookupCallback) => void {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const addresses = guard.isHostAllowed(host)
        ? found
        : found.filter(({ address }) => guard.isAddressAllowed(address))
      const first = addresses[0]
      if (!first) return callback(privateAddress(host, field), [])
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function privateAddress(address: string, field: string): AndonError {
  return problem('private_address', { field, detail: `${address} is not a public address` })
}
