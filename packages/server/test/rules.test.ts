import { RuleWatch } from '@andon/engine'
import { createJobs, internQueues, SILENT, storeJobSource } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './harness.ts'
import { Client } from './stream-client.ts'

let andon: TestServer
let watch: RuleWatch

beforeAll(async () => {
  andon = await startTestServer({ settings: { allowedWebhookHosts: ['127.0.0.1'] } })
  watch = new RuleWatch(andon.store, { log: SILENT, statesEveryMs: 0 })
})
afterAll(() => andon[Symbol.asyncDispose]())

const WEBHOOK = { kind: 'webhook', url: 'http://127.0.0.1:9/in?key=s3cret' }
let made = 0

async function addRule(more: object = {}, name = `rule ${++made}`) {
  const body = { name, condition: { on: 'job_failed', type: 'test.*' }, channel: WEBHOOK, ...more }
  return andon.call('POST', '/api/rules', { as: 'supervisor', body })
}

/** Has a job end as failed, which belongs to the account. */
async function fail(accountId: number, type = 'test.work'): Promise<string> {
  const source = storeJobSource(andon.store)
  const facts = {
    name: 'w',
    kind: 'worker',
    host: 'here',
    pid: 1,
    version: 'test',
    slots: 10,
    leaseMs: 30_000,
  } as const
  const lease = await source.register({ ...facts, types: [type] })
  const job = { type, createdBy: 'anna', accountId, queue: type, description: 'Private things' }
  const [created] = await createJobs(andon.store, [job])
  const lane = (await internQueues(andon.store, [type])).get(type)
  const lanes = [{ laneId: lane?.id ?? 0, queueIds: [lane?.id ?? 0], limit: 1, slot: null }]
  const [claimed] = await source.claim(lease, { lanes, types: [type], limit: 1 })
  const error = { code: 'broken', message: 'it broke', hint: 'mend it', retryable: false }
  await source.settle(lease, [{ jobId: created?.id ?? '', fence: claimed?.fence ?? 0, outcome: 'failed', error }])
  await source.unregister(lease)
  return created?.id ?? ''
}

describe('rules', () => {
  test('are made, shown without secrets, changed, paused, resumed and removed, each audited', async () => {
    const { body, status } = await addRule({}, 'Broken work')
    expect(status).toBe(201)
    expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(body.rule).toMatchObject({
      name: 'Broken work',
      watches: 'a test.* job fails',
      channel: { kind: 'webhook', target: 'http://127.0.0.1:9/in?…', to: null },
      quiet: { minutes: 15, hours: null },
      grouping: 'cause',
      pause: null,
      open_alerts: 0,
      last_notification: null,
      created_by: 'supervisor',
    })
    const url = `/api/rules/${body.rule.id}`
    const changed = await andon.call('PATCH', url, { body: { name: 'Broken tests', grouping: 'each' } })
    expect(changed.body).toMatchObject({ secret: null, rule: { name: 'Broken tests', grouping: 'each' } })
    const fresh = await andon.call('PATCH', url, { body: { new_secret: true } })
    expect(fresh.body.secret).toMatch(/^whsec_/)
    expect(fresh.body.secret).not.toBe(body.secret)
    expect((await andon.call('POST', `${url}/pause`, { body: {} })).body.pause).toMatchObject({ by: 'admin' })
    expect((await andon.call('POST', `${url}/pause`, { body: {} })).status).toBe(200)
    expect((await andon.call('POST', `${url}/resume`, { body: {} })).body.pause).toBeNull()
    expect((await andon.call('POST', `${url}/resume`, { body: {} })).status).toBe(200)
    expect((await andon.call('GET', url, { as: 'operator' })).body.name).toBe('Broken tests')
    expect((await andon.call('GET', '/api/rules')).body.data).toHaveLength(1)
    expect((await andon.call('DELETE', url)).status).toBe(204)
    expect((await andon.call('GET', url)).body).toMatchObject({ code: 'rule_not_found', status: 404 })
    const audit = await andon.call('GET', `/api/audit?target=rule:${body.rule.id}`)
    const actions = audit.body.data.map(({ action }: { action: string }) => action)
    expect(actions).toEqual(['rule.remove', 'rule.resume', 'rule.pause', 'rule.change', 'rule.change', 'rule.create'])
    expect(JSON.stringify(audit.body)).not.toMatch(/s3cret|whsec_/)
    expect((await addRule({}, 'Broken tests')).status).toBe(201)
  })

  test('of a kind that is not signed have no secret; a webhook that takes their place gets one', async () => {
    const { body } = await addRule({ channel: { kind: 'slack', url: 'http://127.0.0.1:9/services/T/B/s3cret' } })
    expect(body).toMatchObject({ secret: null, rule: { channel: { target: 'http://127.0.0.1:9/…' } } })
    const url = `/api/rules/${body.rule.id}`
    const refused = await andon.call('PATCH', url, { body: { new_secret: true } })
    expect(refused.body).toMatchObject({ code: 'validation_failed', field: '/new_secret' })
    expect((await andon.call('PATCH', url, { body: { channel: WEBHOOK } })).body.secret).toMatch(/^whsec_/)
    const back = await andon.call('PATCH', url, { body: { channel: { ...WEBHOOK, kind: 'teams' } } })
    expect(back.body).toMatchObject({ secret: null, rule: { channel: { kind: 'teams' } } })
  })

  test('are refused with the field that is wrong', async () => {
    const refused = async (more: object) => {
      const { body, status } = await addRule(more)
      return [status, body.code, body.field ?? body.errors?.[0]?.field]
    }
    expect(await refused({ condition: { on: 'moon_full' } })).toEqual([400, 'validation_failed', '/condition/on'])
    expect(await refused({ condition: { on: 'job_slow', over_s: 0 } })).toEqual([
      400,
      'validation_failed',
      '/condition/over_s',
    ])
    expect(await refused({ condition: { on: 'job_failed', printer: 'x' } })).toEqual([
      400,
      'validation_failed',
      '/condition/printer',
    ])
    expect(await refused({ channel: { kind: 'pigeon', url: 'x' } })).toEqual([
      400,
      'validation_failed',
      '/channel/kind',
    ])
    expect(await refused({ channel: { kind: 'email', to: ['nobody'] } })).toEqual([
      400,
      'validation_failed',
      '/channel/to/0',
    ])
    expect(await refused({ channel: { kind: 'slack', url: 'file:///etc/passwd' } })).toEqual([
      400,
      'validation_failed',
      '/channel/url',
    ])
    expect(await refused({ name: ' x' })).toEqual([400, 'validation_failed', '/name'])
    const hours = { from: '22:00', to: '06:00', zone: 'Mars/Olympus' }
    expect(await refused({ quiet: { minutes: 5, hours } })).toEqual([400, 'validation_failed', '/quiet/hours/zone'])
    const { rule } = (await addRule({ quiet: { minutes: 5, hours: { ...hours, zone: 'Europe/Berlin' } } })).body
    expect((await addRule({}, rule.name)).body).toMatchObject({ code: 'name_taken', field: '/name' })
    const other = (await addRule()).body.rule
    const taken = await andon.call('PATCH', `/api/rules/${other.id}`, { body: { name: rule.name } })
    expect(taken.body).toMatchObject({ code: 'name_taken', status: 409 })
  })

  test('for private addresses are refused, as literals and as names', async () => {
    for (const url of ['http://10.1.2.3/in', 'http://[::1]/in', 'http://169.254.169.254/', 'http://localhost:1/in']) {
      const { body } = await addRule({ channel: { kind: 'teams', url } })
      // An allowed address may be among those that the name stands for.
      if (url.includes('localhost') && body.rule) continue
      expect(body, url).toMatchObject({ code: 'private_address', field: '/channel/url', status: 400 })
    }
    const unknown = await addRule({ channel: { kind: 'teams', url: 'https://nobody.invalid/in' } })
    expect(unknown.status).toBe(201)
  })

  test('for mail are refused while there is no mail server, with what to set', async () => {
    const channel = { kind: 'email', to: ['anna@example.com'] }
    const { body } = await addRule({ channel })
    expect(body).toMatchObject({
      code: 'mail_not_configured',
      status: 409,
      hint: expect.stringContaining('ANDON_SMTP_URL'),
    })
    await using other = await startTestServer({ settings: { canMail: true } })
    const made = await other.call('POST', '/api/rules', {
      body: { name: 'Mail', condition: { on: 'worker_lost' }, channel },
    })
    expect(made.body.rule.channel).toEqual({ kind: 'email', target: 'anna@example.com', to: ['anna@example.com'] })
  })

  test('are tried out by a job that is the asker’s own, and listed with its outcome', async () => {
    const { rule } = (await addRule()).body
    const { body, status } = await andon.call('POST', `/api/rules/${rule.id}/test`, { as: 'supervisor', body: {} })
    expect(status).toBe(201)
    const job = await andon.call('GET', `/api/jobs/${body.id}`)
    expect(job.body).toMatchObject({
      type: 'notify.webhook',
      queue: 'notifications',
      state: 'queued',
      created_by: 'supervisor',
      input: { rule_id: rule.id, is_test: true, message: { title: `Test of the rule “${rule.name}”` } },
    })
    expect(JSON.stringify(job.body)).not.toContain('s3cret')
    const { data } = (await andon.call('GET', `/api/notifications?rule_id=${rule.id}`)).body
    expect(data).toMatchObject([{ job_id: body.id, is_test: true, alert_id: null, state: 'queued', times: 1 }])
    const shown = await andon.call('GET', `/api/rules/${rule.id}`)
    expect(shown.body.last_notification).toMatchObject({ job_id: body.id, is_test: true, state: 'queued' })
    expect((await andon.call('POST', '/api/rules/999999/test', { body: {} })).body.code).toBe('rule_not_found')
  })
})

describe('alerts', () => {
  test('are listed open ones first, page by page, told live, and acknowledged once', async () => {
    const { rule } = (await addRule({ condition: { on: 'job_failed', type: 'live.*' }, grouping: 'each' })).body
    using client = await Client.open(andon, { as: 'operator' })
    await client.subscribe({ topic: 'alerts' })
    const counts = async (isWanted: (open: number) => boolean) => {
      const heard = await client.until((message) => message.type === 'alerts' && isWanted(message.open))
      if (heard.type !== 'alerts') throw new Error('not heard')
      return heard
    }
    const first = await counts(() => true)
    const mine = andon.accounts.operator
    const jobs = [await fail(mine, 'live.work'), await fail(mine, 'live.work'), await fail(mine, 'live.work')]
    await watch.runOnce()
    const told = await counts((open) => open === first.open + 3)
    expect(told).toMatchObject({ unacknowledged: first.unacknowledged + 3 })
    const { data } = (await andon.call('GET', '/api/alerts?open=true', { as: 'operator' })).body
    const own = data.filter(({ rule_id }: { rule_id: number }) => rule_id === rule.id)
    expect(own.map(({ job_id }: { job_id: string }) => job_id)).toEqual(jobs.toReversed())
    expect(own[0]).toMatchObject({
      level: 'error',
      what: 'it broke',
      hint: 'mend it',
      closed_at: null,
      path: `/jobs/${jobs[2]}`,
    })
    const url = `/api/alerts/${own[1].id}/acknowledge`
    const seen = await andon.call('POST', url, { as: 'operator', body: {} })
    expect(seen.body).toMatchObject({ acknowledged_by: 'operator', closed_at: expect.any(String) })
    expect((await andon.call('POST', url, { as: 'admin', body: {} })).body.acknowledged_by).toBe('operator')
    await counts((open) => open === first.open + 2)
    const pages: string[] = []
    let cursor = ''
    do {
      const { body } = await andon.call('GET', `/api/alerts?limit=1${cursor && `&cursor=${cursor}`}`)
      pages.push(...body.data.map(({ id }: { id: string }) => id))
      cursor = body.next_cursor ?? ''
    } while (cursor !== '')
    const whole = (await andon.call('GET', '/api/alerts?limit=500')).body.data
    expect(pages).toEqual(whole.map(({ id }: { id: string }) => id))
    const closed = whole.map(({ closed_at }: { closed_at: string | null }) => closed_at !== null)
    expect(closed).toEqual(closed.toSorted())
    expect((await andon.call('POST', '/api/alerts/999999/acknowledge', { body: {} })).body.code).toBe('alert_not_found')
    expect((await andon.call('GET', '/api/alerts?cursor=x')).body.code).toBe('cursor_invalid')
  })

  test('of jobs that somebody may not see say only that there is one', async () => {
    const { rule } = (await addRule({ condition: { on: 'job_failed', type: 'secret.work' } })).body
    await fail(andon.accounts.supervisor, 'secret.work')
    await watch.runOnce()
    const alertFor = async (as: string) => {
      const { data } = (await andon.call('GET', '/api/alerts', { as })).body
      return data.find(({ rule_id }: { rule_id: number }) => rule_id === rule.id)
    }
    expect(await alertFor('supervisor')).toMatchObject({ title: 'Private things failed', what: 'it broke' })
    expect(await alertFor('operator')).toMatchObject({
      title: rule.name,
      what: null,
      hint: null,
      job_id: null,
      path: '/alerts',
    })
    const told = async (as: string) => {
      const { body } = await andon.call('GET', `/api/notifications?rule_id=${rule.id}&limit=1`, { as })
      return [body.data[0].title, (await andon.call('GET', `/api/notifications?cursor=1`, { as })).body.data]
    }
    expect(await told('supervisor')).toEqual(['Private things failed', []])
    expect(await told('operator')).toEqual([rule.name, []])
  })

  test('are not told to viewers', async () => {
    const response = await fetch(`${andon.url}/api/stream?topic=alerts`, {
      headers: { authorization: `Bearer ${andon.tokens.viewer}` },
    })
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'forbidden' }])
  })
})
