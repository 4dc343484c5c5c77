import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Andon, completed, failed } from '@andon/worker/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, openShop, type Shop } from './shop.ts'
import { type Ran, World } from './world.ts'

let shop: Shop
let world: World
beforeAll(async () => {
  shop = await openShop()
  world = new World(await mkdtemp(join(tmpdir(), 'andon-bulk-')))
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await shop[Symbol.asyncDispose]()
  await rm(world.folder, { recursive: true, force: true })
})

/** A command against the shop. */
function andon(...argv: readonly string[]): Promise<Ran> {
  const env = { ANDON_SERVER: shop.running.url ?? '', ANDON_TOKEN: shop.token }
  return world.andon(argv, { env })
}

async function create(queue: string, count: number, more: object = {}): Promise<string[]> {
  const jobs = Array.from({ length: count }, () => ({ type: 'test.work', queue, ...more }))
  return (await shop.andon.jobs.createMany(jobs)).map(({ id }) => id)
}

const total = async (q: string): Promise<number | undefined> => (await shop.andon.jobs.list({ q })).total?.count

describe('one thing done to many jobs', () => {
  test('is a job with a result per outcome, that whoever asked for it sees', async () => {
    await create('stop', 600)
    const dry = await andon('jobs', 'cancel', '--query', 'queue:stop', '--dry-run', '-o', 'json')
    expect(JSON.parse(dry.out)).toMatchObject([{ state: 'queued', count: 600 }])
    expect(await total('queue:stop state:queued')).toBe(600)
    const { code, err, out } = await andon('jobs', 'cancel', '--query', 'queue:stop', '--reason', 'wrong', '-y')
    expect(code, err).toBe(0)
    expect(out).toBe('600 cancelled\n')
    expect(await total('queue:stop state:cancelled')).toBe(600)
    const [bulk] = (await shop.andon.jobs.list({ q: 'type:jobs.bulk' })).data
    expect(await shop.andon.jobs.get(bulk?.id ?? '')).toMatchObject({
      queue: 'andon',
      description: 'Cancel jobs that match queue:stop state:active',
      summary: '600 cancelled',
      state: 'completed',
      result: { cancelled: 600 },
    })
    const audit = await shop.andon.audit.list({ target: `job:${bulk?.id}` })
    expect(audit.data).toMatchObject([{ action: 'job.bulk' }])
  })

  test('fails in words when whoever asked may not do it any more', async () => {
    await create('kept', 2)
    const user = await shop.andon.users.create({ name: 'berta', role: 'operator', can_read_payloads: false })
    expect(user).toBeDefined()
    const { token } = await shop.andon.tokens.create({ name: 'berta', scopes: ['jobs'], account: 'berta' })
    using berta = new Andon({ url: shop.running.url ?? '', token })
    await shop.andon.queues.pause('andon', { reason: 'test' })
    const { id } = await berta.jobs.bulk({ action: 'cancel', query: 'queue:kept' })
    await shop.andon.users.change('berta', { role: 'viewer' })
    await shop.andon.queues.resume('andon')
    const ended = await shop.andon.jobs.wait(id)
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'forbidden' } })
    expect(await total('queue:kept state:queued')).toBe(2)
  })
})

describe('errors of the same cause', () => {
  test('are listed, shown, and retried as one', async () => {
    let isBroken = true
    const error = { code: 'scale_offline', message: 'scale 7 does not answer', hint: 'Plug it in.', retryable: false }
    await create('weigh', 5, { type: 'scale.weigh' })
    using hands = new Andon({ url: shop.running.url ?? '', token: shop.token })
    const worker = hands.worker({ queues: ['weigh'] })
    worker.handle('scale.weigh', () => (isBroken ? failed(error) : completed(null, 'weighed')))
    await using parts = new AsyncDisposableStack()
    parts.defer(() => worker.stop())
    await worker.start()
    const group = await eventually(
      async () => (await shop.andon.errors.list({ type: 'scale.*' })).data[0],
      (found) => found?.count === 5,
    )
    expect(group).toMatchObject({ code: 'scale_offline', hint: 'Plug it in.', open: 5 })
    const fingerprint = group?.fingerprint ?? ''
    const list = await andon('errors', 'list', '--type', 'scale.weigh', '--open', '--since', '1d')
    expect(list.out).toContain(fingerprint)
    expect(list.out).toContain('scale 7 does not answer')
    const shown = await andon('errors', 'show', fingerprint)
    expect(shown.out).toContain('jobs     5, of which 5 were not retried')
    expect(shown.err).toContain('andon errors retry')
    const dry = await andon('errors', 'retry', fingerprint, '--dry-run')
    expect(dry.err).toBe('5 jobs would be retried.\n')
    isBroken = false
    const retried = await andon('errors', 'retry', fingerprint, '-y', '--since', '1d')
    expect(retried).toMatchObject({ code: 0, out: '5 retried\n' })
    await eventually(
      async () => (await shop.andon.errors.get(fingerprint)).open,
      (open) => open === 0,
    )
    expect((await andon('errors', 'list', '--open', '--type', 'scale.weigh')).err).toContain('Nothing failed')
    expect((await andon('errors', 'retry', fingerprint)).err).toBe('Nothing to do: 5 retried already.\n')
    expect((await andon('errors', 'show', fingerprint, '-o', 'json')).code).toBe(0)
  })

  test('are asked for in words that the command knows', async () => {
    expect((await andon('errors', 'list', '-L', '0')).code).toBe(2)
    expect((await andon('errors', 'list', '--since', 'monday')).code).toBe(2)
    expect((await andon('errors', 'list', '--until', '2020-01-01', '--since', '2019-12-25', '-L', '1')).code).toBe(0)
    expect((await andon('errors', 'show', 'nothing.0')).code).toBe(3)
  })
})
