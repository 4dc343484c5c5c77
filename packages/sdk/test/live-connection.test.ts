import { describe, expect, test } from 'vitest'
import { Andon, type LiveState } from '../src/index.ts'
import { FakeServer, json, refuse } from './fake-server.ts'
import { collector, HeldSocket, reaches } from './live-parts.ts'

describe('a connection of the live stream', () => {
  test('says why it cannot connect when the answer is no ticket', async () => {
    await using server = await new FakeServer().listen()
    using andon = new Andon({
      url: server.url,
      fetch: async () => {
        throw Object.assign(new TypeError('fetch failed'), { code: 'ESTRANGE' })
      },
    })
    const changed = new Promise<void>(
      (resolve) => void andon.live.onStatus(() => andon.live.status.problem && resolve()),
    )
    andon.live.subscribe({ topic: 'toasts' }, {})
    await changed
    expect(andon.live.status).toMatchObject({ state: 'reconnecting', problem: { code: 'server_unreachable' } })
    expect(andon.live.status.problem?.detail).toContain('ESTRANGE')
    expect(andon.live.ageMs()).toBeNull()
  })

  test('that was closed while it asked for a ticket stays closed, whatever the answer', async () => {
    await using server = await new FakeServer().listen()
    for (const answer of ['ticket', 'refusal'] as const) {
      const asked = Promise.withResolvers<() => void>()
      server.on('POST /api/stream/ticket', (_seen, response) =>
        asked.resolve(() => {
          if (answer === 'ticket') json(response, { ticket: 'late' })
          else refuse(response, 401, { code: 'unauthenticated' })
        }),
      )
      const answered = Promise.withResolvers<void>()
      const andon = server.client({
        fetch: async (input, init) => {
          const response = await fetch(input, init)
          setTimeout(answered.resolve, 0)
          return response
        },
      })
      andon.live.subscribe({ topic: 'toasts' }, {})
      const reply = await asked.promise
      andon.close()
      reply()
      await answered.promise
      expect(andon.live.status).toMatchObject({ state: 'closed', problem: null })
    }
    expect(server.sockets.size).toBe(0)
  })

  test('hears nothing of a connection that it gave up', async () => {
    await using server = await new FakeServer().listen()
    const sockets: HeldSocket[] = []
    class Socket extends HeldSocket {
      constructor() {
        super()
        sockets.push(this)
      }
    }
    const loads = collector<number>()
    using andon = server.client({ WebSocket: Socket })
    andon.live.subscribe({ topic: 'toasts' }, { onLoad: loads.add })
    await expect.poll(() => sockets.length).toBe(1)
    sockets[0]?.happens('error')
    await expect.poll(() => sockets.length).toBe(2)
    sockets[0]?.happens('open')
    sockets[0]?.happens('message', JSON.stringify({ type: 'subscribed', id: 's1', seq: 7 }))
    sockets[0]?.happens('close')
    expect(andon.live.status.state).toBe('reconnecting')
    sockets[1]?.happens('open')
    sockets[1]?.happens('message', JSON.stringify({ type: 'subscribed', id: 's1', seq: 9 }))
    expect(loads.told).toEqual([9])
    expect(andon.live.status.state).toBe('live')
  })

  test.each([
    ['an answer without a ticket', { ticket: null }],
    ['no WebSocket', { ticket: 't' }],
  ])('tries again after %s, and says what is the matter', async (what, answer) => {
    await using server = await new FakeServer().listen()
    const ticket = server.routes.get('POST /api/stream/ticket')
    server.on('POST /api/stream/ticket', (_seen, response) => json(response, answer.ticket === null ? null : answer))
    let isBroken = what === 'no WebSocket'
    using andon = server.client({
      WebSocket: class extends WebSocket {
        constructor(url: string) {
          if (isBroken) throw new TypeError('not here')
          super(url)
        }
      },
    })
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'reconnecting')
    expect(andon.live.status.problem).toMatchObject({ code: 'internal' })
    isBroken = false
    if (ticket) server.routes.set('POST /api/stream/ticket', ticket)
    await reaches(andon.live, 'live')
    expect(andon.live.status.problem).toBeNull()
  })

  test('stays stale while one attempt after the other fails', async () => {
    await using server = await new FakeServer().listen()
    const ticket = server.routes.get('POST /api/stream/ticket')
    using andon = server.client({ pingMs: 10 })
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'live')
    server.on('POST /api/stream/ticket', (_seen, response) => refuse(response, 503, { code: 'shutting_down' }))
    server.cut()
    await reaches(andon.live, 'stale')
    const states = collector<LiveState>()
    andon.live.onStatus(() => states.add(andon.live.status.state))
    const before = server.seen.length
    await server.until(() => server.seen.length >= before + 3)
    if (ticket) server.routes.set('POST /api/stream/ticket', ticket)
    await reaches(andon.live, 'live')
    expect(new Set(states.told)).toEqual(new Set(['stale', 'live']))
  })
})
