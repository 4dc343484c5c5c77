import { FloorDatabases, floorSettings, ProductionFloor } from '@andon/floor'
import { tellFloorChanged } from '@andon/store'
import { emptyDatabase } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { startTestServer, type TestServer } from './harness.ts'
import { Client } from './stream-client.ts'

let shop: FloorWorld
let andon: TestServer
beforeAll(async () => {
  shop = await FloorWorld.open({ machines: ['M1', 'M2'] })
  await shop.runlist('RL-100', {
    'IMP-1': ['FILE_1_Labex_4604_5889_80', 'FILE_1_Labex_4604_58891_80'],
    'IMP-2': ['FILE_1_Labex_4604_5889_82', 'FILE_2_Labex_4677_5995_50 x 50 mm_Circle'],
  })
  await shop.runlist('RL-101', { 'IMP-3': ['FILE_1_Labex_5000_1_a'] })
  await shop.runlist('RL-102', { 'IMP-4': ['FILE_1_Labex_5000_1_b'] })
  await shop.jobs('4604_5889', '4604_58891', '4677_5995', '5000_1')
  andon = await startTestServer({ floor: new ProductionFloor(shop.databases) })
})
afterAll(async () => {
  await andon[Symbol.asyncDispose]()
  await shop[Symbol.asyncDispose]()
})

const call = (method: string, path: string, body?: unknown, as = 'operator') =>
  andon.call(method, path, { as, ...(body === undefined ? {} : { body }) })
const scan = (code: string, operations: unknown = ['coating'], machine: string | null = 'M1') =>
  call('POST', '/api/scans', { code_text: code, operations, machine_id: machine })

describe('a scan', () => {
  test('of a runlist says what it matched, and changes cells and jobs at once', async () => {
    using client = await Client.open(andon, { as: 'viewer' })
    await client.subscribe({ topic: 'floor' })
    const { body, status } = await scan('RL-100', { operations: ['coating'] })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      matched: 'runlist',
      runlist_id: 'RL-100',
      operations: ['coating'],
      impositions: ['IMP-1', 'IMP-2'],
      jobs_updated: 3,
    })
    const told = await client.until((message) => message.type === 'floor')
    expect(told).toMatchObject({ ids: ['a'], jobs: ['4604_5889', '4604_58891', '4677_5995'], more: false })
    const runlist = await call('GET', '/api/floor/runlists/RL-100', undefined, 'viewer')
    expect(runlist.body).toMatchObject({ jobs: 3, operations: { coating: { done: 3, open: 0 } } })
    expect(runlist.body.job_list[0].operations.coating).toMatchObject({ state: 'done', source: 'scanner' })
    const page = await call('GET', '/api/floor/runlists?q=RL-100', undefined, 'viewer')
    const { imposition_list: _i, job_list: _j, operation_types: _t, ...summary } = runlist.body
    expect(page.body).toMatchObject({ data: [summary], next_cursor: null })
    const audit = await andon.call('GET', `/api/audit?target=scan:${body.scan_id}`)
    expect(audit.body.data).toMatchObject([{ actor: 'operator', action: 'floor.scan', after: { code: 'RL-100' } }])
  })

  test('is refused in words that help, and kept where it can be mended', async () => {
    const unknown = await scan('RL-1000')
    expect(unknown.body).toMatchObject({ code: 'code_unknown', status: 404 })
    expect(unknown.body.candidates).toContain('RL-100')
    const ambiguous = await scan('5000_1_1')
    expect(ambiguous.body).toMatchObject({ code: 'code_ambiguous', candidates: ['RL-101', 'RL-102'] })
    const errors = await call('GET', '/api/floor/errors?source=scanner', undefined, 'viewer')
    const subjects = errors.body.data.map(({ subject }: { subject: string }) => subject)
    expect(subjects).toEqual(['5000_1_1', 'RL-1000'])
  })

  test.each([
    [[], 'operations_malformed'],
    [{ operations: 7 }, 'operations_malformed'],
    ['coating', 'operations_malformed'],
    [['varnish'], 'operations_malformed'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 'operations_malformed'],
    [{ coating: 'yes' }, 'operations_malformed'],
    [null, 'operations_malformed'],
  ])('with the operations %j is refused and not kept', async (operations, code) => {
    const before = await call('GET', '/api/floor/errors?limit=500', undefined, 'viewer')
    const { body, status } = await scan('RL-100', operations)
    expect(body).toMatchObject({ code, field: '/operations' })
    expect(status).toBe(400)
    const after = await call('GET', '/api/floor/errors?limit=500', undefined, 'viewer')
    expect(after.body.data).toEqual(before.body.data)
  })

  test('names the operations that the catalogue does not know', async () => {
    const { body } = await scan('RL-100', ['slitter', 'varnish', 'OP003', 'gloss'])
    expect(body.detail).toBe('The catalogue does not know "varnish", "gloss".')
    expect(body.allowed).toEqual(['print', 'coating', 'kiss_cut', 'backscore', 'slitter'])
  })

  test('of a machine that the shop does not list is refused', async () => {
    expect((await scan('RL-100', ['coating'], 'M3')).body).toMatchObject({
      code: 'machine_unknown',
      field: '/machine_id',
      candidates: ['M1', 'M2'],
    })
    expect((await scan('RL-100', ['coating'], null)).body).toMatchObject({ code: 'machine_unknown' })
  })

  test('many at once are each taken', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => scan('RL-100', ['op006'], 'M2')))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201))
  })
})

describe('the live stream', () => {
  test('names 500 jobs of the floor at most, and says that there are more', async () => {
    using client = await Client.open(andon, { as: 'viewer' })
    await client.subscribe({ topic: 'floor' })
    const ids = Array.from({ length: 600 }, (_, index) => `9_${index}`)
    await tellFloorChanged(andon.store, ids, 'test')
    const told = await client.until((message) => message.type === 'floor' && message.jobs.includes('9_0'))
    expect(told).toMatchObject({ jobs: ids.slice(0, 500), more: true })
  })

  test('has a client that comes back load anew', async () => {
    using client = await Client.open(andon, { as: 'viewer' })
    await client.subscribe({ topic: 'floor', since: 0 })
    expect(await client.until((message) => message.type === 'reset')).toMatchObject({ ids: ['a'] })
  })
})

describe('press records', () => {
  test('are kept, one or many, for the next pass', async () => {
    const one = await call('POST', '/api/print-os', { name: 'IMP-1', status: 'PRINTED', marker: 3, copies: 10 })
    expect(one).toMatchObject({ status: 201 })
    const many = await call('POST', '/api/print-os', [
      { name: 'IMP-1', status: 'PRINTED', job_complete_time: '2026-03-01T10:00:00Z' },
      { name: 'IMP-2', status: 'ABORTED', payload: { reason: 'paper' } },
    ])
    expect(many.body.ids).toHaveLength(2)
    expect((await call('GET', '/api/floor/status', undefined, 'viewer')).body).toMatchObject({
      print_os: { waiting: 3 },
    })
  })

  test('may have times of any offset', async () => {
    const times = ['2026-01-01T00:00:00+23:59', '2026-11-22T08:00:00.123456-05:30']
    const records = times.map((time) => ({ name: 'IMP-1', status: 'PRINTED', job_complete_time: time }))
    expect((await call('POST', '/api/print-os', records)).status).toBe(201)
    const late = [...records, { name: 'IMP-1', status: 'PRINTED', job_complete_time: '0000-06-01T00:00:00Z' }]
    expect((await call('POST', '/api/print-os', late)).body).toMatchObject({ field: '/2/job_complete_time' })
  })

  test('of a wrong shape are refused', async () => {
    const record = { name: 'IMP-1', status: 'PRINTED' }
    for (const body of [
      { ...record, status: 'LOST' },
      { ...record, copies: -1 },
      { ...record, marker: 1.5 },
      { ...record, job_complete_time: 'yesterday' },
      { ...record, job_complete_time: '0000-01-01T00:00:00Z' },
      { status: 'PRINTED' },
      [],
      [record, { ...record, name: '' }],
      Array.from({ length: 1001 }, () => record),
    ]) {
      expect((await call('POST', '/api/print-os', body)).body).toMatchObject({ code: 'validation_failed' })
    }
  })
})

describe('what stands on the floor', () => {
  test('is read by name, and names that nothing has bring close ones', async () => {
    const read = (path: string) => call('GET', path, undefined, 'viewer')
    expect((await read('/api/floor/impositions/IMP-1')).body).toMatchObject({ runlists: ['RL-100'] })
    expect((await read('/api/floor/jobs/4604_5889')).body).toMatchObject({ runlists: ['RL-100'], overrides: [] })
    expect((await read('/api/job-status/4604_5889')).body).toMatchObject({
      job_id: '4604_5889',
      current_status: { coating: true, print: false },
    })
    expect((await read('/api/floor/runlists/RL-10')).body).toMatchObject({ code: 'runlist_not_found' })
    expect((await read('/api/floor/runlists/RL-10')).body.candidates).toContain('RL-100')
    expect((await read('/api/floor/impositions/IMP-9')).body.candidates).toContain('IMP-1')
    expect((await read('/api/job-status/4604_588')).body).toMatchObject({ code: 'floor_job_not_found' })
    expect((await read('/api/floor/jobs/4604_588')).body.candidates).toContain('4604_5889')
  })

  test('is listed page by page, each runlist once', async () => {
    const names: string[] = []
    let cursor = ''
    do {
      const { body } = await call('GET', `/api/floor/runlists?q=RL-10&limit=2${cursor}`, undefined, 'viewer')
      names.push(...body.data.map((runlist: { runlist_id: string }) => runlist.runlist_id))
      cursor = body.next_cursor === null ? '' : `&cursor=${encodeURIComponent(body.next_cursor)}`
    } while (cursor !== '')
    expect(names).toEqual(['RL-100', 'RL-101', 'RL-102'])
    expect((await call('GET', '/api/floor/runlists?q=%25', undefined, 'viewer')).body.data).toEqual([])
    expect((await call('GET', '/api/floor/runlists?cursor=x', undefined, 'viewer')).body).toMatchObject({
      code: 'cursor_invalid',
    })
  })

  test('shows what was touched last without a beginning of a name', async () => {
    const { body } = await call('GET', '/api/floor/runlists', undefined, 'viewer')
    expect(body.data[0].runlist_id).toBe('RL-100')
    expect(body.next_cursor).toBeNull()
  })

  test.each([
    '/api/floor/runlists/%00',
    '/api/floor/runlists/%F0%9F%92%A9',
    `/api/floor/impositions/${'x'.repeat(499)}`,
    '/api/floor/jobs/%27%3B%20drop%20table%20jobs',
    '/api/floor/errors?cursor=9223372036854775808',
    '/api/floor/errors?source=press',
    '/api/floor/errors?limit=0',
    '/api/floor/runlists?q=%00',
  ])('%s is no server error', async (path) => {
    const { status } = await call('GET', path, undefined, 'viewer')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })
})

describe('what people decide', () => {
  test('an override needs a supervisor and a reason, stands over the scanner, and is lifted', async () => {
    const path = '/api/floor/jobs/4604_5889/overrides'
    const wanted = { operation_type: 'coating', value: false, reason: 'coated wrongly' }
    expect((await call('POST', path, wanted)).body).toMatchObject({ code: 'forbidden' })
    const supervisor = (method: string, url: string, body?: unknown) => call(method, url, body, 'supervisor')
    expect((await supervisor('POST', path, { ...wanted, reason: ' ' })).body).toMatchObject({ field: '/reason' })
    expect((await supervisor('POST', path, { ...wanted, operation_type: 'coatin' })).body).toMatchObject({
      field: '/operation_type',
      hint: 'Did you mean coating?',
    })
    expect((await supervisor('POST', '/api/floor/jobs/1_2/overrides', wanted)).body).toMatchObject({
      code: 'floor_job_not_found',
    })
    const { body: made, status } = await supervisor('POST', path, wanted)
    expect({ made, status }).toMatchObject({ status: 201, made: { set_by: 'supervisor', lifted_at: null } })
    expect((await supervisor('POST', path, wanted)).body).toMatchObject({ code: 'override_active' })
    const overridden = await call('GET', '/api/job-status/4604_5889', undefined, 'viewer')
    expect(overridden.body).toMatchObject({ current_status: { coating: false } })
    const lifted = await supervisor('DELETE', `/api/floor/overrides/${made.override_id}`)
    expect(lifted.body).toMatchObject({ lifted_by: 'supervisor' })
    expect((await supervisor('DELETE', `/api/floor/overrides/${made.override_id}`)).body).toMatchObject({
      code: 'override_not_found',
    })
    const after = await call('GET', '/api/job-status/4604_5889', undefined, 'viewer')
    expect(after.body).toMatchObject({ current_status: { coating: true } })
    const audit = await andon.call('GET', '/api/audit?target=floor_job:4604_5889')
    expect(audit.body.data).toMatchObject([{ action: 'floor.lift_override' }, { action: 'floor.override' }])
  })

  test('the catalogue is an administrator’s, and needs the press', async () => {
    const { body } = await call('GET', '/api/floor/operations', undefined, 'viewer')
    const operations = body.data
    const put = (given: unknown, as = 'admin') => call('PUT', '/api/floor/operations', { operations: given }, as)
    expect((await put(operations, 'supervisor')).body).toMatchObject({ code: 'forbidden' })
    const varnish = { operation_id: 'op020', operation_type: 'varnish', position: 9 }
    expect((await put([...operations, varnish])).body.data).toContainEqual(varnish)
    expect((await put([varnish])).body).toMatchObject({ code: 'validation_failed', field: '/operations' })
    expect((await put([...operations, varnish, varnish])).body).toMatchObject({
      field: `/operations/${operations.length + 1}/operation_id`,
    })
    expect((await put([])).body).toMatchObject({ code: 'validation_failed' })
    expect((await put(operations)).body.data).toEqual(operations)
  })

  test('errors are tried again or dismissed', async () => {
    await scan('RL-404')
    const list = () => call('GET', '/api/floor/errors?reason=unknown_code&limit=1', undefined, 'viewer')
    const [error] = (await list()).body.data
    expect(error).toMatchObject({ subject: 'RL-404', source_type: 'scanner' })
    const retry = (body: unknown) => call('POST', '/api/floor/errors/retry', body)
    expect((await retry({ ids: [error.error_id] })).body).toEqual({ count: 1 })
    expect((await retry({ ids: ['x'] })).body).toMatchObject({ field: '/ids/0' })
    expect((await retry({ ids: [] })).body).toMatchObject({ code: 'validation_failed' })
    expect((await andon.call('GET', '/api/jobs?q=type:floor.scanner')).body.data).toHaveLength(1)
    const dismiss = (as: string) => call('POST', `/api/floor/errors/${error.error_id}/dismiss`, {}, as)
    expect((await dismiss('operator')).body).toMatchObject({ code: 'forbidden' })
    expect((await dismiss('supervisor')).status).toBe(204)
    expect((await dismiss('supervisor')).body).toMatchObject({ code: 'floor_error_not_found' })
    expect((await list()).body.data[0]?.error_id).not.toBe(error.error_id)
  })
})

describe('a floor that is not as it should be', () => {
  test('is none: every route says so', async () => {
    await using bare = await startTestServer()
    for (const [method, path, body] of [
      ['GET', '/api/floor/status', undefined],
      ['POST', '/api/process-print-os', {}],
      ['POST', '/api/scans', { code_text: 'RL-100', operations: ['coating'] }],
    ] as const) {
      const answer = await bare.call(method, path, body === undefined ? {} : { body })
      expect(answer).toMatchObject({ status: 404, body: { code: 'floor_not_configured' } })
    }
  })

  test('has no database: says which', async () => {
    const gone = 'postgres://andon@127.0.0.1:1/jobmanager'
    await using databases = new FloorDatabases(
      { jobmanager: gone, logs: gone, ownsDatabases: false },
      floorSettings({}),
    )
    await using server = await startTestServer({ floor: new ProductionFloor(databases) })
    expect((await server.call('GET', '/api/floor/status')).body).toMatchObject({
      code: 'floor_unavailable',
      database: 'jobmanager',
    })
  })

  test('has a database that does not let Andon in: says what it says', async () => {
    const nowhere = new URL(shop.jobmanager.url)
    nowhere.pathname = '/nothing_of_that_name'
    const connections = { jobmanager: nowhere.href, logs: shop.logs.url, ownsDatabases: false }
    await using databases = new FloorDatabases(connections, floorSettings({}))
    await using server = await startTestServer({ floor: new ProductionFloor(databases) })
    const { body } = await server.call('GET', '/api/floor/status')
    expect(body).toMatchObject({ code: 'floor_refused', database: 'jobmanager' })
    expect(body.detail).toContain('"nothing_of_that_name" does not exist')
  })

  test('loses a table while it runs: says which', async () => {
    await using lost = await FloorWorld.open()
    await using server = await startTestServer({ floor: new ProductionFloor(lost.databases) })
    await lost.jobmanager.pool.query('drop table processing_errors')
    const { body } = await server.call('GET', '/api/floor/status')
    expect(body).toMatchObject({ code: 'floor_schema_mismatch' })
    expect(body.detail).toContain('processing_errors')
  })

  test('was not migrated: shows what would be added', async () => {
    await using jobmanager = await emptyDatabase()
    await using logs = await emptyDatabase()
    const connections = { jobmanager: jobmanager.url, logs: logs.url }
    await using migrated = new FloorDatabases({ ...connections, ownsDatabases: true }, floorSettings({}))
    await migrated.ready()
    await jobmanager.pool.query('drop table processing_errors')
    await using databases = new FloorDatabases({ ...connections, ownsDatabases: false }, floorSettings({}))
    await using server = await startTestServer({ floor: new ProductionFloor(databases) })
    expect((await server.call('GET', '/api/floor/status')).body).toMatchObject({ code: 'floor_not_migrated' })
    expect((await server.call('GET', '/api/floor/migration')).body.additions[0]).toMatchObject({
      database: 'jobmanager',
      what: 'make the table processing_errors',
    })
  })

  test('has a column of a wrong type: names it', async () => {
    await using jobmanager = await emptyDatabase()
    await using logs = await emptyDatabase()
    await jobmanager.pool.query('create table jobs (job_id bigint primary key)')
    const connections = { jobmanager: jobmanager.url, logs: logs.url, ownsDatabases: true }
    await using databases = new FloorDatabases(connections, floorSettings({}))
    await using server = await startTestServer({ floor: new ProductionFloor(databases) })
    const { body } = await server.call('GET', '/api/floor/runlists')
    expect(body).toMatchObject({ code: 'floor_schema_mismatch', database: 'jobmanager', columns: ['jobs.job_id'] })
    expect(body.detail).toContain('jobs.job_id is of type bigint; it should be text')
  })
})
