import type { ClaimedJobView } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { httpJobSource } from '../src/index.ts'
import { FakeServer, json } from './fake-server.ts'

const REGISTRATION = {
  name: 'w',
  kind: 'worker',
  host: 'h',
  pid: 1,
  version: 'test',
  types: ['test.work'],
  slots: 1,
  leaseMs: 30_000,
} as const

function idOf(n: number): string {
  return `0199aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`
}

function claimed(n: number): ClaimedJobView {
  return {
    job_id: idOf(n),
    fence: 1,
    type: 'test.work',
    lane_id: 1,
    queue_id: 1,
    attempt: 1,
    max_attempts: 3,
    priority: 'normal',
    is_resumed: false,
    external_ref: null,
    input: null,
    description: null,
    created_by: 'anna',
    created_at: '2026-11-22T08:00:00.000Z',
    deadline_at: null,
    deadline_in_ms: null,
    items_total: null,
    items_done: null,
    items_failed: null,
    lost_action: 'requeue',
    retry: null,
  }
}

describe('a worker over HTTP', () => {
  test('writes lines under the lease of their job, as far back as it remembers', async () => {
    await using server = await new FakeServer().listen()
    const source = httpJobSource({ url: server.url, token: 'andon_test' })
    let workers = 0
    server.on('POST /api/workers', (_seen, response) => {
      workers += 1
      json(response, { worker_id: workers, fence: `${workers}0`, lease_ms: 30_000 })
    })
    let next = 0
    for (const worker of [1, 2]) {
      server.on(`POST /api/workers/${worker}/claim`, (_seen, response) => {
        json(response, { data: Array.from({ length: 500 }, () => claimed(next++)) })
      })
      server.on(`POST /api/workers/${worker}/logs`, (_seen, response) => json(response, { written: 1 }))
    }
    const nothing = { lanes: [], types: ['test.work'], limit: 500 }
    const first = await source.register(REGISTRATION)
    await source.claim(first, nothing)
    const second = await source.register(REGISTRATION)
    expect(source.lease).toEqual(second)
    const logged = async () => {
      const line = { attempt: 1, at: new Date(), level: 'info', step: null, message: 'm' } as const
      await source.log([{ ...line, jobId: idOf(0) }])
      return server.seen.at(-1)?.path
    }
    for (let claims = 1; claims < 40; claims += 1) await source.claim(second, nothing)
    expect(await logged()).toBe('/api/workers/1/logs')
    await source.claim(second, nothing)
    expect(await logged()).toBe('/api/workers/2/logs')
  })

  test('writes lines that come after a lease was lost under that lease', async () => {
    await using server = await new FakeServer().listen()
    const source = httpJobSource({ url: server.url, token: 'andon_test' })
    let workers = 0
    server.on('POST /api/workers', (_seen, response) => {
      workers += 1
      json(response, { worker_id: workers, fence: `${workers}0`, lease_ms: 30_000 })
    })
    server.on('POST /api/workers/1/claim', (_seen, response) => json(response, { data: [claimed(1)] }))
    for (const worker of [1, 2]) {
      server.on(`POST /api/workers/${worker}/logs`, (_seen, response) => json(response, { written: 1 }))
    }
    await source.claim(await source.register(REGISTRATION), { lanes: [], types: ['test.work'], limit: 1 })
    await source.register(REGISTRATION)
    const line = { attempt: 1, at: new Date(), level: 'info', step: null, message: 'm' } as const
    await source.log([
      { ...line, jobId: idOf(1) },
      { ...line, jobId: idOf(2) },
    ])
    const written = server.seen.filter(({ path }) => path.endsWith('/logs'))
    expect(written.map(({ body, path }) => [path, JSON.parse(body).lease, JSON.parse(body).lines[0].job_id])).toEqual([
      ['/api/workers/1/logs', '10', idOf(1)],
      ['/api/workers/2/logs', '20', idOf(2)],
    ])
  })

  test('of a station registers as one, and says which lease it got', async () => {
    await using server = await new FakeServer().listen()
    const leases: unknown[] = []
    const source = httpJobSource({ url: server.url, station: 'Desk 1', onLease: (lease) => leases.push(lease) })
    const answer = { worker_id: 7, fence: '9', lease_ms: 30_000, station_id: 4 }
    server.on('POST /api/workers', (_seen, response) => json(response, answer))
    await source.register({ ...REGISTRATION, kind: 'station' })
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ kind: 'station', station: 'Desk 1' })
    expect(leases).toEqual([{ workerId: 7, fence: '9', leaseMs: 30_000 }])
    await source.register({ ...REGISTRATION, kind: 'station' })
    expect(JSON.parse(server.seen[1]?.body ?? ''), 'its name may be another by now').toMatchObject({ station: 4 })
  })
})
