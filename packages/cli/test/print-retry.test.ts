import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JobDetail } from '@andon/core'
import { openStore, type Store } from '@andon/store'
import { testDatabase } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, labels, openShop, type Shop } from './shop.ts'

let stack: AsyncDisposableStack
let shop: Shop
let store: Store
/** Orders that the print server refused. */
let orders: number
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const { url } = stack.use(await testDatabase())
  shop = stack.use(await openShop({ databaseUrl: url }))
  store = stack.use(await openStore({ connection: url }))
  const busy = await startBusyServer()
  stack.defer(() => new Promise<void>((resolve) => busy.close(() => resolve())))
  const uri = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`
  await shop.andon.printers.add({ name: 'Zebra 1', driver: 'http', uri })
})
afterAll(() => stack.disposeAsync())

/** A print server that takes no order for now; how it is it says gladly. */
async function startBusyServer(): Promise<Server> {
  orders = 0
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.method === 'GET') {
      response.end(JSON.stringify({ printers: [{ name: 'Zebra 1', status: 'online', jobs_in_queue: 0 }] }))
      return
    }
    orders += 1
    // The order is read to its end, as a server does that answers at all.
    request.resume().once('end', () => {
      response.statusCode = 503
      response.setHeader('retry-after', '0')
      response.end(JSON.stringify({ error: 'busy', message: 'Too much to do.', code: 'BUSY' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Seconds between the decision and the attempt that it allows, as they stand in the database. */
async function delayAfter(id: string, attempt: number): Promise<number> {
  await eventually(
    () => shop.andon.jobs.get(id),
    ({ attempt: now, wait_reason: why }) => now === attempt && why === 'retry',
  )
  const text = `select extract(epoch from j.run_at - a.ended_at)::float8 as seconds
    from job j join attempt a on a.job_id = j.id and a.number = $2 where j.id = $1`
  const { rows } = await store.pool.query<{ seconds: number }>(text, [id, attempt])
  return rows[0]?.seconds ?? Number.NaN
}

async function delaysOf(id: string): Promise<number[]> {
  const delays: number[] = []
  for (const attempt of [1, 2, 3]) {
    delays.push(await delayAfter(id, attempt))
    await shop.andon.jobs.release(id)
  }
  return delays
}

async function endOf(id: string): Promise<JobDetail> {
  await shop.andon.jobs.wait(id)
  return shop.andon.jobs.get(id)
}

const BY_API = async (): Promise<string> => (await shop.andon.print({ printer: 'Zebra 1', items: labels(2) })).id

const BY_GATEWAY = async (): Promise<string> => {
  const response = await fetch(`${shop.andon.url}/gateways/print-server/api/print`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ printer: 'Zebra 1', quantity: 1, labels: [{ zpl_code: '^XA^FDx^FS^XZ' }] }),
  })
  return ((await response.json()) as { job_id: string }).job_id
}

describe.each([
  { from: 'the API', order: BY_API },
  { from: 'the gateway of print servers', order: BY_GATEWAY },
])('a print from $from', ({ order }) => {
  test('is tried again after 2, 4 and 8 seconds, then fails for good with its reason', async () => {
    const id = await order()
    expect(await delaysOf(id)).toEqual([2, 4, 8])
    const failed = await endOf(id)
    expect(failed).toMatchObject({ state: 'failed', attempt: 4, error: { code: 'print_server_overloaded' } })
    expect(failed.error?.message).toContain('Too much to do')
    const attempts = await shop.andon.jobs.attempts(id)
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'failed'])
    expect(orders).toBeGreaterThanOrEqual(4)

    const again = await shop.andon.jobs.retry(id)
    expect(await shop.andon.jobs.get(again.id)).toMatchObject({ retry_of: id, max_attempts: 4 })
    expect(await shop.andon.jobs.get(id)).toMatchObject({ state: 'failed', retried_by: again.id })
    await expect(shop.andon.jobs.retry(id)).rejects.toMatchObject({ code: 'already_retried' })
    expect(await delayAfter(again.id, 1), 'the new job begins anew').toBe(2)
    await shop.andon.jobs.cancel(again.id)
  })
})
