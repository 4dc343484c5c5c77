import { randomInt } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ProductionFloor } from '../src/index.ts'
import { FloorWorld } from './world.ts'

const JOB = '4604_5889'

let world: FloorWorld
let floor: ProductionFloor

beforeAll(async () => {
  world = await FloorWorld.open()
  floor = new ProductionFloor(world.databases)
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

beforeEach(() => world.clear())

describe('rows that become visible late', () => {
  const WRITERS = 8
  const TRANSACTIONS = 12

  test('of eight writers at once none is missed, and the rows are those of one clean pass', async () => {
    const impositions = Array.from(
      { length: 40 },
      (_, n) => [`IMP-${n}`, [`FILE_1_Labex_4604_${n % 10}_${n}`]] as const,
    )
    const begin = async () => {
      await world.clear()
      await world.runlist('RL-1', Object.fromEntries(impositions))
      await world.jobs(...Array.from({ length: 10 }, (_, n) => `4604_${n}`))
    }
    await begin()
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    const end = new AbortController()
    const written = writing.finally(() => end.abort())
    await using other = world.beside()
    while (!end.signal.aborted) await Promise.all([world.pass(), world.pass({}, other)])
    await written
    await world.pass()
    const seen = await world.rows()
    expect(seen['ledger']).toHaveLength(WRITERS * TRANSACTIONS * 4)
    await forget()
    await world.pass()
    expect(seen).toEqual(await world.rows())
  })

  /** Rows get their numbers when they are written and are seen when the transaction ends, up to two seconds later. */
  async function write(writer: number): Promise<void> {
    const client = new pg.Client(world.jobmanager.url)
    await client.connect()
    for (let n = 0; n < TRANSACTIONS; n += 1) {
      const at = new Date(Date.UTC(2026, 2, 1) + randomInt(86_400_000)).toISOString()
      const name = `IMP-${randomInt(40)}`
      await client.query('begin')
      await client.query(
        `insert into "print OS" (name, status, marker, job_complete_time, copies)
         select $1, s, $2::int + (random() * 50)::int, $3::timestamp, 10 from unnest(array['PRINTED', 'ABORTED']) s`,
        [name, n * WRITERS + writer, at],
      )
      await client.query(
        `insert into scanned_codes (code_text, scanned_at, machine_id, operations)
         select 'RL-1', $1::timestamp + interval '1 second' * g, 'M' || g, '["coating", "slitter"]' from generate_series(1, 2) g`,
        [at],
      )
      // How long a transaction stays open is what is being tried here.
      await client.query('select pg_sleep($1)', [n === 0 ? 2 : randomInt(200) / 1_000])
      await client.query('commit')
    }
    await client.end()
  }

  /** Everything that the passes wrote. */
  async function forget(): Promise<void> {
    await world.jobmanager.pool.query(
      `delete from processing_ledger; delete from job_status_updates; update jobs set operations = '{}';
       update processing_markers set last_processed_id = 0`,
    )
    await world.logs.pool.query(
      `delete from applied_sources; delete from scanned_operations; delete from job_operations;
       delete from imposition_operations`,
    )
  }

  test('with a number from before the newest ones are found when all are looked at', async () => {
    await world.files('IMP-1', ['FILE_1_Labex_4604_5889_80'])
    await world.jobs(JOB)
    await world.press({ id: 50_000, name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    await world.press({ id: 7, name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    expect(await floor.hasWork('print_os')).toBe(false)
    expect((await world.pass()).printOs.processed).toBe(0)
    expect((await world.pass({ isSweep: true })).printOs.processed).toBe(1)
    expect(await world.operations()).toEqual({ [JOB]: { print: true } })
  })
})

describe('what the shop adds later', () => {
  test.each([
    ['files', 'unknown_imposition', () => world.files('IMP-1', ['FILE_1_Labex_4604_5889_80'])],
    ['the job', 'missing_job', () => world.jobs(JOB)],
  ])('%s: the record is tried again and then counts', async (what, reason, add) => {
    await (what === 'files' ? world.jobs(JOB) : world.files('IMP-1', ['FILE_1_Labex_4604_5889_80']))
    await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    expect(await floor.errors(ALL)).toMatchObject([{ reason, subject: 'IMP-1', attempts: 1 }])
    await floor.retryErrors(null)
    await world.pass()
    expect(await floor.errors(ALL)).toMatchObject([{ reason, attempts: 2 }])
    await add()
    await floor.retryErrors(null)
    await world.pass()
    expect(await floor.errors(ALL)).toEqual([])
    expect(await world.operations()).toEqual({ [JOB]: { print: true } })
    expect((await world.rows())['ledger']).toMatchObject([{ outcome: 'done', error: null }])
  })

  test('a runlist: the scan is tried again and then counts', async () => {
    await world.jobs(JOB)
    await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    await world.pass()
    expect(await floor.errors(ALL)).toMatchObject([{ reason: 'unknown_code', subject: 'RL-1' }])
    await world.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_4604_5889_80'] })
    await floor.retryErrors(null)
    await world.pass()
    expect(await floor.errors(ALL)).toEqual([])
    expect(await world.operations()).toEqual({ [JOB]: { coating: true } })
  })

  test('an error that was dismissed is not tried again, and stays done', async () => {
    await world.press({ name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    const [error] = await floor.errors(ALL)
    await floor.dismissError(error?.error_id ?? '', 'Ada')
    expect(await floor.retryErrors(null)).toEqual({ count: 0, sources: [] })
    expect(await floor.errors(ALL)).toEqual([])
    expect((await world.pass()).printOs.processed).toBe(0)
    await expect(floor.dismissError(error?.error_id ?? '', 'Ada')).rejects.toMatchObject({
      code: 'floor_error_not_found',
    })
  })
})

describe('an error that was dismissed, of a row that says something else since', () => {
  test('stands again when it fails as before', async () => {
    const [id] = await world.press({ name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    const [error] = await floor.errors(ALL)
    await floor.dismissError(error?.error_id ?? '', 'Ada')
    await world.pass({ isForced: true })
    expect(await floor.errors(ALL)).toEqual([])
    await world.jobmanager.pool.query(`update "print OS" set name = 'IMP-10' where id = $1`, [id])
    await world.pass()
    expect(await floor.errors(ALL)).toMatchObject([{ error_id: error?.error_id, subject: 'IMP-10' }])
  })

  test('is over when it does not', async () => {
    await world.files('IMP-1', ['FILE_1_Labex_4604_5889_80'])
    await world.jobs(JOB)
    const [id] = await world.press({ name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    const [error] = await floor.errors(ALL)
    await floor.dismissError(error?.error_id ?? '', 'Ada')
    await world.jobmanager.pool.query(`update "print OS" set name = 'IMP-1' where id = $1`, [id])
    await world.pass()
    expect(await floor.errors(ALL)).toEqual([])
    expect(await world.operations()).toEqual({ [JOB]: { print: true } })
  })
})

describe('markers that repeat, reset and have gaps', () => {
  test('show the highest before which all is done', async () => {
    await world.files('IMP-1', ['FILE_1_Labex_4604_5889_80'])
    await world.jobs(JOB)
    const records = [700, 900, 900, 3, 1].map((marker) => ({
      name: 'IMP-1',
      status: 'PRINTED',
      at: '2026-03-01 10:00:00',
      marker,
    }))
    await world.press(...records)
    const { printOs } = await world.pass()
    expect(printOs).toMatchObject({ processed: 5, lastMarker: '900' })
    await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-02 10:00:00', marker: 2 })
    expect((await world.pass()).printOs).toMatchObject({ processed: 1, lastMarker: '900' })
  })
})

describe('times without a zone', () => {
  test.each([
    ['Europe/Berlin', '2026-03-01 10:00:00', '2026-03-01T09:00:00.000Z'],
    ['Europe/Berlin', '2026-07-01 10:00:00', '2026-07-01T08:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25 02:30:00', '2026-10-25T01:30:00.000Z'],
    ['UTC', '2026-03-01 10:00:00', '2026-03-01T10:00:00.000Z'],
    ['America/New_York', '2026-03-01 10:00:00', '2026-03-01T15:00:00.000Z'],
  ])('are in %s: %s is %s, and is written as it was read', async (zone, at, instant) => {
    await world.files('IMP-1', ['FILE_1_Labex_4604_5889_80'])
    await world.jobs(JOB)
    await world.press({ name: 'IMP-1', status: 'PRINTED', at })
    await using shop = world.beside({ time_zone: zone })
    await world.pass({}, shop)
    const { rows } = await world.logs.pool.query(`select completed_at::text as at from job_operations`)
    expect(rows).toEqual([{ at }])
    const { update_history: history } = await new ProductionFloor(shop).jobStatus(JOB)
    expect(history).toMatchObject([{ updated_at: instant }])
    expect((await new ProductionFloor(shop).imposition('IMP-1')).records).toMatchObject([{ at: instant }])
  })

  test('of two scans in the hour that comes twice the later one stands, where the shop keeps zones', async () => {
    await world.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_4604_5889_80'] })
    await world.jobs(JOB)
    await using shop = world.beside({ time_zone: 'Europe/Berlin' })
    await world.jobmanager.pool.query(
      `drop view andon_source_facts; alter table scanned_codes alter column scanned_at type timestamptz;
       delete from andon_floor_schema where object = 'andon_source_facts'`,
    )
    await shop.migrate()
    const [first] = await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-10-25 02:50:00+02' })
    await world.pass({}, shop)
    const [last] = await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-10-25 02:10:00+01' })
    await world.pass({}, shop)
    const { rows } = await world.logs.pool.query(`select source_id, completed_at::text as at from job_operations`)
    expect(rows).toEqual([{ source_id: last, at: '2026-10-25 02:10:00' }])
    expect((await world.rows())['history']).toMatchObject([{ source_id: first }])
  })
})

const ALL = { source: null, reason: null, before: null, limit: 100 }
