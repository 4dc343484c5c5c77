import { problem } from '@andon/core'
import type { IncomingMessage } from 'node:http'

/** What is known of where a request comes from; header names in lower case. */
export interface OriginCheck {
  readonly headers: IncomingMessage['headers']
  /** Origins that are trusted besides the server's own, such as `https://board.example`. */
  readonly allowedOrigins: readonly string[]
  /** Host by which the server was called; null when the request has none. */
  readonly host: string | null
}

/**
 * Refuses changes and sockets that a strange page makes with the cookies of its visitor. Browsers send `Origin` or
 * `Sec-Fetch-Site` with every such request; what has neither is not a browser, and holds no cookie by accident.
 *
 * @throws `origin_refused`
 */
export function refuseStrangeOrigin(check: OriginCheck): void {
  if (!isTrustedOrigin(check)) {
    throw problem('origin_refused', { detail: `The page at ${originOf(check) ?? 'another site'} may not do this` })
  }
}

/** Whether the request comes from a page of this server, from a listed origin, or from no page at all. */
export function isTrustedOrigin(check: OriginCheck): boolean {
  const origin = originOf(check)
  if (origin !== null) return check.allowedOrigins.includes(origin) || hostOf(origin) === check.host?.toLowerCase()
  const site = check.headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

function originOf(check: OriginCheck): string | null {
  return check.headers.origin?.toLowerCase() ?? null
}

/** `null` (sandboxed pages) and whatever is no URL has no host, so it matches none. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
