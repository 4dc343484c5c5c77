import { createAccount, indexJobs } from '@andon/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, TEST, type TestServer } from './harness.ts'
import { Client, openEvents } from './stream-client.ts'

let andon: TestServer
/** Tokens of two operators, and of somebody above them. */
let anna: string
let berta: string
/** One job of each, which the other must not see, and a print of each, which everybody sees. */
const own: Record<'anna' | 'berta', string> = { anna: '', berta: '' }
let print: string

beforeAll(async () => {
  andon = await startTestServer()
  anna = await operator('anna')
  berta = await operator('berta')
  own.anna = await make(anna, { type: 'secret.anna', description: 'wages of anna', queue: 'night' })
  own.berta = await make(berta, { type: 'secret.berta', description: 'wages of berta', queue: 'night' })
  print = await make(berta, { type: 'print.badge', description: 'badge of berta' })
})
afterAll(() => andon[Symbol.asyncDispose]())

async function operator(name: string): Promise<string> {
  await createAccount(andon.store, { name, role: 'operator' }, TEST)
  const body = { name: 'test', account: name, scopes: ['read', 'jobs', 'gateway'] }
  return (await andon.call('POST', '/api/tokens', { body })).body.token
}

/** Makes a job, and fails it as its worker would. */
async function makeFailed(as: string, job: { readonly type: string; readonly queue: string }): Promise<string> {
  const id = await make(as, { ...job, priority: 'urgent', max_attempts: 1 })
  const body = { worker: 'w', types: [job.type], queues: [job.queue] }
  const { data } = (await andon.call('POST', '/api/workers/claim', { body })).body
  const failed = { lease_token: data[0].lease_token, message: `${job.type} broke`, retryable: false }
  expect((await andon.call('POST', `/api/jobs/${id}/fail`, { body: failed })).status).toBe(200)
  await indexJobs(andon.store, [id])
  return id
}

async function make(as: string, body: object): Promise<string> {
  return (await andon.call('POST', '/api/jobs', { as, body })).body.id
}

const get = async (as: string, path: string) => (await andon.call('GET', path, { as })).body
const text = async (as: string, path: string) => JSON.stringify(await get(as, path))

/** Every way to a set of jobs; each must have anna's and the print, and nothing of berta's own. */
const SETS: Readonly<Record<string, string>> = {
  'the list': '/api/jobs',
  'a query by type': '/api/jobs?q=type:secret.*,print.*',
  'the search of words': '/api/jobs?q=of',
  'a query by who created it': '/api/jobs?q=by:anna,berta',
  'the CSV': '/api/jobs/export.csv',
}

test.each(Object.entries(SETS))('%s has what is the reader’s, prints, and nothing else', async (_, path) => {
  // Words are found behind the jobs: what the search does not know yet it cannot show.
  await expect.poll(async () => (await text(andon.tokens.supervisor, path)).includes('secret.berta')).toBe(true)
  const seen = await text(anna, path)
  expect(seen).not.toContain('secret.berta')
  expect(seen).toContain('print.badge')
  expect(seen).toContain('secret.anna')
  expect(await text(andon.tokens.supervisor, path)).toContain('secret.berta')
})

test('a single job, its parts and every act on it are not found', async () => {
  for (const path of ['', '/events', '/items', '/attempts', '/logs']) {
    expect(await get(anna, `/api/jobs/${own.berta}${path}`), path).toMatchObject({ code: 'job_not_found', status: 404 })
  }
  for (const act of ['cancel', 'retry', 'hold', 'release', 'clone']) {
    const { body } = await andon.call('POST', `/api/jobs/${own.berta}/${act}`, { as: anna, body: {} })
    expect(body, act).toMatchObject({ code: 'job_not_found' })
  }
  expect(await get(anna, `/api/jobs/${own.anna}`)).toMatchObject({ id: own.anna })
  expect(await get(anna, `/api/jobs/${print}`)).toMatchObject({ id: print })
  const gateway = `/gateways/print-server/api/status/${own.berta}`
  expect((await andon.call('GET', gateway, { as: anna })).status).toBe(404)
})

test('counts, completions and bulk acts know only what the reader may see', async () => {
  const counted = async (as: string) => (await get(as, '/api/jobs?limit=1')).total
  expect(JSON.stringify(await counted(anna))).not.toBe(JSON.stringify(await counted(andon.tokens.supervisor)))
  expect(await text(anna, '/api/jobs/stats')).not.toContain('secret.berta')
  const completed = await text(anna, `/api/jobs/complete?q=${encodeURIComponent('type:secret.')}&caret=12`)
  expect(completed).not.toContain('secret.berta')
  const { body } = await andon.call('POST', '/api/jobs/bulk', {
    as: anna,
    body: { action: 'cancel', q: 'type:secret.*', dry_run: true },
  })
  expect(JSON.stringify(body)).not.toContain(own.berta)
})

test('the live stream tells each what is theirs', async () => {
  using hers = await Client.open(andon, { as: anna })
  using boss = await Client.open(andon, { as: 'supervisor' })
  for (const client of [hers, boss]) await client.subscribe({ topic: 'jobs' })
  const secret = await make(berta, { type: 'secret.berta' })
  await boss.until((message) => JSON.stringify(message).includes(secret))
  const last = await make(anna, { type: 'secret.anna' })
  await hers.until((message) => JSON.stringify(message).includes(last))
  expect(JSON.stringify(hers.messages)).not.toContain(secret)
  await expect(hers.subscribe({ id: 'b', topic: 'job', job_id: own.berta })).resolves.toBeUndefined()
  expect(JSON.stringify(hers.messages)).not.toContain('secret.berta')
})

test('groups of errors are of the jobs that the reader may see', async () => {
  const failed = await makeFailed(berta, { type: 'secret.berta', queue: 'failing' })
  await makeFailed(anna, { type: 'secret.anna', queue: 'failing' })
  const groupOf = async (as: string, what: string) => {
    const { data } = (await get(as, '/api/errors')) as { data: { fingerprint: string }[] }
    return data.find((group) => JSON.stringify(group).includes(what))?.fingerprint
  }
  expect(await groupOf(anna, 'secret.anna')).toBeDefined()
  const hidden = await groupOf(andon.tokens.supervisor, 'secret.berta')
  expect(hidden).toBeDefined()
  expect(await text(anna, '/api/errors?type=secret.berta')).not.toMatch(/secret\.berta|broke/)
  const path = `/api/errors/${encodeURIComponent(hidden ?? '')}`
  expect(await get(anna, path)).toMatchObject({ code: 'not_found', status: 404 })
  for (const body of [{ dry_run: true }, {}]) {
    expect((await andon.call('POST', `${path}/retry`, { as: anna, body })).body).toMatchObject({ code: 'not_found' })
  }
  expect(await text(anna, `/api/jobs?q=${encodeURIComponent(`fingerprint:"${hidden}"`)}`)).not.toContain(failed)
  expect(await get(andon.tokens.supervisor, `/api/jobs/${failed}`)).toMatchObject({ state: 'failed' })
})

test('server-sent events tell each what is theirs', async () => {
  using hers = await openEvents(andon, '/api/stream?topic=jobs', { as: anna })
  using boss = await openEvents(andon, '/api/stream?topic=jobs', { as: 'supervisor' })
  using one = await openEvents(andon, `/api/stream?topic=job&job_id=${own.berta}`, { as: anna })
  using toasts = await openEvents(andon, '/api/stream?topic=toasts', { as: anna })
  // Each has said its first word: from then on nothing passes it by.
  for (const stream of [hers, boss, one, toasts]) await stream.until((heard) => heard !== '')
  await andon.call('POST', `/api/jobs/${own.berta}/hold`, { as: berta, body: {} })
  const secret = await makeFailed(berta, { type: 'secret.berta', queue: 'failing' })
  await boss.until((heard) => heard.includes(own.berta) && heard.includes(secret))
  const last = await makeFailed(anna, { type: 'secret.anna', queue: 'failing' })
  for (const stream of [hers, toasts]) await stream.until((heard) => heard.includes(last))
  for (const heard of [hers.text, one.text, toasts.text]) expect(heard).not.toMatch(/secret\.berta|wages of berta/)
  expect(hers.text + toasts.text).not.toContain(secret)
  expect(hers.text + one.text).not.toContain(own.berta)
})
