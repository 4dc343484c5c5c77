import type { RateLimits } from './http/rate-limits.ts'
import type { ProviderSettings } from './sign-in/provider.ts'
import type { SessionLimits } from './sign-in/actors.ts'

/** What an administrator can set for the server. */
export interface ServerSettings {
  /** Hosts, addresses and networks from which documents are fetched though they are private. Default none. */
  readonly allowedDocumentHosts: readonly string[]
  /** Hosts, addresses and networks that webhooks may go to though they are private. Default none. */
  readonly allowedWebhookHosts: readonly string[]
  /** Mail can be sent, so that rules may tell by it. Default false. */
  readonly canMail: boolean
  /** Origins that may use cookies and sockets besides the server's own. Default none. */
  readonly allowedOrigins: readonly string[]
  /** Signs people in (OpenID Connect); null, the default: passwords and links only. */
  readonly provider: ProviderSettings | null
  readonly rateLimits: RateLimits
  readonly sessions: SessionLimits
  /** Served behind TLS: browsers are told never to come without. Default false. */
  readonly isSecure: boolean
  /** Addresses of proxies whose `X-Forwarded-*` headers are believed. Default none. */
  readonly trustedProxies: readonly string[]
  /** Days that an uploaded document is kept. Default 90. */
  readonly documentDays: number
}

export const DEFAULT_SETTINGS: ServerSettings = {
  allowedDocumentHosts: [],
  allowedWebhookHosts: [],
  canMail: false,
  allowedOrigins: [],
  provider: null,
  rateLimits: { requestsPerMinute: 6000, signInsPerMinute: 20 },
  sessions: { idleMs: 12 * 3_600_000, absoluteMs: 7 * 24 * 3_600_000 },
  isSecure: false,
  trustedProxies: [],
  documentDays: 90,
}
