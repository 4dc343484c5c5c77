import { describe, expect, test } from 'vitest'
import { FakeServer, json, say } from './fake-server.ts'

describe('rules, alerts and messages', () => {
  test('are asked for and changed at their addresses', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const answers: Readonly<Record<string, unknown>> = {
      'GET /api/rules': { data: [{ id: 7 }] },
      'GET /api/rules/7': { id: 7 },
      'POST /api/rules': { rule: { id: 7 }, secret: 'whsec_x' },
      'PATCH /api/rules/7': { rule: { id: 7 }, secret: null },
      'POST /api/rules/7/pause': { id: 7 },
      'POST /api/rules/7/resume': { id: 7 },
      'POST /api/rules/7/test': { id: 'job', is_existing: false },
      'GET /api/alerts': { data: [{ id: '3' }], next_cursor: null },
      'POST /api/alerts/3/acknowledge': { id: '3' },
      'GET /api/notifications': { data: [{ id: '4' }], next_cursor: null },
    }
    for (const [route, body] of Object.entries(answers)) server.on(route, (_seen, response) => json(response, body))
    server.on('DELETE /api/rules/7', (_seen, response) => response.writeHead(204).end())
    const { alerts, notifications, rules } = andon
    const channel = { kind: 'slack', url: 'https://x.de' } as const
    expect(await rules.list()).toEqual([{ id: 7 }])
    expect(await rules.get(7)).toEqual({ id: 7 })
    expect(await rules.add({ name: 'r', condition: { on: 'worker_lost' }, channel })).toMatchObject({
      secret: 'whsec_x',
    })
    expect(await rules.change(7, { name: 's' })).toMatchObject({ secret: null })
    expect([await rules.pause(7), await rules.resume(7)]).toEqual([{ id: 7 }, { id: 7 }])
    expect(await rules.test(7)).toMatchObject({ id: 'job' })
    await rules.remove(7)
    expect((await alerts.list({ open: true, limit: 5 })).data).toEqual([{ id: '3' }])
    expect((await alerts.list()).data).toHaveLength(1)
    expect(await alerts.acknowledge('3')).toEqual({ id: '3' })
    expect((await notifications.list({ rule_id: 7 })).data).toEqual([{ id: '4' }])
    expect((await notifications.list()).data).toHaveLength(1)
    const queries = server.seen.map(({ query }) => query.toString()).filter((query) => query !== '')
    expect(queries).toEqual(['open=true&limit=5', 'rule_id=7'])
  })

  test('are told live as counts', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    server.onSubscribe = ({ id }, socket) => {
      say(socket, { type: 'subscribed', id, seq: 1 })
      say(socket, { type: 'alerts', ids: [id], seq: 2, open: 3, unacknowledged: 1 })
    }
    const counts = await new Promise((resolve) => andon.live.subscribe({ topic: 'alerts' }, { onAlerts: resolve }))
    expect(counts).toEqual({ open: 3, unacknowledged: 1 })
  })
})
