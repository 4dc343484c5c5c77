import { describe, expect, test } from 'vitest'
import { FakeServer, json, refuse, say } from './fake-server.ts'

describe('the floor', () => {
  test('asks by escaped names and follows pages to their end', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const runlist = (id: string) => ({ runlist_id: id })
    server.on('GET /api/floor/runlists', ({ query }, response) =>
      json(response, {
        data: [runlist(query.get('cursor') === null ? 'RL-1' : 'RL-2')],
        next_cursor: query.get('cursor') === null ? 'after:RL-1' : null,
      }),
    )
    const names: string[] = []
    for await (const { runlist_id: id } of andon.floor.eachRunlist({ q: 'RL', limit: 1 })) names.push(id)
    expect(names).toEqual(['RL-1', 'RL-2'])
    expect(Object.fromEntries(server.seen[1]?.query ?? [])).toEqual({ q: 'RL', limit: '1', cursor: 'after:RL-1' })
    server.on('GET /api/floor/impositions/A%20%2F%20B', (_seen, response) => json(response, { imposition_id: 'A / B' }))
    expect(await andon.floor.imposition('A / B')).toEqual({ imposition_id: 'A / B' })
  })

  test('rejects with what the server says, and repeats only what another try may help', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    server.on('GET /api/floor/jobs/1_2', (_seen, response) =>
      refuse(response, 404, { code: 'floor_job_not_found', candidates: ['1_3'] }),
    )
    await expect(andon.floor.job('1_2')).rejects.toMatchObject({
      code: 'floor_job_not_found',
      extra: { candidates: ['1_3'] },
    })
    server.on('GET /api/floor/status', (_seen, response) => refuse(response, 503, { code: 'floor_not_migrated' }))
    await expect(andon.floor.status()).rejects.toMatchObject({ code: 'floor_not_migrated' })
    server.on('GET /api/floor/operations', (_seen, response) => refuse(response, 503, { code: 'floor_unavailable' }))
    await expect(andon.floor.operations()).rejects.toMatchObject({ code: 'floor_unavailable' })
    const asked = server.seen.map(({ path }) => path.split('/').at(-1))
    expect(asked).toEqual(['1_2', 'status', 'operations', 'operations', 'operations'])
  })

  test('never sends a scan or a pass twice by itself', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    for (const path of ['/api/scans', '/api/process-print-os', '/api/print-os']) {
      server.on(`POST ${path}`, (_seen, response) => refuse(response, 503, { code: 'floor_unavailable' }))
    }
    await expect(andon.floor.scan({ code_text: 'RL-1', operations: ['coating'] })).rejects.toThrow()
    await expect(andon.floor.processPrintOs()).rejects.toThrow()
    await expect(andon.floor.addRecords({ name: 'IMP-1', status: 'PRINTED' })).rejects.toThrow()
    expect(server.seen).toHaveLength(3)
  })

  test('is told live what changed, and loads anew after an absence', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const loads: number[] = []
    const told: unknown[] = []
    const heard = Promise.withResolvers<void>()
    server.onSubscribe = (request, socket) => {
      if (request.since === undefined) return say(socket, { type: 'subscribed', id: request.id, seq: 3 })
      say(socket, { type: 'subscribed', id: request.id, seq: request.since })
      say(socket, { type: 'reset', ids: [request.id], seq: 9 })
      say(socket, { type: 'floor', ids: [request.id], seq: 10, jobs: ['1_2'], more: true })
    }
    andon.live.subscribe(
      { topic: 'floor' },
      {
        onLoad: (seq) => {
          loads.push(seq)
          if (seq === 3) server.cut()
        },
        onFloor: (change) => {
          told.push(change)
          heard.resolve()
        },
      },
    )
    await heard.promise
    expect(loads).toEqual([3, 9])
    expect(told).toEqual([{ jobs: ['1_2'], more: true }])
  })
})
