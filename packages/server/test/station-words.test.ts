import { rescueWorkers } from '@andon/store'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Andon } from '../../sdk/src/index.ts'
import { changesOf } from '../src/workers/station-items.ts'
import { type Answer, startTestServer, type TestServer } from './harness.ts'
import { expireLease } from './remote-shop.ts'

const LABEL = '^XA^FDx^FS^XZ'

let andon: TestServer
/** Tokens of two stations' accounts: each speaks for itself. */
let token: string
let stranger: string
beforeAll(async () => {
  andon = await startTestServer()
  token = await andon.token('supervisor', ['station'])
  stranger = await andon.token('admin', ['station'])
  for (const name of ['Packing', 'Office']) await andon.call('POST', '/api/machines', { body: { name } })
  for (const name of ['Labels']) await andon.call('POST', '/api/pools', { body: { name } })
  const printers = [
    { name: 'Badge', station: 'Packing' },
    { name: 'Roll', station: 'Packing', pool: 'Labels' },
    { name: 'Laser', station: 'Office' },
    { name: 'Free' },
  ]
  for (const printer of printers) {
    const body = { driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true, ...printer }
    expect((await andon.call('POST', '/api/printers', { body })).status).toBe(201)
  }
})
afterAll(() => andon[Symbol.asyncDispose]())
beforeEach(async () => {
  // Each test has stations of its own, and a printer is held by one.
  await andon.store.pool.query('delete from job')
  await andon.store.pool.query('update worker set stopped_at = now() where stopped_at is null')
  await andon.store.pool.query('update lane set holder = null, lease_until = null')
  await andon.call('POST', '/api/printers/Roll/resume')
})

async function print(body: object = { printer: 'Badge' }, labels = 3): Promise<string> {
  const items = Array.from({ length: labels }, () => ({ zpl: LABEL }))
  const made = await andon.call('POST', '/api/print', { body: { items, ...body } })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.id
}

function say(id: string, word: string, body: object, as = token): Promise<Answer> {
  return andon.call('POST', `/api/printers/jobs/${id}/${word}`, { as, body })
}

const take = (id: string, more: object = {}, as = token) => say(id, 'queued', { machine_id: 'Packing', ...more }, as)

async function taken(id: string): Promise<string> {
  const { body, status } = await take(id)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.lease_token
}

async function now(id: string): Promise<Answer['body']> {
  return (await andon.call('GET', `/api/jobs/${id}`)).body
}

async function items(id: string): Promise<string[]> {
  const { body } = await andon.call('GET', `/api/jobs/${id}/items`)
  return body.data.map(({ state }: { state: string }) => state)
}

describe('a station that knows six words', () => {
  test('takes a job, says which label it prints, and that all came out', async () => {
    const id = await print()
    const { body } = await take(id)
    expect(body).toMatchObject({
      job: { id, status: 'queued', printer: 'Badge', machine_id: expect.any(Number) },
      item: 0,
      copies: 1,
      format: 'application/vnd.zebra-zpl',
      document: null,
    })
    const listed = await fetch(`${andon.url}${body.items}`, {
      headers: { authorization: `Bearer ${token}`, ...body.headers },
    })
    expect(await listed.json()).toMatchObject({ data: [{ index: 0, content: LABEL }, {}, {}] })
    const { lease_token } = body
    const printing = await say(id, 'printing', { lease_token, item: 1, percent: 33 })
    expect(printing.body).toMatchObject({ job: { status: 'printing' }, cancel_requested: false, retry_at: null })
    expect(await items(id)).toEqual(['done', 'intended', 'pending'])
    expect((await say(id, 'printed', { lease_token })).body).toMatchObject({
      job: { status: 'printed' },
      proof: 'accepted',
    })
    expect(await now(id)).toMatchObject({
      state: 'completed',
      proof: 'accepted',
      station: 'Packing',
      summary: '3 of 3 printed (accepted, not confirmed)',
      items: { total: 3, done: 3, failed: 0 },
    })
    expect((await andon.call('GET', '/api/printers/Badge')).body.last_confirmed_at).toBeNull()
  })

  test('may say each word again', async () => {
    const id = await print()
    const lease_token = await taken(id)
    expect(await taken(id), 'the same token').toBe(lease_token)
    for (const item of [2, 2, 1]) {
      expect((await say(id, 'printing', { lease_token, item })).status).toBe(200)
      expect(await items(id)).toEqual(['done', 'done', 'intended'])
    }
    const ends = [await say(id, 'printed', { lease_token }), await say(id, 'printed', { lease_token })]
    expect(ends.map(({ body, status }) => [status, body.job.status])).toEqual([
      [200, 'printed'],
      [200, 'printed'],
    ])
    expect((await say(id, 'failed', { lease_token, message: 'no' })).body, 'not in other words').toMatchObject({
      status: 409,
      code: 'lease_lost',
    })
    expect((await say(id, 'printing', { lease_token })).body.code).toBe('lease_lost')
    expect((await take(id)).body).toMatchObject({ status: 409, code: 'state_conflict' })
  })

  test('calls a print confirmed only with what the device said', async () => {
    const id = await print()
    const lease_token = await taken(id)
    expect((await say(id, 'printed', { lease_token, proof: 'confirmed' })).body).toMatchObject({
      status: 400,
      field: '/evidence',
    })
    await say(id, 'printed', { lease_token, proof: 'confirmed', evidence: 'counter 120 to 123' })
    expect(await now(id)).toMatchObject({ proof: 'confirmed', result: { evidence: 'counter 120 to 123' } })
    expect((await andon.call('GET', '/api/printers/Badge')).body.last_confirmed_at).not.toBeNull()
  })

  test('takes no job of another station, none of nobody, and none that an agent drives', async () => {
    const foreign = await take(await print({ printer: 'Laser' }))
    expect(foreign.body).toMatchObject({ status: 403, code: 'forbidden' })
    expect(foreign.body.detail).toBe('The job is for "Laser" of Office; Packing takes jobs of its own printers only')
    expect((await take(await print({ printer: 'Free' }))).body.detail).toContain('"Free"')
    const id = await print()
    expect((await take(id, { machine_id: 'Nowhere' })).body.code).toBe('station_not_found')
    const { body: other } = await andon.call('POST', '/api/jobs', { body: { type: 'test.work' } })
    expect((await take(other.id)).body.code, 'not visible').toBe('job_not_found')
    expect((await take(other.id, {}, stranger)).body, 'no print').toMatchObject({ code: 'job_not_found' })
    await taken(id)
    const driven = await take(await print(), {}, stranger)
    expect(driven.body).toMatchObject({ status: 409, code: 'state_conflict' })
    expect(driven.body.detail).toBe('Badge is driven by another process')
    expect((await say(id, 'printing', { lease_token: await taken(id) }, stranger)).body.code).toBe('worker_not_found')
  })

  test('prints one job at a time at each printer, and none while its queue is paused', async () => {
    const [first, second] = [await print(), await print()]
    await taken(first)
    expect((await take(second)).body).toMatchObject({ status: 409, code: 'state_conflict', state: 'queued' })
    expect((await take(second)).body.detail).toContain('has a job already')
    const pooled = await take(await print({ pool: 'Labels' }))
    expect(pooled.body.job, 'at the printer that is free').toMatchObject({ printer: 'Roll' })
    await andon.call('POST', '/api/printers/Roll/pause', { body: { reason: 'cleaning' } })
    expect((await take(await print({ printer: 'Roll' }))).body.detail).toBe('The queue of Roll is paused: cleaning')
  })

  test('is asked about what it had begun when it is lost, and loses the rest', async () => {
    const begun = await print()
    const lease_token = await taken(begun)
    await say(begun, 'printing', { lease_token, item: 1 })
    const pooled = await print({ pool: 'Labels' })
    const waiting = (await take(pooled)).body.lease_token
    await expireLease(andon.store, Number(lease_token.split('.')[0]))
    await rescueWorkers(andon.store)
    expect(await now(pooled)).toMatchObject({ state: 'queued', printer: expect.anything() })
    for (const [id, lease] of [
      [begun, lease_token],
      [pooled, waiting],
    ] as const) {
      expect((await say(id, 'printed', { lease_token: lease })).body).toMatchObject({ status: 409, code: 'lease_lost' })
    }
    const { body } = await andon.call('GET', `/api/jobs/${begun}/logs`)
    expect(body.data.at(-1).message, 'kept for who has to decide').toContain('A report was refused')
    const again = await take(begun)
    expect(again.body).toMatchObject({ status: 409, code: 'state_conflict' })
    expect(again.body.detail).toContain('1 of the labels may have come out')
    expect(await now(begun)).toMatchObject({ state: 'pending', wait_reason: 'unconfirmed' })
    expect(await items(begun)).toEqual(['done', 'unconfirmed', 'pending'])
  })

  test('keeps its jobs by its heartbeats', async () => {
    const id = await print()
    const lease_token = await taken(id)
    const workerId = Number(lease_token.split('.')[0])
    await andon.store.pool.query(`update worker set lease_until = now() + interval '1 second' where id = $1`, [
      workerId,
    ])
    const body = { machine_id: 'Packing', qz_connected: false, pending_jobs: 0 }
    expect((await andon.call('POST', '/api/machines/status', { as: token, body })).status).toBe(200)
    const left = `select lease_until - now() > interval '100 seconds' as is_long from worker where id = $1`
    expect((await andon.store.pool.query(left, [workerId])).rows).toEqual([{ is_long: true }])
  })

  test('hears that a job is to be cancelled, and cancels it', async () => {
    const id = await print()
    const lease_token = await taken(id)
    await andon.call('POST', `/api/jobs/${id}/cancel`)
    expect((await say(id, 'printing', { lease_token, item: 1 })).body.cancel_requested).toBe(true)
    const end = await say(id, 'failed', { lease_token, message: 'stopped', item: 2 })
    expect(end.body.job.status).toBe('cancelled')
    expect(await items(id)).toEqual(['done', 'done', 'cancelled'])
  })
})

describe('what failed', () => {
  /** Seconds between the decision and the next attempt, as they stand in the database. */
  async function delayOf(id: string): Promise<number> {
    const text = `select extract(epoch from j.run_at - a.ended_at)::float8 as seconds
      from job j join attempt a on a.job_id = j.id and a.number = j.attempt where j.id = $1`
    const { rows } = await andon.store.pool.query<{ seconds: number }>(text, [id])
    return rows[0]?.seconds ?? Number.NaN
  }

  const goOn = (id: string) => andon.call('POST', `/api/jobs/${id}/release`)

  test('is tried again after 2, 4 and 8 seconds, then fails with its reason; a person makes a new job of it', async () => {
    const id = await print({ printer: 'Badge' }, 1)
    const delays: number[] = []
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const lease_token = await taken(id)
      const failure = { lease_token, code: 'media-empty', message: 'PAPER_OUT' }
      const { body } = await say(id, 'failed', failure)
      expect(body.job).toMatchObject({ status: 'pending', retry_count: attempt - 1 })
      expect((await say(id, 'failed', failure)).body.retry_at, 'the same again').toBe(body.retry_at)
      delays.push(await delayOf(id))
      expect(await items(id)).toEqual(['pending'])
      expect((await take(id)).body.detail).toBe('The job waits for its time, or for a person')
      await goOn(id)
    }
    expect(delays).toEqual([2, 4, 8])
    const lease_token = await taken(id)
    const end = await say(id, 'failed', { lease_token, code: 'media-empty', message: 'PAPER_OUT' })
    expect(end.body).toMatchObject({ job: { status: 'failed', retry_count: 3 }, retry_at: null })
    const failed = await now(id)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'printer_stopped', hint: expect.any(String) } })
    expect(failed.error.message).toContain('PAPER_OUT')
    const retry = await say(id, 'retry', {})
    expect(retry).toMatchObject({ status: 201 })
    expect(await now(retry.body.id)).toMatchObject({ retry_of: id, state: 'queued', attempt: 0 })
    expect((await say(id, 'retry', {})).body).toMatchObject({ code: 'already_retried', retry_id: retry.body.id })
  })

  test('is not tried again where that cannot help; what came out stays', async () => {
    const id = await print()
    const lease_token = await taken(id)
    const failure = { lease_token, code: 'unsupported_format', message: 'no ZPL here', item: 1 }
    expect((await say(id, 'failed', failure)).body).toMatchObject({ job: { status: 'failed' }, retry_at: null })
    expect(await now(id)).toMatchObject({ state: 'completed_with_errors', items: { total: 3, done: 1, failed: 2 } })
    const retry = await say(id, 'retry', { items: 'failed' })
    expect((await now(retry.body.id)).items.total).toBe(2)
  })

  test('goes on with the labels that are left', async () => {
    const id = await print()
    const lease_token = await taken(id)
    await say(id, 'printing', { lease_token, item: 1 })
    await say(id, 'failed', { lease_token, message: 'jam' })
    expect(await items(id)).toEqual(['done', 'pending', 'pending'])
    await goOn(id)
    expect((await take(id)).body.item).toBe(1)
  })

  test('makes no sense in other shapes', async () => {
    const id = await print()
    const lease_token = await taken(id)
    const wrong: readonly (readonly [string, object, string])[] = [
      ['queued', {}, '/machine_id'],
      ['printing', { lease_token: 'x' }, '/lease_token'],
      ['printing', { lease_token, item: -1 }, '/item'],
      ['printed', { lease_token, proof: 'none' }, '/proof'],
      ['failed', { lease_token }, '/message'],
      ['retry', { items: 'some' }, '/items'],
    ]
    for (const [word, body, field] of wrong) {
      expect((await say(id, word, body)).body, word).toMatchObject({ status: 400, field })
    }
    const forged = lease_token.replace(/^\d+/, '9999999999')
    expect((await say(id, 'printed', { lease_token: forged })).body.code).toBe('lease_lost')
  })
})

test('the SDK says the same words', async () => {
  const { stations } = new Andon({ url: andon.url, token })
  const id = await print()
  const { lease_token } = await stations.queued(id, { machine_id: 'Packing' })
  expect((await stations.printing(id, { lease_token, item: 0 })).job.status).toBe('printing')
  expect((await stations.failed(id, { lease_token, message: 'no', retryable: false })).job.status).toBe('failed')
  expect(await stations.retry(id)).toMatchObject({ id: expect.any(String) })
  const next = await print()
  const held = await stations.queued(next, { machine_id: 'Packing' })
  expect((await stations.printed(next, { lease_token: held.lease_token })).job.status).toBe('printed')
})

test('no word takes an outcome back, and all that came before the label under way came out', () => {
  const open = fc.uniqueArray(
    fc.record({ index: fc.nat(40), state: fc.constantFrom('pending', 'intended') } as const),
    {
      selector: ({ index }) => index,
    },
  )
  const current = fc.option(fc.nat(45))
  const rest = fc.constantFrom('intended', 'pending', 'failed', null)
  fc.assert(
    fc.property(open, current, rest, (unsorted, at, then) => {
      const items = unsorted.toSorted((one, other) => one.index - other.index)
      const after = new Map<number, string>(items.map(({ index, state }) => [index, state]))
      for (const { from, state, to } of changesOf(items, { current: at, proof: 'accepted', rest: then })) {
        for (let index = from; index <= to; index += 1) {
          expect(after.has(index), 'an item that has an outcome').toBe(true)
          after.set(index, state)
        }
      }
      for (const [index, state] of after) expect(state === 'done').toBe(index < (at ?? 0))
    }),
  )
})
