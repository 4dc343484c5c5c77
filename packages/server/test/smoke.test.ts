import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(async () => {
  await andon?.[Symbol.asyncDispose]()
})

test('answers', async () => {
  expect((await andon.call('GET', '/healthz', { as: null })).body).toMatchObject({ status: 'ok' })
  expect((await andon.call('GET', '/api/jobs', { as: null })).body).toMatchObject({ code: 'unauthenticated' })
  expect((await andon.call('GET', '/api/jobs')).body).toMatchObject({ data: [] })
  const created = await andon.call('POST', '/api/jobs', { body: { type: 'report.pdf', input: { a: 1 } } })
  expect(created.status).toBe(201)
  expect((await andon.call('GET', `/api/jobs/${created.body.id}`)).body).toMatchObject({ state: 'queued' })
  expect((await andon.call('GET', '/api/jobs/stats')).status).toBe(200)
  expect((await andon.call('GET', '/readyz')).body).toMatchObject({ status: 'ok' })
  expect((await andon.call('GET', '/metrics')).status).toBe(200)
  console.log((await andon.call('POST', '/api/jobs', { body: { jobs: [{ type: 5, foo: 1 }] } })).body)
  console.log((await andon.call('POST', '/api/jobs', { body: { type: 5 } })).body)
  console.log((await andon.call('GET', '/api/jobs?q=stat:failed')).body)
  console.log((await andon.call('GET', '/docs/api')).body, (await andon.call('GET', '/')).body)
  console.log((await andon.call('GET', '/api/nothing')).body, (await andon.call('PUT', '/api/jobs')).body)
})
