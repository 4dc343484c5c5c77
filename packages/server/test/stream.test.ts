import { setTimeout as pause } from 'node:timers/promises'
import type { StreamMessage } from '@andon/core'
import { changeAccount, createJobs, createPool, createPrinter, pauseLane, writePrinterStatus } from '@andon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, TEST, type TestServer } from './harness.ts'
import { Client } from './stream-client.ts'

let andon: TestServer
beforeAll(async () => {
  andon = await startTestServer()
})
afterAll(() => andon[Symbol.asyncDispose]())

async function newJob(fields: Partial<Parameters<typeof createJobs>[1][number]> = {}): Promise<string> {
  const [created] = await createJobs(andon.store, [{ type: 'live.test', createdBy: 'test', ...fields }])
  return created?.id ?? ''
}

const has = (id: string) => (message: StreamMessage) =>
  message.type === 'jobs' && message.jobs.some((job) => job.id === id)

describe('the live stream', () => {
  test('tells jobs as they change, with views that replace each other', async () => {
    using client = await Client.open(andon)
    await client.subscribe({ topic: 'jobs' })
    const id = await newJob()
    await client.until(has(id))
    await andon.call('POST', `/api/jobs/${id}/cancel`, { body: {} })
    await client.until(
      (message) => message.type === 'jobs' && message.jobs.some((job) => job.id === id && job.state === 'cancelled'),
    )
    const versions = client.jobs.filter((job) => job.id === id).map((job) => job.version)
    expect(versions).toEqual(versions.toSorted((one, other) => one - other))
  })

  test('tells only what a query asks for, and what no longer matches', async () => {
    using client = await Client.open(andon)
    const id = await newJob({ tags: { line: 'seven' } })
    await client.subscribe({ topic: 'jobs', q: 'tag:line=seven state:pending,queued' })
    const other = await newJob()
    await andon.call('POST', `/api/jobs/${id}/priority`, { body: { priority: 'high' } })
    await client.until(has(id))
    await andon.call('POST', `/api/jobs/${id}/cancel`, { body: {} })
    await client.until((message) => message.type === 'gone' && message.job_ids.includes(id))
    expect(client.jobs.map((job) => job.id)).not.toContain(other)
  })

  test('answers wrong messages and goes on', async () => {
    using client = await Client.open(andon)
    await client.subscribe({ topic: 'jobs', q: 'stat:failed' })
    expect(client.messages.at(-1)).toMatchObject({ type: 'error', id: 'a', code: 'query_invalid' })
    client.socket.send('nonsense')
    await client.until((message) => message.type === 'error' && message.code === 'invalid_json')
    client.say({ type: 'subscribe', id: 'b', topic: 'weather' })
    await client.until((message) => message.type === 'error' && message.code === 'validation_failed')
    client.say({ type: 'subscribe', id: 'c', topic: 'job' })
    await client.until((message) => message.type === 'error' && message.id === 'c')
    client.say({ type: 'ping' })
    await client.until((message) => message.type === 'pong')
  })

  test('follows one job at an address of its own', async () => {
    const id = await newJob()
    using client = await Client.open(andon, { path: `/ws/jobs/${id}` })
    await client.until(has(id))
    await andon.call('POST', `/api/jobs/${id}/hold`, { body: { reason: 'later' } })
    await client.until((message) => message.type === 'jobs' && message.jobs.some((job) => job.wait_reason === 'hold'))
  })

  test('resumes: what was missed, then what is live, nothing lost', async () => {
    using first = await Client.open(andon)
    await first.subscribe({ topic: 'jobs' })
    const seen = await newJob()
    const { seq } = (await first.until(has(seen))) as Extract<StreamMessage, { seq: number }>
    first.socket.terminate()
    const missed = [await newJob(), await newJob(), await newJob()]
    using second = await Client.open(andon)
    const creating = (async () => {
      for (let at = 0; at < 20; at += 1) missed.push(await newJob())
    })()
    second.say({ type: 'subscribe', id: 'a', topic: 'jobs', since: seq })
    await creating
    await second.until(has(missed.at(-1) ?? ''))
    for (const id of missed) await second.until(has(id))
    expect(second.jobs.filter((job) => job.id === seen)).toEqual([])
  })

  test('says so when somebody is too far behind, or was never here', async () => {
    using client = await Client.open(andon)
    client.say({ type: 'subscribe', id: 'a', topic: 'jobs', since: 9_000_000_000 })
    await client.until((message) => message.type === 'reset')
  })

  test('loses nothing when transactions commit out of order, and waits for none', async () => {
    using client = await Client.open(andon)
    await client.subscribe({ topic: 'jobs' })
    const slow = await andon.store.pool.connect()
    const id = await newJob()
    await client.until(has(id))
    await slow.query('begin')
    await slow.query('insert into event (kind, job_id) values (7, $1)', [id])
    const later = await newJob()
    // The later one comes while the earlier number is still open.
    const message = (await client.until(has(later))) as Extract<StreamMessage, { seq: number }>
    const { rows } = await slow.query<{ seq: string }>('select seq from event where job_id = $1 and kind = 7', [id])
    expect(message.seq).toBeLessThan(Number(rows[0]?.seq))
    const before = client.jobs.filter((job) => job.id === id).length
    await slow.query('commit')
    slow.release()
    await client.until(() => client.jobs.filter((job) => job.id === id).length > before)
  })

  test('coalesces the changes of one job to ten a second', async () => {
    using client = await Client.open(andon)
    const id = await newJob()
    await client.subscribe({ topic: 'job', job_id: id })
    const startedAt = performance.now()
    for (let at = 0; at < 30; at += 1) {
      await andon.call('POST', `/api/jobs/${id}/priority`, { body: { priority: at % 2 === 0 ? 'high' : 'low' } })
    }
    await andon.call('POST', `/api/jobs/${id}/priority`, { body: { priority: 'urgent' } })
    await client.until((message) => message.type === 'jobs' && message.jobs.some((job) => job.priority === 'urgent'))
    const tenths = (performance.now() - startedAt) / 100
    expect(client.messages.filter((message) => message.type === 'jobs').length).toBeLessThanOrEqual(tenths + 3)
  })

  test('shows nobody what they may not see', async () => {
    using viewer = await Client.open(andon, { as: 'viewer' })
    await viewer.subscribe({ topic: 'jobs' })
    const secret = await newJob()
    const print = await newJob({ type: 'print.proof' })
    await viewer.until(has(print))
    expect(viewer.jobs.map((job) => job.id)).not.toContain(secret)
    await viewer.subscribe({ id: 'b', topic: 'job', job_id: secret })
    viewer.say({ type: 'ping' })
    await viewer.until((message) => message.type === 'pong')
    expect(JSON.stringify(viewer.messages.filter((message) => message.type !== 'gone'))).not.toContain(
      `"id":"${secret}"`,
    )
  })

  test('does not even name a job that somebody may not see, when it changes', async () => {
    const secret = await newJob()
    using viewer = await Client.open(andon, { as: 'viewer' })
    await viewer.subscribe({ topic: 'jobs' })
    await andon.call('POST', `/api/jobs/${secret}/priority`, { body: { priority: 'high' } })
    const print = await newJob({ type: 'print.proof' })
    await viewer.until(has(print))
    expect(JSON.stringify(viewer.messages)).not.toContain(secret)
  })

  test('tells printers, queues and the board as wholes that changed', async () => {
    const pool = await createPool(andon.store, 'stream pool', TEST)
    using client = await Client.open(andon)
    await client.subscribe({ id: 'q', topic: 'queues' })
    await client.subscribe({ id: 'b', topic: 'board' })
    await client.subscribe({ id: 'p', topic: 'printers' })
    await client.until(
      (message) => message.type === 'queues' && message.queues.some((queue) => queue.name === 'stream pool'),
    )
    await client.until((message) => message.type === 'board')
    await pauseLane(andon.store, pool.id, { reason: 'lunch' }, TEST)
    await client.until(
      (message) => message.type === 'queues' && message.queues.some((queue) => queue.pause?.reason === 'lunch'),
    )
  })

  test('tells a queue and a printer of one name apart, and without an event what a queue waits for', async () => {
    await createPrinter(andon.store, { name: 'twins', driver: 'virtual', uri: 'virtual://here' }, TEST)
    await newJob({ queue: 'other', type: 'report.pdf' })
    await andon.store.pool.query("update lane set name = 'twins' where kind = 'queue' and name = 'other'")
    using client = await Client.open(andon)
    await client.subscribe({ id: 'q', topic: 'queues' })
    const told = (kind: string, waits: readonly string[]) => (message: StreamMessage) =>
      message.type === 'queues' &&
      message.queues.some(
        (queue) =>
          queue.name === 'twins' &&
          queue.kind === kind &&
          queue.waits.map(({ reason }) => reason).join() === waits.join(),
      )
    await client.until(told('printer', []))
    await client.until(told('queue', ['no_worker']))
    // Written as a worker's heartbeat writes it, of which nobody is told.
    await andon.store.pool.query(
      `insert into worker (name, kind, host, pid, version, schema_version, types, slots, lease_until, sample)
       values ('w', 'worker', 'here', 1, 'test', 1, '{report.pdf}', 1, now() + interval '1 hour', '{"waits_for":"cpu"}')`,
    )
    await client.until(told('queue', ['cpu']))
    await andon.store.pool.query("update worker set stopped_at = now() where name = 'w'")
  })

  test('toasts those whom it concerns when a job has ended', async () => {
    using owner = await Client.open(andon, { as: 'operator' })
    using other = await Client.open(andon, { as: 'viewer' })
    using boss = await Client.open(andon, { as: 'supervisor' })
    for (const client of [owner, other, boss]) await client.subscribe({ topic: 'toasts' })
    const { body } = await andon.call('POST', '/api/jobs', {
      as: 'operator',
      body: { type: 'print.proof', description: 'Boxes' },
    })
    await andon.call('POST', `/api/jobs/${body.id}/cancel`, { as: 'operator', body: {} })
    const toast = await owner.until((message) => message.type === 'toast')
    expect(toast).toMatchObject({ level: 'info', title: 'Cancelled', job_id: body.id })
    await boss.until((message) => message.type === 'toast')
    other.say({ type: 'ping' })
    await other.until((message) => message.type === 'pong')
    expect(other.messages.filter((message) => message.type === 'toast')).toEqual([])
  })

  test('toasts a printer that needs somebody, and when it is well again', async () => {
    const printer = await createPrinter(andon.store, { name: 'Loud', driver: 'raw', uri: 'socket://127.0.0.1:9' }, TEST)
    using boss = await Client.open(andon, { as: 'supervisor' })
    await boss.subscribe({ topic: 'toasts' })
    await boss.subscribe({ id: 'p', topic: 'printers' })
    await boss.until((message) => message.type === 'printers' && message.printers.some(({ name }) => name === 'Loud'))
    const tell = async (reasons: readonly string[]): Promise<void> => {
      const status = {
        state: reasons.length === 0 ? ('idle' as const) : ('stopped' as const),
        reasons: reasons.map((reason) => ({ reason, severity: 'error' as const, raw: reason })),
        supplies: [],
        queuedJobs: 0,
        message: null,
        capabilities: null,
        model: null,
      }
      await writePrinterStatus(andon.store, { printerId: printer.id, status, isAnswered: true })
      andon.store.notifier.events()
    }
    await tell([])
    await boss.until(
      (message) =>
        message.type === 'printers' && message.printers.some(({ name, state }) => name === 'Loud' && state === 'idle'),
    )
    await tell(['media-empty'])
    await boss.until((message) => message.type === 'toast' && message.printer === 'Loud' && message.level === 'error')
    await tell([])
    await boss.until((message) => message.type === 'toast' && message.printer === 'Loud' && message.level === 'success')
  })

  test('ends with the token or the account that opened it', async () => {
    const token = await andon.token('operator', ['read'])
    const created = await andon.call('GET', '/api/tokens', { as: 'operator' })
    using client = await Client.open(andon, { as: token })
    await client.subscribe({ topic: 'jobs' })
    await andon.call('DELETE', `/api/tokens/${created.body.data[0].id}`, { as: 'operator' })
    expect(await client.untilClosed()).toMatchObject({ code: 4001 })

    using viewer = await Client.open(andon, { as: 'viewer' })
    await changeAccount(andon.store, 'viewer', { role: 'operator' }, TEST)
    expect(await viewer.untilClosed()).toMatchObject({ code: 4001 })
    await changeAccount(andon.store, 'viewer', { role: 'viewer' }, TEST)
  })

  test('cuts a client that does not read, and keeps the others', async () => {
    using deaf = await Client.open(andon)
    using other = await Client.open(andon)
    await deaf.subscribe({ topic: 'jobs', q: 'type:live.large' })
    await other.subscribe({ topic: 'jobs', q: 'type:live.large' })
    deaf.socket.pause()
    const description = 'x'.repeat(490)
    const tags = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`tag ${index}`, 'y'.repeat(400)]))
    const closed = new Promise<void>((resolve) => deaf.socket.once('close', () => resolve()))
    let ids: string[] = []
    for (let round = 0; round < 200 && andon.server.hub.clients > 1; round += 1) {
      const jobs = Array.from({ length: 20 }, () => ({ type: 'live.large', createdBy: 'test', description, tags }))
      ids = (await createJobs(andon.store, jobs)).map(({ id }) => id)
      // Lets the flush of this round happen before the next is made.
      await pause(5)
    }
    for (const id of ids) await other.until(has(id))
    expect(andon.server.hub.clients).toBe(1)
    deaf.socket.resume()
    await closed
  })

  test('refuses messages over 64 KB', async () => {
    using client = await Client.open(andon)
    client.socket.send(JSON.stringify({ type: 'ping', padding: 'x'.repeat(70_000) }))
    expect(await client.untilClosed()).toMatchObject({ code: 1009 })
  })
})
