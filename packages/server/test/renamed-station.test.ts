import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '@andon/core'
import { createDriver } from '@andon/print'
import { rescueWorkers } from '@andon/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Station } from '../../station/src/index.ts'
import { FileJournal } from '../../station/src/node/index.ts'
import { startTestServer, type TestServer } from './harness.ts'
import { expireLease, until } from './remote-shop.ts'

/** Soon enough found to be lost, and long enough for a machine that has much to do. */
const LEASE_MS = 3_000

const stack = new AsyncDisposableStack()
let andon: TestServer
beforeAll(async () => {
  andon = stack.use(await startTestServer())
})
afterAll(() => stack.disposeAsync())

test('a station that is renamed while its agent runs goes on, also under a new lease', async () => {
  const { body: desk } = await andon.call('POST', '/api/machines', { body: { name: 'Reception' } })
  const journal = new FileJournal(await folder())
  stack.defer(() => journal[Symbol.dispose]())
  const leases: number[] = []
  const failures: string[] = []
  const station = stack.use(
    new Station({
      name: 'Reception',
      server: { url: andon.url, token: await andon.token('supervisor', ['station']) },
      version: 'test',
      journal,
      deadLease: null,
      onLease: ({ workerId }) => leases.push(workerId),
      createDriver,
      qz: {},
      leaseMs: LEASE_MS,
      onError: (error, doing) => failures.push(`${doing}: ${messageOf(error)}`),
    }),
  )
  await station.start()
  await andon.call('PATCH', `/api/machines/${desk.id}`, { body: { name: 'Front desk' } })
  await andon.store.pool.query('update station set seen_at = null, version = null')
  await station.report()
  expect(failures).toEqual([])
  const renamed = await andon.call('GET', '/api/machines/Front%20desk')
  expect(renamed.body).toMatchObject({ id: desk.id, is_seen: true, version: 'test' })

  await expireLease(andon.store, leases[0] ?? null)
  await rescueWorkers(andon.store)
  await until(() => leases.length === 2 || null)
  await station.report()
  expect(failures.filter((failure) => failure.includes('There is no station'))).toEqual([])
})

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'andon-renamed-'))
  stack.defer(() => rm(made, { recursive: true, force: true }))
  return made
}
