import { resolve } from 'node:path'
import { problem } from '@andon/core'
import type { Environment } from '../environment.ts'
import { type FloorPlan, floorPlan } from '../floor/plan.ts'
import type { ProviderSettings } from '@andon/server'
import type { MailSettings } from '../own-work/notify/mail.ts'
import { providerOf } from './sign-in-provider.ts'

/** What a process of Andon is to be. */
export interface UpSettings {
  /** Null: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null
  /** Absolute. Holds the embedded database, and the address and token for the commands on this machine. */
  readonly dataDir: string
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly logLevel: LogLevel
  /** Names of fields that are never written to the log, besides the usual ones. */
  readonly logSecrets: readonly string[]
  /** With a simulated shop. */
  readonly isDemo: boolean
  /** Proxies whose word is taken for where a request came from and whether it came by TLS. */
  readonly trustedProxies: readonly string[]
  /** Null: no mail is sent. */
  readonly mail: MailSettings | null
  /** Where people reach the dashboard, without a slash at its end; null: where the server listens. */
  readonly publicUrl: string | null
  /** Null: people sign in by password and link only. */
  readonly provider: ProviderSettings | null
  /** Private hosts, addresses and networks that webhooks may go to. */
  readonly webhookHosts: readonly string[]
  /** Jobs at once of this process's worker; printers come on top. */
  readonly slots: number
  readonly floor: FloorPlan
  /** Use a PostgreSQL that is installed on the machine instead of the one that comes with Andon. */
  readonly usesSystemPostgres: boolean
}

/** Flags of the commands `up`, `server` and `worker`, as typed. */
export interface UpFlags {
  readonly data?: string
  readonly demo?: boolean
  readonly host?: string
  readonly port?: string
  readonly logLevel?: string
  readonly slots?: string
  readonly systemPostgres?: boolean
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
/** More jobs than this at once are a mistake of typing. */
const SLOTS_LIMIT = 10_000

/**
 * Flag before environment before default.
 *
 * @throws validation_failed naming the flag and what it takes; config_invalid for variables that are wrong
 */
export function upSettings(flags: UpFlags, env: Environment): UpSettings {
  const publicUrl = publicUrlOf(env)
  return {
    databaseUrl: env.databaseUrl ?? null,
    dataDir: resolve(flags.data ?? env.dataDir ?? './data'),
    host: flags.host ?? env.host ?? '127.0.0.1',
    port: wholeNumber('--port', flags.port ?? env.port ?? '7400', { from: 0, to: 65_535 }),
    logLevel: oneOf('--log-level', flags.logLevel ?? env.logLevel ?? 'warn', LOG_LEVELS),
    logSecrets: listOf(env.logSecrets),
    isDemo: flags.demo ?? false,
    trustedProxies: listOf(env.trustedProxies),
    mail: mailOf(env),
    publicUrl,
    provider: providerOf(env, publicUrl),
    webhookHosts: listOf(env.webhookHosts),
    slots: wholeNumber('--slots', flags.slots ?? '10', { from: 1, to: SLOTS_LIMIT }),
    floor: floorPlan(env),
    usesSystemPostgres: flags.systemPostgres ?? false,
  }
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((entry) => entry.trim() || [])
}

/** Address and sender belong together. */
function mailOf({ mailFrom, smtpUrl }: Environment): MailSettings | null {
  if (smtpUrl === undefined && mailFrom === undefined) return null
  if (smtpUrl === undefined || !/^smtps?:$/.test(protocolOf(smtpUrl))) {
    throw wrongVariable('ANDON_SMTP_URL', 'smtps://name:password@mail.example.com, or smtp://…:587')
  }
  if (mailFrom === undefined || !/[^\s@<>]+@[^\s@<>]+/.test(mailFrom)) {
    throw wrongVariable('ANDON_MAIL_FROM', 'andon@example.com, or Andon <andon@example.com>')
  }
  return { smtpUrl, from: mailFrom }
}

function publicUrlOf({ publicUrl }: Environment): string | null {
  if (publicUrl === undefined) return null
  if (!/^https?:$/.test(protocolOf(publicUrl))) throw wrongVariable('ANDON_PUBLIC_URL', 'https://andon.example.com')
  return publicUrl.replace(/\/+$/, '')
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}

/** The value may hold a password, so it is not repeated. */
function wrongVariable(name: string, allowed: string): Error {
  return problem('config_invalid', { detail: `${name} is missing or no such address.`, field: name, allowed })
}

function wholeNumber(flag: string, text: string, { from, to }: { from: number; to: number }): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= from && value <= to) return value
  throw problem('validation_failed', {
    detail: `${flag} is "${text}", which is no number from ${from} to ${to}.`,
    field: flag,
    allowed: `${from} to ${to}`,
  })
}

function oneOf<const T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === text)
  if (found !== undefined) return found
  throw problem('validation_failed', { detail: `${flag} does not know "${text}".`, field: flag, allowed })
}
