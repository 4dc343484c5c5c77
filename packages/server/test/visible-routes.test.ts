import { ProductionFloor } from '@andon/floor'
import { createAccount, indexJobs } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { nameOf, type Operation, operationsOf } from './fuzz-requests.ts'
import { PIXEL, startTestServer, TEST, type TestServer } from './harness.ts'
import { Client } from './stream-client.ts'

/** What berta's jobs say of themselves: nobody may read it who may not see them. */
const TELLS = /secret\.berta|wages of berta|BERTA-(ITEM|TAG|ERROR|LOG|STEP)/
/** What they carry: for those who may read payloads besides. */
const PAYLOAD = 'BERTA-INPUT'

/** All that jobs, and what came with them, can be read by; no other address that is only read tells anything of them. */
const TELLING = [
  ...['failures', 'reprints', 'throughput', 'waits'].flatMap((name) => [
    `GET /api/analytics/${name}`,
    `GET /api/analytics/${name}.csv`,
  ]),
  'GET /api/documents/{id}',
  'GET /api/errors',
  'GET /api/errors/{fingerprint}',
  'GET /api/jobs',
  'GET /api/jobs/export.csv',
  'GET /api/jobs/{id}',
  'GET /api/jobs/{id}/attempts',
  'GET /api/jobs/{id}/events',
  'GET /api/jobs/{id}/items',
  'GET /api/jobs/{id}/logs',
  'GET /api/types',
  'GET /gateways/cidx/api/jobs',
  'GET /gateways/cidx/api/jobs/{id}',
  'GET /gateways/cidx/api/jobs/{id}/status',
  'GET /gateways/print-server/api/status/{id}',
]

let andon: TestServer
let floor: FloorWorld
let operations: Operation[]
/** What stands in addresses: berta's own things, by the beginning of the address. */
let places: Readonly<Record<string, Readonly<Record<string, string>>>>
let anna: string
let berta: string
const failed = { id: '', fingerprint: '' }
const running = { id: '' }

beforeAll(async () => {
  floor = await FloorWorld.open()
  andon = await startTestServer({ floor: new ProductionFloor(floor.databases) })
  ;[anna, berta] = [await operator('anna'), await operator('berta')]
  await secretJob()
  Object.assign(failed, { id: await failedJob() })
  Object.assign(running, { id: (await toldJob()).id })
  const groups = await andon.call('GET', '/api/errors', { as: 'supervisor' })
  failed.fingerprint = groups.body.data[0].fingerprint
  await andon.call('POST', '/api/machines', { body: { name: 'desk' } })
  await andon.call('POST', '/api/printers', {
    body: { name: 'P', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true },
  })
  const schedule = await andon.call('POST', '/api/schedules', {
    body: { name: 'nightly', cron: '0 3 * * *', job: { type: 'a.b' } },
  })
  const channel = { kind: 'webhook', url: 'https://hooks.example/x' }
  const rule = await andon.call('POST', '/api/rules', {
    body: { name: 'failures', condition: { on: 'job_failed' }, channel },
  })
  const upload = await andon.call('POST', '/api/documents?name=wages%20of%20berta.png', {
    as: berta,
    raw: PIXEL,
    headers: { 'content-type': 'image/png' },
  })
  const { body: workers } = await andon.call('GET', '/api/workers')
  places = {
    '/api/documents/': { id: upload.body.id, page: '1' },
    '/api/errors/': { fingerprint: failed.fingerprint },
    '/api/printers/': { name: 'P' },
    '/api/machines/': { machine: 'desk' },
    '/api/schedules/': { id: schedule.body.id },
    '/api/rules/': { id: rule.body.rule?.id ?? rule.body.id },
    '/api/workers/': { id: workers.data[0].id, job: running.id },
    '/api/job-status/': { jobId: '1_1' },
    '/': { id: failed.id, index: '0' },
  }
  const { body } = await andon.call('GET', '/api/openapi.json')
  operations = operationsOf(body).filter(({ method }) => method === 'GET')
})
afterAll(async () => {
  await andon[Symbol.asyncDispose]()
  await floor[Symbol.asyncDispose]()
})

async function operator(name: string): Promise<string> {
  await createAccount(andon.store, { name, role: 'operator' }, TEST)
  const body = { name: 'test', account: name, scopes: ['read', 'jobs', 'gateway', 'printers', 'station'] }
  return (await andon.call('POST', '/api/tokens', { body })).body.token
}

async function secretJob(): Promise<string> {
  const body = {
    type: 'secret.berta',
    description: 'wages of berta',
    input: { note: PAYLOAD },
    items: [{ ref: 'BERTA-ITEM' }],
    tags: { 'BERTA-TAG': 'yes' },
    max_attempts: 1,
  }
  return (await andon.call('POST', '/api/jobs', { as: berta, body })).body.id
}

/** A job that a worker has begun; with its lease. */
async function beginJob(): Promise<{ readonly id: string; readonly lease_token: string }> {
  await secretJob()
  const { body } = await andon.call('POST', '/api/workers/claim', { body: { worker: 'w', types: ['secret.berta'] } })
  return body.data[0]
}

/** A job that runs and has told something; with its lease. */
async function toldJob() {
  const { id, lease_token } = await beginJob()
  const say = (path: string, body: object) =>
    andon.call('POST', `/api/jobs/${id}/${path}`, { body: { lease_token, ...body } })
  expect((await say('progress', { step: 'BERTA-STEP', percent: 10 })).status).toBe(204)
  expect((await say('logs', { lines: [{ message: 'BERTA-LOG' }] })).status).toBe(204)
  return { id, say }
}

async function failedJob(): Promise<string> {
  const { id, say } = await toldJob()
  expect((await say('fail', { message: 'BERTA-ERROR', retryable: false })).status).toBe(200)
  await indexJobs(andon.store, [id])
  return id
}

/** Questions that lead to berta's jobs where a route takes any. */
const ASKED: Readonly<Record<string, string>> = {
  by: 'type',
  caret: '12',
  q: 'type:secret.berta',
  topic: '',
  type: 'secret.berta',
  user: 'berta',
}

/** A route as it is, and with all that it may be asked. */
function addressesOf(operation: Operation): string[] {
  const known = Object.entries(places).find(([prefix]) => operation.path.startsWith(prefix))?.[1] ?? {}
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (known[name] === undefined) throw new Error(`${nameOf(operation)} needs a ${name} here`)
    return encodeURIComponent(known[name])
  })
  const asked = operation.parameters.filter(({ in: place, name }) => place === 'query' && ASKED[name])
  const required = operation.parameters.filter(({ in: place, required: is }) => place === 'query' && is)
  const query = new URLSearchParams(asked.map(({ name }): [string, string] => [name, ASKED[name] ?? '']))
  return required.length > 0 && asked.length === 0 ? [] : [path, `${path}?${query.toString()}`]
}

/** What each route answers somebody: the routes by name. */
async function readAll(as: string): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  for (const operation of operations.filter(({ path }) => path !== '/api/stream')) {
    const texts: string[] = []
    for (const address of addressesOf(operation)) {
      const { body } = await andon.call('GET', address, { as })
      texts.push(Buffer.isBuffer(body) ? '' : JSON.stringify(body, withoutAbilities(operation)))
    }
    answers.set(nameOf(operation), texts.join('\n'))
  }
  return answers
}

/** What a worker can do is no job: types of workers are for everybody who sees them. */
function withoutAbilities({ path }: Operation) {
  return (key: string, value: unknown) => (path === '/api/workers' && key === 'types' ? undefined : value)
}

const routesWith = (answers: ReadonlyMap<string, string>, what: RegExp) =>
  [...answers].filter(([, text]) => what.test(text)).map(([name]) => name)

describe('of the jobs of others', () => {
  test('no address tells a viewer or an operator anything', async () => {
    for (const as of [anna, andon.tokens.viewer, andon.tokens.operator]) {
      expect(routesWith(await readAll(as), TELLS)).toEqual([])
    }
  })

  test('those tell who sees all that are known to, without what the jobs carry', async () => {
    const seen = await readAll(andon.tokens.supervisor)
    expect(routesWith(seen, TELLS).toSorted()).toEqual(TELLING.toSorted())
    expect(routesWith(seen, new RegExp(PAYLOAD))).toEqual([])
    expect(routesWith(await readAll(andon.tokens.admin), new RegExp(PAYLOAD))).toEqual(['GET /api/jobs/{id}'])
  })

  test('no topic of the live stream tells an operator anything', async () => {
    using hers = await Client.open(andon, { as: anna })
    using boss = await Client.open(andon, { as: 'supervisor' })
    const topics = ['jobs', 'printers', 'queues', 'board', 'floor', 'alerts', 'toasts']
    for (const client of [hers, boss]) {
      for (const topic of topics) await client.subscribe({ id: topic, topic })
      await client.subscribe({ id: 'job', topic: 'job', job_id: running.id })
    }
    const failedNow = await failedJob()
    await boss.until((message) => message.type === 'jobs' && JSON.stringify(message).includes(failedNow))
    const last = (await andon.call('POST', '/api/jobs', { as: anna, body: { type: 'secret.anna' } })).body.id
    await hers.until((message) => message.type === 'jobs' && JSON.stringify(message).includes(last))
    expect(JSON.stringify(hers.messages)).not.toMatch(TELLS)
    expect(JSON.stringify(boss.messages)).toMatch(TELLS)
  })
})

describe('keys', () => {
  test('of others find nothing', async () => {
    const make = (as: string, more: object) =>
      andon.call('POST', '/api/jobs', { as, body: { type: 'secret.shared', ...more } })
    const theirs = await make(berta, { idempotency_key: 'k' })
    const hers = await make(anna, { idempotency_key: 'k' })
    expect(hers.body).toMatchObject({ is_existing: false })
    expect(hers.body.id).not.toBe(theirs.body.id)
    const child = await make(anna, { parents: [theirs.body.id] })
    expect(child.body).toMatchObject({ code: 'job_not_found', field: '/parents' })
  })
})
