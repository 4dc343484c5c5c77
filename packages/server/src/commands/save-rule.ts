import { randomBytes } from 'node:crypto'
import {
  type ChangeRule,
  conditionWords,
  type CreateRule,
  isTimeZone,
  problem,
  type QuietTime,
  type RuleChannel,
  testMessage,
} from '@andon/core'
import {
  type Actor as AuditActor,
  changeRule,
  createRule,
  getRule,
  type ListedRule,
  type NewRule,
  notifyNow,
} from '@andon/store'
import type { ServerContext } from '../context.ts'
import { checkTarget } from './guarded-http.ts'
import { refuseUnseenNames } from '@andon/core/requests'

/** Bytes of a secret; the convention wants 24 to 64. */
const SECRET_BYTES = 32

/** A rule with the secret that was made for it; null when none was. */
export interface SavedRow {
  readonly row: ListedRule
  readonly secret: string | null
}

/**
 * Makes a rule; one for a signed webhook gets a secret.
 *
 * @throws mail_not_configured, private_address, validation_failed, name_taken
 */
export async function addRule(context: ServerContext, rule: CreateRule, actor: AuditActor): Promise<SavedRow> {
  await check(context, rule)
  const secret = rule.channel.kind === 'webhook' ? newWebhookSecret() : null
  return { row: await createRule(context.store, { ...rule, secret }, actor), secret }
}

/**
 * Changes a rule. A webhook keeps its secret, unless it is new or another one is asked for.
 *
 * @throws rule_not_found, mail_not_configured, private_address, validation_failed, name_taken
 */
export async function editRule(
  context: ServerContext,
  id: number,
  { change, actor }: { readonly change: ChangeRule; readonly actor: AuditActor },
): Promise<SavedRow> {
  await check(context, change)
  const { new_secret: wantsSecret = false, ...rest } = change
  const before = await getRule(context.store, id)
  const isSigned = (change.channel ?? before.channel).kind === 'webhook'
  if (wantsSecret && !isSigned) {
    throw problem('validation_failed', { field: '/new_secret', detail: 'Only webhooks are signed' })
  }
  const secret = isSigned && (wantsSecret || before.secret === null) ? newWebhookSecret() : null
  const kept = isSigned ? (secret ?? before.secret) : null
  const wanted: Partial<NewRule> = kept === before.secret ? rest : { ...rest, secret: kept }
  return { row: await changeRule(context.store, id, wanted, actor), secret }
}

/**
 * Has a rule's channel told something at once; the id of the delivery's job.
 *
 * @throws rule_not_found, mail_not_configured
 */
export async function testRule(
  { settings, store }: ServerContext,
  id: number,
  { actor, accountId }: { readonly actor: AuditActor; readonly accountId: number },
): Promise<string> {
  const rule = await getRule(store, id)
  if (rule.channel.kind === 'email' && !settings.canMail) throw problem('mail_not_configured')
  const facts = { name: rule.name, watches: conditionWords(rule.condition) }
  const message = testMessage(facts, actor.name, new Date())
  const input = { rule_id: rule.id, alert_id: null, is_test: true, message }
  return notifyNow(store, { rule, alertIds: [], input, createdBy: actor.name, accountId }, actor)
}

async function check({ settings }: ServerContext, { channel, name, quiet }: ChangeRule): Promise<void> {
  refuseUnseenNames(name, '/name')
  if (channel !== undefined) await checkChannel(settings, channel)
  if (quiet !== undefined) checkZone(quiet)
}

async function checkChannel(settings: ServerContext['settings'], channel: RuleChannel): Promise<void> {
  if (channel.kind !== 'email') {
    await checkTarget(channel.url, { allow: settings.allowedWebhookHosts, field: '/channel/url' })
  } else if (!settings.canMail) throw problem('mail_not_configured', { field: '/channel/kind' })
}

function checkZone({ hours }: QuietTime): void {
  if (hours === null || isTimeZone(hours.zone)) return
  throw problem('validation_failed', {
    field: '/quiet/hours/zone',
    detail: `"${hours.zone}" is not a time zone`,
    allowed: 'a name of the time zone database, such as Europe/Berlin',
  })
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
}
