import { once } from 'node:events'
import { createAccount, openStore } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createLog, createServer, createSignInLink } from '../src/index.ts'
import { PRINTING, startTestServer, TEST, type TestServer } from './harness.ts'
import { Client } from './stream-client.ts'

/** As long as a timer can be: what ends here within the test was ended by a notification. */
const NEVER_MS = 2 ** 31 - 1

let andon: TestServer
/** Another server over the same database, with connections of its own: all that both share is what is stored. */
let otherUrl: string
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  andon = stack.use(await startTestServer({ recheckMs: NEVER_MS }))
  const store = stack.use(await openStore({ connection: andon.databaseUrl }))
  const other = stack.use(
    await createServer({ store, printing: PRINTING, log: createLog({ level: 'error' }), recheckMs: NEVER_MS }),
  )
  otherUrl = await other.listen()
  // A server looks at everybody when its listening begins: that must be over before anything is revoked.
  await vi.waitFor(() => expect(store.isListening).toBe(true))
})
afterAll(() => stack.disposeAsync())

interface Streams extends Disposable {
  /** Resolves when every one of them was ended by the server. */
  readonly ended: Promise<unknown>
}

/** One of each kind of live connection, at the other server. */
async function openAll(headers: Record<string, string>): Promise<Streams> {
  const { body: job } = await andon.call('POST', '/api/jobs', { body: { type: 'print.test' } })
  const sockets = await Promise.all(['/ws', `/ws/jobs/${job.id}`].map((path) => openSocket(path, headers)))
  const giveUp = new AbortController()
  const events = await Promise.all(
    ['/api/stream?topic=jobs', `/api/jobs/${job.id}/logs?follow=true`].map((path) =>
      fetch(`${otherUrl}${path}`, { headers, signal: giveUp.signal }),
    ),
  )
  for (const { headers: got, status } of events) {
    expect([status, got.get('content-type')]).toEqual([200, expect.stringContaining('event-stream')])
  }
  const closings = sockets.map(async (client) => expect(await client.untilClosed()).toMatchObject({ code: 4001 }))
  const ended = Promise.all([...closings, ...events.map((response) => response.text())])
  // Those that nobody waits for are given up at the end of their test.
  ended.catch(() => undefined)
  return {
    ended,
    [Symbol.dispose]() {
      giveUp.abort()
      for (const client of sockets) client[Symbol.dispose]()
    },
  }
}

/** By a ticket for who has a cookie, which opens no socket by itself. */
async function openSocket(path: string, headers: Record<string, string>): Promise<Client> {
  const answer = await fetch(`${otherUrl}/api/stream/ticket`, { method: 'POST', headers })
  const { ticket } = (await answer.json()) as { ticket: string }
  const client = new Client(new WebSocket(`${otherUrl.replace('http', 'ws')}${path}?ticket=${ticket}`))
  await once(client.socket, 'open')
  return client
}

/** The cookie of somebody who has just signed in at the first server. */
async function signIn(name: string): Promise<Record<string, string>> {
  const { link } = await createSignInLink(andon.store, name)
  const answer = await andon.call('POST', '/api/sign-in/link', { as: null, body: { link } })
  return { cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '', origin: andon.url }
}

async function tokenOf(as: string): Promise<{ id: string; headers: Record<string, string> }> {
  const { body } = await andon.call('POST', '/api/tokens', { as, body: { name: 'live', scopes: ['read'] } })
  return { id: body.view.id, headers: { authorization: `Bearer ${body.token}` } }
}

describe('at the other server every stream ends', () => {
  test('of a token that is revoked, and of no other', async () => {
    const revoked = await tokenOf('operator')
    const kept = await tokenOf('operator')
    using streams = await openAll(revoked.headers)
    using others = await openAll(kept.headers)
    await andon.call('DELETE', `/api/tokens/${revoked.id}`, { as: 'operator' })
    await streams.ended
    const answer = await fetch(`${otherUrl}/api/jobs`, { headers: revoked.headers })
    expect(answer.status).toBe(401)
    expect(await Promise.race([others.ended, andon.call('GET', '/healthz')])).toMatchObject({ status: 200 })
  })

  test('of a session that signs out', async () => {
    const headers = await signIn('operator')
    using streams = await openAll({ ...headers, origin: otherUrl })
    await andon.call('POST', '/api/sign-out', { as: null, headers })
    await streams.ended
  })

  test('of a session that is ended from elsewhere', async () => {
    const headers = await signIn('supervisor')
    using streams = await openAll({ ...headers, origin: otherUrl })
    const elsewhere = { as: null, headers: await signIn('supervisor') }
    const { body } = await andon.call('GET', '/api/sessions', elsewhere)
    await andon.call('DELETE', `/api/sessions/${body.data[1].id}`, elsewhere)
    await streams.ended
  })

  test.each([
    ['disabled', { is_disabled: true }],
    ['given another role', { role: 'viewer' }],
  ])('of an account that is %s', async (what, change) => {
    const name = `somebody ${what}`
    await createAccount(andon.store, { name, role: 'operator' }, TEST)
    const body = { name: 'live', account: name, scopes: ['read'] }
    const { token } = (await andon.call('POST', '/api/tokens', { body })).body
    using streams = await openAll({ authorization: `Bearer ${token}` })
    using ofSession = await openAll({ ...(await signIn(name)), origin: otherUrl })
    await andon.call('PATCH', `/api/users/${encodeURIComponent(name)}`, { body: change })
    await Promise.all([streams.ended, ofSession.ended])
  })

  test('of a station that is removed', async () => {
    await andon.call('POST', '/api/machines', { body: { name: 'desk' } })
    const token = await andon.token('operator', ['read', 'station'], 'desk')
    using streams = await openAll({ authorization: `Bearer ${token}` })
    await andon.call('DELETE', '/api/machines/desk')
    await streams.ended
  })
})
