import type { JobState, LogView } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { readEvents } from '../src/sse.ts'
import { FakeServer, job, json, refuse, say } from './fake-server.ts'

const ID = job().id

function line(n: number): LogView {
  return { n, attempt: 1, at: '2026-11-22T08:00:00Z', level: 'info', step: null, message: `line ${n}`, data: null }
}

describe('watch', () => {
  test('tells the job as it is, then each change, and ends with it', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ version: 1 })))
    server.onSubscribe = (request, socket) => {
      say(socket, { type: 'subscribed', id: request.id, seq: 1 })
      say(socket, { type: 'jobs', ids: [request.id], seq: 2, jobs: [job({ version: 2, state: 'completed' })] })
    }
    using andon = server.client()
    const states: JobState[] = []
    for await (const view of andon.jobs.watch(ID)) states.push(view.state)
    expect(states).toEqual(['running', 'completed'])
    expect(server.subscribed[0]).toMatchObject({ topic: 'job', job_id: ID })
  })

  test('does not subscribe to a job that has ended', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ state: 'failed' })))
    using andon = server.client()
    const states: JobState[] = []
    for await (const view of andon.jobs.watch(ID)) states.push(view.state)
    expect(states).toEqual(['failed'])
    expect(server.sockets.size).toBe(0)
  })

  test('reads the job while the stream is away', async () => {
    await using server = await new FakeServer().listen()
    let reads = 0
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => {
      reads += 1
      if (reads === 2) refuse(response, 503, { code: 'overloaded' }, { 'retry-after': '0' })
      else json(response, job({ version: reads, state: reads > 2 ? 'completed' : 'running' }))
    })
    server.on('POST /api/stream/ticket', (_seen, response) => refuse(response, 401, { code: 'unauthenticated' }))
    using andon = server.client()
    const states: JobState[] = []
    for await (const view of andon.jobs.watch(ID)) states.push(view.state)
    expect(states).toEqual(['running', 'completed'])
  })

  test('ends with the refusal when the job is gone', async () => {
    await using server = await new FakeServer().listen()
    let reads = 0
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => {
      reads += 1
      if (reads === 1) json(response, job())
      else refuse(response, 404, { code: 'job_not_found' })
    })
    using andon = server.client()
    const watching = andon.jobs.watch(ID)
    expect((await watching.next()).value).toMatchObject({ id: ID })
    await expect(watching.next()).rejects.toMatchObject({ code: 'job_not_found' })
  })

  test('outlives a server that is away, and takes the newest of several changes', async () => {
    await using server = await new FakeServer().listen()
    let reads = 0
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => {
      reads += 1
      if (reads === 1) json(response, job())
      else response.destroy()
    })
    server.onSubscribe = (request, socket) => {
      const jobs = [3, 2, 4].map((version) => job({ version, state: version === 4 ? 'completed' : 'running' }))
      say(socket, { type: 'subscribed', id: request.id, seq: 1 })
      for (const view of jobs) say(socket, { type: 'jobs', ids: [request.id], seq: 2, jobs: [view] })
    }
    using andon = server.client({ retries: 0 })
    const versions: number[] = []
    for await (const view of andon.jobs.watch(ID)) versions.push(view.version)
    expect(versions.at(-1)).toBe(4)
  })

  test('tells a slow reader the newest of what happened meanwhile, and nothing older after a reset', async () => {
    await using server = await new FakeServer().listen()
    let version = 1
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ version })))
    using andon = server.client()
    const watching = andon.jobs.watch(ID)
    expect((await watching.next()).value).toMatchObject({ version: 1 })
    const second = watching.next()
    await server.until(() => server.subscribed.length === 1)
    server.tell({ type: 'jobs', ids: ['s1'], seq: 2, jobs: [job({ version: 2 })] })
    expect((await second).value).toMatchObject({ version: 2 })
    version = 4
    const heard = Promise.withResolvers<void>()
    const after = andon.live.subscribe({ topic: 'job', jobId: ID }, { onGone: () => heard.resolve() })
    for (const known of [4, 3]) {
      server.tell({ type: 'jobs', ids: ['s1'], seq: 5, jobs: [job({ version: known })] })
      server.tell({ type: 'reset', ids: ['s1'], seq: 5 })
    }
    server.tell({ type: 'gone', ids: ['s2'], seq: 5, job_ids: [] })
    await heard.promise
    after.close()
    expect((await watching.next()).value).toMatchObject({ version: 4 })
    const last = watching.next()
    // A change that is older than what was loaded is none.
    server.tell({ type: 'jobs', ids: ['s1'], seq: 6, jobs: [job({ version: 3 })] })
    server.tell({ type: 'jobs', ids: ['s1'], seq: 7, jobs: [job({ version: 5, state: 'completed' })] })
    expect((await last).value).toMatchObject({ version: 5 })
    expect(await watching.next()).toMatchObject({ done: true })
  })

  test("ends with the caller's signal", async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job()))
    using andon = server.client()
    const stop = new AbortController()
    const reading = (async () => {
      for await (const view of andon.jobs.watch(ID, { signal: stop.signal })) expect(view.id).toBe(ID)
    })()
    await server.until(() => server.subscribed.length === 1)
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })
})

describe('wait', () => {
  test('resolves with the state that was asked for', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ state: 'queued' })))
    server.onSubscribe = (request, socket) =>
      say(socket, { type: 'jobs', ids: [request.id], seq: 2, jobs: [job({ version: 2 })] })
    using andon = server.client()
    expect((await andon.jobs.wait(ID, { for: 'running' })).state).toBe('running')
  })

  test('resolves with another end', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ state: 'cancelled' })))
    using andon = server.client()
    expect((await andon.jobs.wait(ID, { for: ['completed'], timeoutMs: 60_000 })).state).toBe('cancelled')
  })

  test('rejects when it takes too long', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job()))
    using andon = server.client()
    await expect(andon.jobs.wait(ID, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timed_out' })
  })

  test("rejects with the reason of the caller's signal", async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job()))
    using andon = server.client()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(andon.jobs.wait(ID, { signal })).rejects.toThrow('enough')
  })
})

describe('followLogs', () => {
  test('goes on behind the last line after a cut, and ends with the job', async () => {
    await using server = await new FakeServer().listen()
    const path = `GET /api/jobs/${ID}/logs`
    let connections = 0
    server.on(`GET /api/jobs/${ID}`, (_seen, response) =>
      json(response, job({ state: connections === 1 ? 'running' : 'completed' })),
    )
    server.on(path, (_seen, response) => {
      connections += 1
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const tell = (n: number) => response.write(`id: ${n}\ndata: ${JSON.stringify(line(n))}\n\n`)
      if (connections === 1) {
        tell(0)
        tell(1)
        response.end(': bye\n')
      } else {
        tell(1)
        tell(2)
        response.end('event: end\ndata: {}\n\n')
      }
    })
    using andon = server.client()
    const numbers: number[] = []
    for await (const log of andon.jobs.followLogs(ID, { level: 'info' })) numbers.push(log.n)
    expect(numbers).toEqual([0, 1, 2])
    const follows = server.seen.filter((seen) => seen.path.endsWith('/logs'))
    expect(follows.map((seen) => seen.query.get('cursor'))).toEqual([null, '1'])
    expect(follows[0]?.query.get('follow')).toBe('true')
  })

  test('ends when the stream ends after the job did', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ state: 'completed' })))
    server.on(`GET /api/jobs/${ID}/logs`, (_seen, response) => response.writeHead(200).end(''))
    using andon = server.client()
    for await (const log of andon.jobs.followLogs(ID)) expect(log).toBeUndefined()
  })

  test('goes on after a moment without a server', async () => {
    await using server = await new FakeServer().listen()
    let asked = 0
    server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ state: 'completed' })))
    server.on(`GET /api/jobs/${ID}/logs`, (_seen, response) => {
      asked += 1
      if (asked === 1) refuse(response, 503, { code: 'overloaded' })
      else response.writeHead(200).end('')
    })
    using andon = server.client({ retries: 0 })
    for await (const log of andon.jobs.followLogs(ID)) expect(log).toBeUndefined()
    expect(asked).toBe(2)
  })

  test('an event without an end is given up', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024).fill(120)),
    })
    await expect(readEvents(body).next()).rejects.toThrow('too long')
  })

  test('passes on a refusal', async () => {
    await using server = await new FakeServer().listen()
    server.on(`GET /api/jobs/${ID}/logs`, (_seen, response) => refuse(response, 404, { code: 'job_not_found' }))
    using andon = server.client()
    await expect(andon.jobs.followLogs(ID).next()).rejects.toMatchObject({ code: 'job_not_found' })
  })

  test('events come whole however the bytes are cut', async () => {
    const text =
      'retry: 5\n: note\nid: 7\nevent: log\ndata: one\ndata: two é\r\n\r\ndata\n\nevent:\ndata:x\n\nid: 8\n\n'
    const bytes = new TextEncoder().encode(text)
    for (let size = 1; size < bytes.length; size += 1) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
          controller.close()
        },
      })
      const events = []
      for await (const event of readEvents(body)) events.push(event)
      expect(events).toEqual([
        { id: '7', event: 'log', data: 'one\ntwo é' },
        { id: '7', event: 'message', data: '' },
        { id: '7', event: 'message', data: 'x' },
      ])
    }
  })
})
