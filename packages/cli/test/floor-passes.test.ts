import { FloorDatabases, floorSettings } from '@andon/floor'
import { emptyDatabase, startTcpProxy, testDatabase } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { serverAddress, throughAddress } from '../../store/test/faults/address.ts'
import { environment } from '../src/environment.ts'
import { floorPlan } from '../src/floor/plan.ts'
import { eventually, openShop, type Shop } from './shop.ts'

/** Often enough that a test need not wait, as a shop would never have it. */
const SETTINGS = { ...floorSettings({ time_zone: 'Europe/Berlin' }), everyMs: 200 }

let floor: FloorWorld
let shop: Shop
const parts = new AsyncDisposableStack()
beforeAll(async () => {
  floor = parts.use(await FloorWorld.open())
  const database = parts.use(await testDatabase())
  await floor.runlist('RL-1', {
    'IMP-1': ['FILE_1_Labex_4604_5889_80'],
    'IMP-2': ['FILE_1_Labex_4604_5889_81', 'FILE_1_Labex_4677_5995_50'],
  })
  await floor.jobs('4604_5889', '4677_5995')
  shop = parts.use(
    await openShop({
      databaseUrl: database.url,
      floor: { printBeat: {}, shop: { jobmanager: floor.jobmanager.url, logs: floor.logs.url }, settings: SETTINGS },
    }),
  )
})
afterAll(() => parts.disposeAsync())

const floorJobs = async () => (await shop.andon.jobs.list({ q: 'queue:floor' })).data

describe('a pass', () => {
  test('is made when there is something, and leaves nothing behind when there is not', async () => {
    expect(await floorJobs()).toEqual([])
    await floor.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00', marker: 7 })
    const jobs = await eventually(floorJobs, (all) => all.length > 0 && all.every(({ state }) => state === 'completed'))
    // The oldest did it; a look that fell into its end may have asked for another.
    const job = jobs.at(-1)
    expect(job).toMatchObject({
      type: 'floor.print_os',
      created_by: 'system:floor',
      summary: '1 press records, 1 jobs changed',
    })
    const detail = await shop.andon.jobs.get(job?.id ?? '')
    expect(detail.result).toEqual({ processed_count: 1, jobs_updated: 1, last_marker: '7' })
    expect(await shop.andon.floor.status()).toMatchObject({ print_os: { last_marker: '7', waiting: 0 } })
    expect(await shop.andon.queues.list()).toMatchObject([{ name: 'floor', slots: 1 }])
  })

  test('is waited for by those who ask for it', async () => {
    await floor.press({ name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 11:00:00', marker: 9 })
    await floor.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    await shop.andon.floor.process()
    expect(await shop.andon.floor.jobStatus('4604_5889')).toMatchObject({
      current_status: { print: true, coating: true },
    })
    const all = await shop.andon.floor.processPrintOs({ force: true })
    expect(all).toMatchObject({ processed_count: 2, last_marker: '9' })
    expect(await shop.andon.floor.process({ source: 'scanner', force: true })).toEqual({
      print_os_processed: 0,
      scanner_processed: 1,
      jobs_updated: 0,
    })
  })

  test('tells who watches what it changed', async () => {
    const told = Promise.withResolvers<readonly string[]>()
    const handle = shop.andon.live.subscribe(
      { topic: 'floor' },
      {
        onLoad: () => void shop.andon.floor.addRecords({ name: 'IMP-1', status: 'PRINTED', copies: 5 }),
        onFloor: ({ jobs }) => told.resolve(jobs),
      },
    )
    expect(await told.promise).toEqual(['4604_5889'])
    handle.close()
  })

  test('names in the attention what stands aside, until it is mended', async () => {
    await shop.andon.floor.addRecords({ name: 'IMP-7', status: 'PRINTED' })
    const needs = await eventually(
      () => shop.andon.attention.list(),
      (list) => list.some(({ id, kind }) => kind === 'floor' && id === 'errors'),
    )
    expect(needs).toContainEqual(
      expect.objectContaining({ kind: 'floor', id: 'errors', title: '1 record of the floor stands aside' }),
    )
    await floor.files('IMP-7', ['FILE_1_Labex_4604_5889_99'])
    expect(await shop.andon.floor.retryErrors()).toBe(1)
    await eventually(
      () => shop.andon.attention.list(),
      (list) => list.length === 0,
    )
  })

  test('that does not come is told by the health, until it does', async () => {
    const floorCheck = async () => (await shop.andon.health.ready()).checks.find(({ name }) => name === 'floor')
    await shop.andon.queues.pause('floor', { reason: 'later' })
    await floor.press({ name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 13:00:00', marker: 11 })
    expect(await eventually(floorCheck, (check) => check?.status === 'degraded')).toMatchObject({
      detail: expect.stringMatching(/^Press records are not worked off[.] The oldest has waited/),
      hint: expect.stringContaining('paused'),
    })
    await shop.andon.queues.resume('floor')
    await eventually(floorCheck, (check) => check?.status === 'ok')
  })

  test('of a job made by hand with any input is made all the same', async () => {
    const made = await shop.andon.jobs.create({ type: 'floor.scanner', queue: 'floor', input: ['nonsense'] })
    expect(await shop.andon.jobs.wait(made.id)).toMatchObject({ state: 'completed' })
  })
})

describe('without its databases', () => {
  test('Andon starts, says what is wrong, and works the floor off once it is mended', async () => {
    await using database = await testDatabase()
    await using jobmanager = await emptyDatabase()
    await using logs = await emptyDatabase()
    const urls = { jobmanager: jobmanager.url, logs: logs.url }
    await using late = await openShop({
      databaseUrl: database.url,
      floor: { printBeat: {}, shop: urls, settings: SETTINGS },
    })
    await expect(late.andon.floor.status()).rejects.toMatchObject({ code: 'floor_schema_mismatch' })
    const { checks, status } = await late.andon.health.ready()
    expect(status).toBe('degraded')
    expect(checks.find(({ name }) => name === 'floor')).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('The table'),
    })
    const needs = await eventually(
      () => late.andon.attention.list(),
      (list) => list.length > 0,
    )
    expect(needs).toMatchObject([{ kind: 'floor', severity: 'error' }])
    await expect(late.andon.floor.processPrintOs()).rejects.toMatchObject({ code: 'floor_schema_mismatch' })
    await using mended = new FloorDatabases({ ...urls, ownsDatabases: true }, SETTINGS)
    await mended.ready()
    await eventually(
      () => late.andon.attention.list(),
      (list) => list.length === 0,
    )
    expect(await late.andon.floor.processPrintOs()).toMatchObject({ processed_count: 0 })
  })

  test('a pass fails with what is wrong and is tried again', async () => {
    await using database = await testDatabase()
    const gone = 'postgres://andon@127.0.0.1:1/nothing'
    await using away = await openShop({
      databaseUrl: database.url,
      floor: { printBeat: {}, shop: { jobmanager: gone, logs: gone }, settings: SETTINGS },
    })
    await expect(away.andon.floor.processPrintOs()).rejects.toMatchObject({
      code: 'floor_unavailable',
      extra: { job_id: expect.any(String) },
    })
    const { data } = await away.andon.jobs.list({ q: 'queue:floor' })
    expect(data).toMatchObject([{ state: 'pending', wait_reason: 'retry', error: { code: 'floor_unavailable' } }])
  })

  test('what is scanned while one is cut off is worked off once it is there again', async () => {
    await using database = await testDatabase()
    await using floorHere = await FloorWorld.open()
    await floorHere.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_4604_5889_80'] })
    await floorHere.jobs('4604_5889')
    await using wire = await startTcpProxy(serverAddress(floorHere.logs.url))
    const { database: name, password, user } = throughAddress(floorHere.logs.url, wire)
    const logs = `postgres://${user}:${encodeURIComponent(String(password ?? ''))}@${wire.host}:${wire.port}/${name}`
    await using cut = await openShop({
      databaseUrl: database.url,
      floor: { printBeat: {}, shop: { jobmanager: floorHere.jobmanager.url, logs }, settings: SETTINGS },
    })
    expect(await cut.andon.floor.status()).toMatchObject({ scanner: { waiting: 0 } })
    wire.silence()
    wire.cut()
    await floorHere.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    // That the scan waits may be noticed first, and then it stands there as well.
    const needs = await eventually(
      () => cut.andon.attention.list(),
      (list) => list.some(({ id }) => id === 'databases'),
    )
    expect(needs.find(({ id }) => id === 'databases')).toMatchObject({
      what: 'The shop\'s database "logs" does not answer.',
    })
    expect((await cut.andon.health.ready()).status).toBe('degraded')
    wire.heal()
    await eventually(
      () => cut.andon.floor.jobStatus('4604_5889'),
      ({ current_status: status }) => status['coating'] === true,
    )
  })

  test('and with a database of its own that is no embedded one, there is no floor', async () => {
    await using database = await testDatabase()
    await using bare = await openShop({ databaseUrl: database.url })
    await expect(bare.andon.floor.status()).rejects.toMatchObject({ code: 'floor_not_configured' })
    const { checks } = await bare.andon.health.ready()
    expect(checks.map(({ name }) => name)).not.toContain('floor')
  })
})

test('the embedded database brings two of the floor with it', async () => {
  await using own = await openShop()
  expect(await own.andon.floor.status()).toMatchObject({ print_os: { waiting: 0 }, open_errors: 0 })
  expect(await own.andon.floor.migration()).toEqual({ additions: [] })
})

test.each([
  [{ FLOOR_LOGS_URL: 'postgres://x/logs' }, 'FLOOR_JOBMANAGER_URL'],
  [{ FLOOR_JOBMANAGER_URL: 'postgres://x/jobs' }, 'FLOOR_LOGS_URL'],
  [{ FLOOR_TIME_ZONE: 'Berlin' }, 'FLOOR_TIME_ZONE'],
  [{ FLOOR_ABORT_RULE: 'forget' }, 'FLOOR_ABORT_RULE'],
  [{ FLOOR_EVERY_MS: 'often' }, 'FLOOR_EVERY_MS'],
  [{ FLOOR_EVERY_MS: '5' }, 'FLOOR_EVERY_MS'],
  [{ FLOOR_FILE_PATTERN: '(a+)+$' }, 'FLOOR_FILE_PATTERN'],
])('refuses %j by the name of the variable', (variables, field) => {
  expect(() => floorPlan(environment(variables))).toThrowError(
    expect.objectContaining({ code: 'config_invalid', field }),
  )
})

test('reads the settings of the floor from the environment', () => {
  const { settings } = floorPlan(
    environment({ FLOOR_MACHINES: ' M1, M2,', FLOOR_TIME_ZONE: 'Europe/Berlin', FLOOR_EVERY_MS: '5000' }),
  )
  expect(settings).toMatchObject({ machines: ['M1', 'M2'], timeZone: 'Europe/Berlin', everyMs: 5000 })
})
