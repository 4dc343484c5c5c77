import { type CreateRule, type NotificationView, problem, type RuleChannel } from '@andon/core'
import { httpJobSource } from '@andon/sdk'
import {
  type MailServer,
  startMailServer,
  startWebhookReceiver,
  testDatabase,
  type WebhookReceiver,
} from '@andon/testing'
import { completed, Worker } from '@andon/worker'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { environment } from '../src/environment.ts'
import { upSettings } from '../src/up/settings.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
let mail: MailServer
let receiver: WebhookReceiver
let made = 0

beforeAll(async () => {
  mail = await startMailServer()
  receiver = await startWebhookReceiver()
  shop = await openShop({
    mail: { smtpUrl: mail.url, from: 'Andon <andon@shop.example>' },
    publicUrl: 'https://andon.shop.example',
    webhookHosts: ['127.0.0.1'],
  })
})

beforeEach(() => {
  mail.mails.length = 0
  receiver.received.length = 0
  receiver.answers.length = 0
})

afterAll(async () => {
  await shop[Symbol.asyncDispose]()
  await mail[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

async function addRule(channel: RuleChannel, more: Partial<CreateRule> = {}) {
  made += 1
  const condition = { on: 'job_failed', type: `broken${made}.*` } as const
  const { rule, secret } = await shop.andon.rules.add({ name: `Rule ${made}`, condition, channel, ...more })
  return { id: rule.id, name: rule.name, secret: secret ?? '', type: `broken${made}.work` }
}

/** Has a worker over HTTP do a job, which fails or completes. */
async function doJob(type: string, outcome: 'fails' | 'completes'): Promise<string> {
  const source = httpJobSource({ url: shop.andon.url, token: shop.token })
  const broken = problem('disk_full', { detail: 'No <b>space</b> left' })
  await using worker = new Worker({
    source,
    lanes: () => source.queueLanes(['work']),
    version: 'test',
    handlers: new Map([
      [type, () => (outcome === 'fails' ? Promise.reject(broken) : completed({ files: 12 }, '12 files exported'))],
    ]),
  })
  const { id } = await shop.andon.jobs.create({ type, queue: 'work', description: '<i>Orders</i>', max_attempts: 1 })
  await worker.start()
  await expect.poll(async () => (await shop.andon.jobs.get(id)).state).toMatch(/failed|completed/)
  return id
}

/** The newest delivery of a rule, once it is as wanted. */
async function delivery(ruleId: number, isWanted: (view: NotificationView) => boolean): Promise<NotificationView> {
  let newest: NotificationView | undefined
  await expect
    .poll(async () => {
      ;[newest] = (await shop.andon.notifications.list({ rule_id: ruleId })).data
      return newest !== undefined && isWanted(newest) ? 'as wanted' : newest
    })
    .toBe('as wanted')
  if (newest === undefined) throw new Error('there is no delivery')
  return newest
}

const isEnded = ({ state }: NotificationView) => state !== null && /completed|failed/.test(state)
const isPutOff = ({ attempt, state }: NotificationView) => state === 'pending' && attempt === 1

describe('mail', () => {
  test('tells of a failure with error, hint and link, as text and as HTML that is text', async () => {
    const rule = await addRule({ kind: 'email', to: ['anna@shop.example', 'ben@shop.example'] })
    const id = await doJob(rule.type, 'fails')
    const view = await delivery(rule.id, isEnded)
    expect(view).toMatchObject({ state: 'completed', channel: 'email', target: 'anna@shop.example, ben@shop.example' })
    const [came] = mail.mails
    expect(came?.subject).toBe('<i>Orders</i> failed')
    expect(came?.from?.text).toBe('"Andon" <andon@shop.example>')
    expect(came?.text).toContain('No <b>space</b> left')
    expect(came?.text).toContain('Make room on the disk')
    expect(came?.text).toContain(`https://andon.shop.example/jobs/${id}`)
    expect(came?.html).toContain('No &lt;b&gt;space&lt;/b&gt; left')
    expect(came?.html).toContain(`href="https://andon.shop.example/jobs/${id}"`)
    expect(came?.messageId).toBe(`<${view.job_id}@shop.example>`)
    expect(came?.headers.get('auto-submitted')).toBe('auto-generated')
    const job = await shop.andon.jobs.get(view.job_id)
    expect(job).toMatchObject({
      type: 'notify.email',
      queue: 'notifications',
      summary: expect.stringContaining('anna'),
    })
  })

  test('tells of a completion with its summary', async () => {
    const condition = { on: 'job_completed', type: 'export.done' } as const
    const rule = await addRule({ kind: 'email', to: ['anna@shop.example'] }, { condition })
    await doJob('export.done', 'completes')
    await delivery(rule.id, isEnded)
    expect(mail.mails[0]?.text).toContain('12 files exported')
  })

  test('that some take is told to them, and says who did not', async () => {
    mail.refusals.set('gone@shop.example', { code: 550, message: 'no such mailbox' })
    const rule = await addRule({ kind: 'email', to: ['anna@shop.example', 'gone@shop.example'] })
    await shop.andon.rules.test(rule.id)
    const view = await delivery(rule.id, isEnded)
    expect(view).toMatchObject({
      state: 'completed_with_errors',
      error: { code: 'mail_partly_refused', message: 'Refused: gone@shop.example' },
    })
    expect(mail.mails[0]?.subject).toBe(`Test of the rule “${rule.name}”`)
  })

  test('that nobody takes has failed; one that is to come later is put off', async () => {
    mail.refusals.set('gone@shop.example', { code: 550, message: 'no such mailbox' })
    mail.refusals.set('full@shop.example', { code: 452, message: 'mailbox is full' })
    const gone = await addRule({ kind: 'email', to: ['gone@shop.example'] })
    const full = await addRule({ kind: 'email', to: ['full@shop.example'] })
    await shop.andon.rules.test(gone.id)
    await shop.andon.rules.test(full.id)
    expect(await delivery(gone.id, isEnded)).toMatchObject({ state: 'failed', error: { code: 'mail_refused' } })
    expect(await delivery(full.id, isPutOff)).toMatchObject({ error: { code: 'mail_unreachable' }, max_attempts: 7 })
  })
})

describe('a webhook', () => {
  test('is signed so that the library of the convention verifies it, and changed bodies do not pass', async () => {
    const rule = await addRule({ kind: 'webhook', url: `${receiver.url}/in` })
    const id = await doJob(rule.type, 'fails')
    const view = await delivery(rule.id, isEnded)
    expect(view).toMatchObject({ state: 'completed', summary: `Delivered to ${receiver.url}/in (204)` })
    const [came] = receiver.received
    const { body = '', headers = {} } = came ?? {}
    const payload = new Webhook(rule.secret).verify(body, headers)
    expect(payload).toMatchObject({
      type: 'alert',
      data: {
        alert_id: view.alert_id,
        rule: rule.name,
        what: 'No <b>space</b> left',
        url: `https://andon.shop.example/jobs/${id}`,
        job: { id, type: rule.type },
      },
    })
    expect(headers['webhook-id']).toBe(`msg_${view.job_id}`)
    expect(() => new Webhook(rule.secret).verify(`${body} `, headers)).toThrow()
  })

  test('of Slack and of Teams has their shape, and no signature', async () => {
    for (const kind of ['slack', 'teams'] as const) {
      const rule = await addRule({ kind, url: `${receiver.url}/${kind}/s3cret` })
      await shop.andon.rules.test(rule.id)
      expect(await delivery(rule.id, isEnded)).toMatchObject({ state: 'completed', target: `${receiver.url}/…` })
    }
    const [slack, teams] = receiver.received
    expect(JSON.parse(slack?.body ?? '')).toMatchObject({ text: expect.stringContaining('Test of the rule') })
    expect(JSON.parse(teams?.body ?? '')).toMatchObject({ attachments: [{ content: { type: 'AdaptiveCard' } }] })
    expect(slack?.headers).not.toHaveProperty('webhook-signature')
  })

  test.each([
    [{ status: 400, body: 'invalid\u0007payload' }, 'It answered with status 400: invalid payload'],
    [{ status: 410 }, 'It answered with status 410.'],
    [{ status: 302, headers: { location: '/elsewhere' } }, 'It answered with a redirect, which is not followed.'],
  ])('that is refused (%j) is not sent again', async (answer, message) => {
    receiver.answers.push(answer)
    const rule = await addRule({ kind: 'webhook', url: receiver.url })
    await shop.andon.rules.test(rule.id)
    const view = await delivery(rule.id, isEnded)
    expect(view).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'webhook_refused', message } })
    expect(receiver.received).toHaveLength(1)
  })

  test.each([
    [{ status: 503, body: 'x'.repeat(10_000) }, 30],
    [{ status: 429, headers: { 'retry-after': '3600' } }, 3_600],
    [{ status: 408 }, 30],
  ])('that is to come later (%j) is, not before the receiver wants it', async (answer, seconds) => {
    receiver.answers.push(answer)
    const rule = await addRule({ kind: 'webhook', url: receiver.url })
    await shop.andon.rules.test(rule.id)
    const { job_id } = await delivery(rule.id, isPutOff)
    const job = await shop.andon.jobs.get(job_id)
    const waitS = (Date.parse(job.run_at) - Date.parse(job.created_at)) / 1_000
    expect(job.error?.code).toBe('webhook_failed')
    expect(waitS).toBeGreaterThanOrEqual(seconds)
    expect(waitS).toBeLessThan(seconds + 60)
  })

  test('that nobody takes is put off, and sent by hand it is the same delivery', async () => {
    const gone = await startWebhookReceiver()
    const { url } = gone
    await gone[Symbol.asyncDispose]()
    const rule = await addRule({ kind: 'webhook', url })
    await shop.andon.rules.test(rule.id)
    const { job_id } = await delivery(rule.id, isPutOff)
    expect((await shop.andon.jobs.get(job_id)).error).toMatchObject({ code: 'webhook_failed', retryable: true })
    await shop.andon.jobs.cancel(job_id)
    await shop.andon.rules.change(rule.id, { channel: { kind: 'webhook', url: receiver.url } })
    const again = await shop.andon.jobs.retry(job_id)
    const view = await delivery(rule.id, isEnded)
    expect(view).toMatchObject({ state: 'completed', job_id: again.id })
    expect((await shop.andon.notifications.list({ rule_id: rule.id })).data).toHaveLength(1)
  })

  test('of a rule that was removed, and jobs that no rule made, reach nobody', async () => {
    receiver.answers.push({ status: 503 })
    const rule = await addRule({ kind: 'webhook', url: receiver.url })
    const { id } = await shop.andon.rules.test(rule.id)
    await delivery(rule.id, isPutOff)
    await shop.andon.rules.remove(rule.id)
    await shop.andon.jobs.release(id)
    await expect.poll(async () => (await shop.andon.jobs.get(id)).error?.code).toBe('rule_not_found')
    const input = { rule_id: rule.id, is_test: true, alert_id: null, message: { title: 'Pay at once', path: '/' } }
    const forged = await shop.andon.jobs.create({ type: 'notify.webhook', queue: 'notifications', input })
    await expect.poll(async () => (await shop.andon.jobs.get(forged.id)).state).toBe('failed')
    expect(receiver.received).toHaveLength(1)
  })
})

test('a channel that changed its kind meanwhile tells nothing wrong', async () => {
  mail.refusals.set('full@shop.example', { code: 452, message: 'mailbox is full' })
  const rule = await addRule({ kind: 'email', to: ['full@shop.example'] })
  const { id } = await shop.andon.rules.test(rule.id)
  await delivery(rule.id, isPutOff)
  await shop.andon.rules.change(rule.id, { channel: { kind: 'slack', url: receiver.url } })
  await shop.andon.jobs.release(id)
  await expect.poll(async () => (await shop.andon.jobs.get(id)).error?.code).toBe('rule_not_found')
})

test('a webhook to a private address is refused when it is saved and when it is connected to', async () => {
  await using other = await openShop()
  const add = (url: string) =>
    other.andon.rules.add({ name: url, condition: { on: 'worker_lost' }, channel: { kind: 'webhook', url } })
  await expect(add(receiver.url)).rejects.toMatchObject({ code: 'private_address' })
  const mailed = { kind: 'email' as const, to: ['anna@shop.example'] }
  const rule = { name: 'mail', condition: { on: 'worker_lost' as const }, channel: mailed }
  await expect(other.andon.rules.add(rule)).rejects.toMatchObject({ code: 'mail_not_configured' })
})

test('a webhook whose name comes to stand for a private address is refused when it is connected to', async () => {
  await using database = await testDatabase()
  await using other = await openShop({ databaseUrl: database.url })
  const channel = { kind: 'slack', url: 'https://nobody.invalid/in' } as const
  const { rule } = await other.andon.rules.add({ name: 'moved', condition: { on: 'worker_lost' }, channel })
  const moved = receiver.url.replace('127.0.0.1', 'localhost')
  await database.pool.query('update rule set channel = $1', [JSON.stringify({ ...channel, url: moved })])
  const { id } = await other.andon.rules.test(rule.id)
  await expect.poll(async () => (await other.andon.jobs.get(id)).error?.code).toBe('private_address')
  expect(receiver.received.filter(({ path }) => path === '/in')).toEqual([])
})

describe('settings', () => {
  const settings = (env: Record<string, string>) => upSettings({}, environment(env))

  test('of mail belong together and are addresses', () => {
    expect(settings({}).mail).toBeNull()
    const env = { ANDON_SMTP_URL: 'smtps://anna:secret@mail.example.com', ANDON_MAIL_FROM: 'Andon <andon@example.com>' }
    expect(settings(env).mail).toEqual({ smtpUrl: env.ANDON_SMTP_URL, from: env.ANDON_MAIL_FROM })
    expect(() => settings({ ANDON_SMTP_URL: env.ANDON_SMTP_URL })).toThrow(/ANDON_MAIL_FROM/)
    expect(() => settings({ ANDON_MAIL_FROM: env.ANDON_MAIL_FROM })).toThrow(/ANDON_SMTP_URL/)
    expect(() => settings({ ...env, ANDON_SMTP_URL: 'http://anna:secret@x' })).toThrow(/^(?!.*secret).*ANDON_SMTP_URL/)
  })

  test('of a sign-in provider: complete, safe, and with roles that there are', () => {
    expect(settings({}).provider).toBeNull()
    const env = { ANDON_OIDC_ISSUER: 'https://id.example.com/shop', ANDON_OIDC_CLIENT_ID: 'andon' }
    expect(settings(env).provider).toMatchObject({
      clientSecret: null,
      defaultRole: null,
      makesAccounts: true,
      name: 'id.example.com',
      roleClaim: null,
      scopes: ['openid', 'profile', 'email'],
    })
    const all = {
      ...env,
      ANDON_OIDC_SCOPES: 'profile groups',
      ANDON_OIDC_ROLE_CLAIM: 'groups',
      ANDON_OIDC_ROLES: 'cn=admins=admin, shop=operator',
      ANDON_OIDC_DEFAULT_ROLE: 'viewer',
      ANDON_OIDC_ACCOUNTS: 'connect',
    }
    expect(settings(all).provider).toMatchObject({
      defaultRole: 'viewer',
      makesAccounts: false,
      roles: new Map([
        ['cn=admins', 'admin'],
        ['shop', 'operator'],
      ]),
      scopes: ['openid', 'profile', 'groups'],
    })
    for (const [name, value] of [
      ['ANDON_OIDC_ISSUER', 'http://id.example.com'],
      ['ANDON_OIDC_ISSUER', 'id.example.com'],
      ['ANDON_OIDC_CLIENT_ID', ''],
      ['ANDON_OIDC_ROLE_CLAIM', ''],
      ['ANDON_OIDC_ROLES', 'shop'],
      ['ANDON_OIDC_ROLES', 'shop=king'],
      ['ANDON_OIDC_DEFAULT_ROLE', 'king'],
      ['ANDON_OIDC_ACCOUNTS', 'yes'],
    ] as const) {
      expect(() => settings({ ...all, [name]: value }), `${name}=${value}`).toThrow(new RegExp(name))
    }
    expect(settings({ ...env, ANDON_OIDC_ISSUER: 'http://localhost:8080/realms/a' }).provider).not.toBeNull()
  })

  test('of links and private receivers', () => {
    const read = settings({
      ANDON_PUBLIC_URL: 'https://andon.example.com/',
      ANDON_WEBHOOK_HOSTS: 'chat.shop, 10.0.0.0/8',
    })
    expect(read).toMatchObject({ publicUrl: 'https://andon.example.com', webhookHosts: ['chat.shop', '10.0.0.0/8'] })
    expect(() => settings({ ANDON_PUBLIC_URL: 'andon' })).toThrow(/ANDON_PUBLIC_URL/)
  })
})
