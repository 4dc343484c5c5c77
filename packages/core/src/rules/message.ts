import type { RuleChannel } from '../wire/rules.ts'
import type { AlertLevel, ChannelKind } from './kinds.ts'
import type { Occurrence } from './occurrence.ts'

/** Titles and texts are cut here: what is longer is read on the dashboard. */
const TITLE_LENGTH = 200
const TEXT_LENGTH = 2_000

/** What is told, by whatever channel. */
export interface AlertMessage {
  readonly level: AlertLevel
  /** With `×N` when it tells of several. */
  readonly title: string
  readonly what: string | null
  readonly hint: string | null
  /** How often it happened since it was told last. */
  readonly times: number
  /** RFC 3339: the first and the last of these times. */
  readonly since: string
  readonly at: string
  /** Name of the rule, and what it watches in words. */
  readonly rule: string
  readonly watches: string
  /** Where the dashboard shows the cause; without the address of the dashboard. */
  readonly path: string
  readonly job: { readonly id: string; readonly type: string; readonly description: string | null } | null
}

/** What a delivery's job is made with. Where it goes is the rule's, which may hold secrets. */
export interface NotificationInput {
  readonly rule_id: number
  /** Null for a test. */
  readonly alert_id: string | null
  readonly is_test: boolean
  /** It tells that the alert is over; left out where it tells of the alert. */
  readonly is_over?: boolean
  readonly message: AlertMessage
}

/** Everything that a message is made from. */
export interface MessageFacts {
  readonly rule: { readonly name: string; readonly watches: string }
  readonly occurrence: Occurrence
  readonly times: number
  readonly since: Date
  readonly at: Date
}

/** The message of an alert. */
export function alertMessage({ at, occurrence, rule, since, times }: MessageFacts): AlertMessage {
  const { hint, job, level, path, title, what } = occurrence
  const often = times === 1 ? '' : ` ×${times}`
  return {
    level,
    title: `${cut(title, TITLE_LENGTH - often.length)}${often}`,
    what: what === null ? null : fitText(what),
    hint: hint === null ? null : fitText(hint),
    times,
    since: since.toISOString(),
    at: at.toISOString(),
    rule: rule.name,
    watches: rule.watches,
    path,
    job: job === null ? null : { id: job.id, type: job.type, description: job.description },
  }
}

/** The message by which somebody tries out a rule. */
export function testMessage(
  rule: { readonly name: string; readonly watches: string },
  by: string,
  at: Date,
): AlertMessage {
  return {
    level: 'success',
    title: `Test of the rule “${cut(rule.name, 100)}”`,
    what: `${by} sent this to see that it arrives. The rule tells when ${rule.watches}.`,
    hint: null,
    times: 1,
    since: at.toISOString(),
    at: at.toISOString(),
    rule: rule.name,
    watches: rule.watches,
    path: '/alerts',
    job: null,
  }
}

/** The kind of job that delivers by a channel: all but mail is a request over HTTP. */
export function deliveryKind(channel: ChannelKind): 'email' | 'webhook' {
  return channel === 'email' ? 'email' : 'webhook'
}

/**
 * Where a channel goes, as it may be shown: of an address, its query may hold a secret, and of one for Slack or Teams
 * everything behind the host does.
 */
export function shownTarget(channel: RuleChannel): string {
  if (channel.kind === 'email') return channel.to.join(', ')
  const [, origin = '', rest = ''] = /^([a-z]+:\/\/[^/?#]*)(.*)$/i.exec(channel.url) ?? []
  if (channel.kind !== 'webhook') return `${origin}/…`
  const query = rest.search(/[?#]/)
  return query < 0 ? `${origin}${rest}` : `${origin}${rest.slice(0, query)}?…`
}

/** One line of text without characters that steer: line breaks, bells, marks that turn its direction. */
export function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim()
}

/** A title as long as one may be. */
export function fitTitle(text: string): string {
  return cut(text, TITLE_LENGTH)
}

/** A text as long as one may be. */
export function fitText(text: string): string {
  return cut(text, TEXT_LENGTH)
}

/** Cut at a length, never within a character. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
