import { once } from 'node:events'
import { createJobs } from '@andon/store'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer, type TestServer } from './harness.ts'
import { Client, openEvents } from './stream-client.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(() => andon[Symbol.asyncDispose]())

async function newJob(): Promise<string> {
  const [created] = await createJobs(andon.store, [{ type: 'live.test', createdBy: 'test' }])
  return created?.id ?? ''
}

describe('opening a socket', () => {
  async function refused(path: string, headers: Record<string, string> = {}): Promise<number> {
    const socket = new WebSocket(`${andon.url.replace('http', 'ws')}${path}`, { headers })
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
    socket.on('error', () => {})
    socket.terminate()
    return response.statusCode
  }

  test('needs a ticket, which is good once', async () => {
    expect(await refused('/ws')).toBe(401)
    expect(await refused(`/ws?ticket=${'x'.repeat(43)}`)).toBe(401)
    const { body } = await andon.call('POST', '/api/stream/ticket')
    using client = new Client(new WebSocket(`${andon.url.replace('http', 'ws')}/ws?ticket=${body.ticket}`))
    await once(client.socket, 'open')
    expect(await refused(`/ws?ticket=${body.ticket}`)).toBe(401)
  })

  test('refuses strange pages before anything else', async () => {
    expect(await refused('/ws', { origin: 'https://evil.example' })).toBe(403)
    expect(await refused('/elsewhere')).toBe(404)
    expect(await refused('//[')).toBe(404)
    using client = await Client.open(andon, { headers: { origin: andon.url } })
    await client.subscribe({ topic: 'jobs' })
  })

  test('takes a program’s token from the header, and never from the address', async () => {
    const headers = { authorization: `Bearer ${andon.tokens.viewer}` }
    using client = new Client(new WebSocket(`${andon.url.replace('http', 'ws')}/ws`, { headers }))
    await once(client.socket, 'open')
    expect(await refused(`/ws?ticket=${andon.tokens.viewer}`)).toBe(401)
  })
})

describe('server-sent events', () => {
  test('tell the same, and resume by Last-Event-ID', async () => {
    const id = await newJob()
    using events = await openEvents(andon, `/api/stream?topic=job&job_id=${id}`)
    await events.until((text) => text.includes(id))
    const lastId = /id: (\d+)/.exec(events.text)?.[1] ?? ''
    await andon.call('POST', `/api/jobs/${id}/hold`, { body: {} })
    using again = await openEvents(andon, '/api/stream?topic=jobs', { headers: { 'last-event-id': lastId } })
    await again.until((text) => text.includes('"wait_reason":"hold"'))
  })

  test('refuse what is wrong before they begin', async () => {
    expect((await andon.call('GET', '/api/stream?topic=jobs&q=stat:x')).body).toMatchObject({ code: 'query_invalid' })
    expect((await andon.call('GET', '/api/stream?topic=weather')).body).toMatchObject({
      code: 'validation_failed',
      field: 'topic',
    })
    const headers = { 'last-event-id': 'abc' }
    expect((await andon.call('GET', '/api/stream?topic=jobs', { headers })).body).toMatchObject({
      code: 'validation_failed',
    })
  })
})

describe('what clients send', () => {
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .record(
        {
          type: fc.constantFrom('subscribe', 'unsubscribe', 'ping', '__proto__'),
          id: fc.oneof(fc.string({ maxLength: 10 }), fc.jsonValue()),
          topic: fc.oneof(fc.constantFrom('jobs', 'job', 'board', 'toasts', 'constructor'), fc.jsonValue()),
          q: fc.oneof(fc.constantFrom('state:failed', '(', '"', 'input.a:1'), fc.string({ unit: 'binary' })),
          job_id: fc.oneof(fc.uuid(), fc.jsonValue()),
          since: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
        },
        { requiredKeys: ['type'] },
      )
      .map((message) => JSON.stringify(message)),
  )

  test('may be anything: each is answered, and changes nothing that is wrong', async () => {
    for (const frames of fc.sample(fc.array(frame, { minLength: 1, maxLength: 10 }), 60)) {
      using client = await Client.open(andon)
      for (const each of frames) client.socket.send(each)
      client.say({ type: 'ping' })
      await client.until(({ type }) => type === 'pong')
    }
    using client = await Client.open(andon)
    await client.subscribe({ topic: 'jobs' })
  })
})
