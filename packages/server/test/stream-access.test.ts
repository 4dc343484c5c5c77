import { once } from 'node:events'
import { createJobs } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer, type TestServer } from './harness.ts'
import { Client } from './stream-client.ts'

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
    const events = await openEvents(`/api/stream?topic=job&job_id=${id}`)
    await events.until((text) => text.includes(id))
    const lastId = /id: (\d+)/.exec(events.text)?.[1] ?? ''
    events.close()
    await andon.call('POST', `/api/jobs/${id}/hold`, { body: {} })
    const again = await openEvents(`/api/stream?topic=jobs`, { 'last-event-id': lastId })
    await again.until((text) => text.includes('"wait_reason":"hold"'))
    again.close()
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

async function openEvents(path: string, headers: Record<string, string> = {}) {
  const stopping = new AbortController()
  const response = await fetch(`${andon.url}${path}`, {
    headers: { authorization: `Bearer ${andon.tokens.admin}`, ...headers },
    signal: stopping.signal,
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body?.getReader()
  const events = {
    text: '',
    until: async (isThere: (text: string) => boolean) => {
      while (!isThere(events.text)) {
        const { value } = (await reader?.read()) ?? {}
        if (!value) throw new Error(`the stream ended with: ${events.text.slice(0, 1000)}`)
        events.text += new TextDecoder().decode(value)
      }
    },
    close: () => stopping.abort(),
  }
  return events
}
