import type { JobView, StreamRequest } from '@andon/core'
import { describe, expect, test } from 'vitest'
import type { LiveState } from '../src/index.ts'
import { FakeServer, job, refuse, say } from './fake-server.ts'
import { collector, reaches } from './live-parts.ts'

describe('the live stream', () => {
  test('connects with the first subscription and says when to load', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    expect(andon.live.status.state).toBe('idle')
    const loads = collector<number>()
    andon.live.subscribe({ topic: 'jobs', q: 'state:running' }, { onLoad: loads.add })
    expect(andon.live.status.state).toBe('connecting')
    await loads.count(1)
    expect(loads.told).toEqual([1])
    expect(andon.live.status.state).toBe('live')
    expect(andon.live.ageMs()).toBeGreaterThanOrEqual(0)
    expect(server.subscribed).toEqual([{ type: 'subscribe', id: 's1', topic: 'jobs', q: 'state:running' }])
  })

  test('tells each version once, the higher only', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const jobs = collector<readonly JobView[]>()
    const loads = collector<number>()
    andon.live.subscribe({ topic: 'jobs' }, { onJobs: jobs.add, onLoad: loads.add })
    await loads.count(1)
    server.tell({ type: 'jobs', ids: ['s1'], seq: 5, jobs: [job({ version: 3 })] })
    server.tell({ type: 'jobs', ids: ['s1'], seq: 6, jobs: [job({ version: 3 })] })
    server.tell({ type: 'jobs', ids: ['s1'], seq: 7, jobs: [job({ version: 2 })] })
    server.tell({ type: 'jobs', ids: ['other'], seq: 8, jobs: [job({ version: 9 })] })
    server.tell({ type: 'jobs', ids: ['s1'], seq: 9, jobs: [job({ version: 4 })] })
    await jobs.count(2)
    expect(jobs.told.flat().map((view) => view.version)).toEqual([3, 4])
  })

  test('comes back after a cut with the last number it was told', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const jobs = collector<readonly JobView[]>()
    const loads = collector<number>()
    andon.live.subscribe({ topic: 'jobs' }, { onJobs: jobs.add, onLoad: loads.add })
    await loads.count(1)
    server.tell({ type: 'jobs', ids: ['s1'], seq: 42, jobs: [job({ version: 3 })] })
    await jobs.count(1)
    const states = collector<LiveState>()
    andon.live.onStatus(() => states.add(andon.live.status.state))
    server.cut()
    await server.until(() => server.subscribed.length === 2)
    await reaches(andon.live, 'live')
    expect(server.subscribed[1]).toMatchObject({ since: 42 })
    expect(states.told).toEqual(['reconnecting', 'live'])
    expect(loads.told).toEqual([1])
  })

  test('loads anew on a reset and forgets the versions', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const jobs = collector<readonly JobView[]>()
    const loads = collector<number>()
    andon.live.subscribe({ topic: 'jobs' }, { onJobs: jobs.add, onLoad: loads.add })
    await loads.count(1)
    server.tell({ type: 'jobs', ids: ['s1'], seq: 50, jobs: [job({ version: 9 })] })
    server.tell({ type: 'reset', ids: ['s1'], seq: 7 })
    server.tell({ type: 'jobs', ids: ['s1'], seq: 8, jobs: [job({ version: 2 })] })
    await jobs.count(2)
    expect(loads.told).toEqual([1, 7])
    server.cut()
    await server.until(() => server.subscribed.length === 2)
    expect(server.subscribed[1]).toMatchObject({ since: 8 })
  })

  test('tells the other topics', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const told = collector<unknown>()
    andon.live.subscribe(
      { topic: 'board' },
      {
        onBoard: (stats) => told.add(stats.seq),
        onGone: told.add,
        onPrinters: told.add,
        onQueues: told.add,
        onToast: (toast) => told.add(toast.title),
      },
    )
    await server.until(() => server.subscribed.length === 1)
    const ids = ['s1']
    server.tell({ type: 'gone', ids, seq: 2, job_ids: ['a'] })
    server.tell({ type: 'printers', ids, seq: 2, printers: [] })
    server.tell({ type: 'queues', ids, seq: 2, queues: [] })
    const toast = { type: 'toast', ids, seq: 3, level: 'error', title: 'Paper is out', text: '' } as const
    server.tell(toast)
    server.tell(toast)
    server.tell({ ...toast, title: 'Cover open' })
    await told.count(5)
    expect(told.told).toEqual([['a'], [], [], 'Paper is out', 'Cover open'])
  })

  test('passes a refusal to the subscription that it is about', async () => {
    await using server = await new FakeServer().listen()
    server.onSubscribe = (request, socket) =>
      say(socket, { type: 'error', id: request.id, code: 'query_invalid', detail: 'At 1: stat is no field.' })
    using andon = server.client()
    const errors = collector<string>()
    andon.live.subscribe(
      { topic: 'jobs', q: 'stat:x' },
      { onError: (error) => errors.add(`${error.code} ${error.detail}`) },
    )
    await errors.count(1)
    expect(errors.told).toEqual(['query_invalid At 1: stat is no field.'])
  })

  test('keeps an error about the whole connection in its status', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'live')
    const changed = new Promise<void>((resolve) => void andon.live.onStatus(resolve))
    server.tell({ type: 'error', code: 'unheard_of', detail: 'too slow' })
    await changed
    expect(andon.live.status.problem).toMatchObject({ code: 'unheard_of', extra: { code: 'unheard_of' } })
  })

  test('waits for a sign-in when the reader is not known, and wakes up', async () => {
    await using server = await new FakeServer().listen()
    const ticket = server.routes.get('POST /api/stream/ticket')
    server.on('POST /api/stream/ticket', (_seen, response) => refuse(response, 401, { code: 'unauthenticated' }))
    using andon = server.client()
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'signed_out')
    expect(andon.live.status.problem?.code).toBe('unauthenticated')
    if (ticket) server.routes.set('POST /api/stream/ticket', ticket)
    andon.live.wake()
    await reaches(andon.live, 'live')
    expect(andon.live.status.problem).toBeNull()
  })

  test('is stale when the server stays away, and comes back', async () => {
    await using server = await new FakeServer().listen()
    const ticket = server.routes.get('POST /api/stream/ticket')
    using andon = server.client({ pingMs: 10 })
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'live')
    server.on('POST /api/stream/ticket', (_seen, response) => refuse(response, 503, { code: 'shutting_down' }))
    server.cut()
    await reaches(andon.live, 'stale')
    if (ticket) server.routes.set('POST /api/stream/ticket', ticket)
    await reaches(andon.live, 'live')
  })

  test('gives up a connection that does not answer', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client({ pingMs: 10 })
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'live')
    server.answersPings = false
    await reaches(andon.live, 'reconnecting')
    server.answersPings = true
    await reaches(andon.live, 'live')
  })

  test('asks for a sign of life when woken', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client({ pingMs: 0 })
    const loads = collector<number>()
    andon.live.subscribe({ topic: 'toasts' }, { onLoad: loads.add })
    await loads.count(1)
    andon.live.wake()
    await reaches(andon.live, 'live')
  })

  test('drops the connection some time after the last subscription ended', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const first = andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'live')
    first.close()
    first.close()
    const second = andon.live.subscribe({ topic: 'board' }, {})
    await server.until(() => server.subscribed.length === 3)
    expect(server.sockets.size).toBe(1)
    expect(server.subscribed.map((request: StreamRequest) => request.type)).toEqual([
      'subscribe',
      'unsubscribe',
      'subscribe',
    ])
    second.close()
    await reaches(andon.live, 'idle')
    await server.until(() => server.sockets.size === 0)
  })

  test('is over after close', async () => {
    await using server = await new FakeServer().listen()
    const andon = server.client()
    andon.live.subscribe({ topic: 'toasts' }, {})
    await reaches(andon.live, 'live')
    andon.close()
    await server.until(() => server.sockets.size === 0)
    expect(andon.live.status.state).toBe('closed')
    expect(() => andon.live.subscribe({ topic: 'toasts' }, {})).toThrow('closed')
  })

  test('a second subscription rides on the first connection', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    andon.live.wake()
    expect(andon.live.status.state).toBe('idle')
    const loads = collector<number>()
    const first = andon.live.subscribe({ topic: 'board' }, { onLoad: loads.add })
    andon.live.subscribe({ topic: 'queues' }, { onLoad: loads.add })
    await loads.count(2)
    expect(server.sockets.size).toBe(1)
    first.close()
    await server.until(() => server.subscribed.length === 3)
    expect(andon.live.status.state).toBe('live')
  })

  test('waits to be told how far it is before it counts a sign of life', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client({ pingMs: 10 })
    server.onSubscribe = (request, socket) => {
      say(socket, { type: 'pong', seq: 99 })
      say(socket, { type: 'subscribed', id: request.id, seq: 4 })
    }
    const loads = collector<number>()
    andon.live.subscribe({ topic: 'jobs' }, { onLoad: loads.add })
    await loads.count(1)
    server.cut()
    await server.until(() => server.subscribed.length === 2)
    expect(server.subscribed[1]).toMatchObject({ since: 4 })
  })

  test('forgets the oldest versions first, and stays bounded', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const loads = collector<number>()
    const jobs = collector<readonly JobView[]>()
    andon.live.subscribe({ topic: 'jobs' }, { onJobs: jobs.add, onLoad: loads.add })
    await loads.count(1)
    const many = Array.from({ length: 5_001 }, (_, n) => job({ id: `j${n}` }))
    server.tell({ type: 'jobs', ids: ['s1'], seq: 2, jobs: many })
    server.tell({ type: 'jobs', ids: ['s1'], seq: 3, jobs: [job({ id: 'j0' }), job({ id: 'j5000' })] })
    await jobs.count(2)
    expect(jobs.told[1]?.map((view) => view.id)).toEqual(['j0'])
  })

  test('passes over what it does not understand', async () => {
    await using server = await new FakeServer().listen()
    using andon = server.client()
    const loads = collector<number>()
    server.onSubscribe = (request, socket) => {
      socket.send('{')
      socket.send(Buffer.from([1, 2]))
      say(socket, { type: 'subscribed', id: request.id, seq: 4 })
    }
    andon.live.subscribe({ topic: 'toasts' }, { onLoad: loads.add })
    await loads.count(1)
    expect(loads.told).toEqual([4])
  })
})
