import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ProductionFloor } from '../src/index.ts'
import { endings, FloorWorld } from './world.ts'

const JOB = '4604_5889'
const FILES = ['FILE_1_Labex_4604_5889_80', 'FILE_1_Labex_4604_5889_81']

let world: FloorWorld
let floor: ProductionFloor

beforeAll(async () => {
  world = await FloorWorld.open()
  floor = new ProductionFloor(world.databases)
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

beforeEach(async () => {
  await world.clear()
  await world.runlist('RL-1', { 'IMP-1': FILES.slice(0, 1), 'IMP-2': FILES.slice(1) })
  await world.jobs(JOB)
})

describe('press and scanner', () => {
  test.each(['press first', 'scanner first'])('the press decides what is printed, %s', async (order) => {
    const press = () => world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    const scan = () => world.scan({ code: 'RL-1', operations: ['print'], at: '2026-03-01 12:00:00' })
    for (const arrive of order === 'press first' ? [press, scan] : [scan, press]) {
      await arrive()
      await world.pass()
    }
    expect(await operation('op001')).toMatchObject({ completed_by: 'print_os', status: null, completed_at: null })
    expect(await world.operations()).toEqual({ [JOB]: { print: false } })
  })

  test('a scan of print stands while the press has said nothing', async () => {
    await world.scan({ code: 'RL-1', operations: ['print'], at: '2026-03-01 12:00:00' })
    await world.pass()
    expect(await operation('op001')).toMatchObject({ completed_by: 'scanner', status: 'completed' })
    expect(await world.operations()).toEqual({ [JOB]: { print: true } })
  })

  test('of two scans the latest stands, and the first is what completed it', async () => {
    const [late] = await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    await world.pass()
    const [early] = await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 09:00:00' })
    await world.pass()
    expect(await operation('op003')).toMatchObject({ source_id: late })
    expect(await history()).toMatchObject([{ source_type: 'scanner', source_id: early, operation_type: 'coating' }])
  })

  test('an abort of some files keeps what the job said before', async () => {
    await world.jobmanager.pool.query(`update jobs set operations = '{"print": true, "coating": false}'`)
    await world.press({ name: 'IMP-1', status: 'ABORTED', at: '2026-03-01 10:00:00', payload: { abortReason: 'Jam' } })
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { print: true, coating: false } })
    expect(await operation('op001')).toMatchObject({ notes: '0 of 2 files printed, 1 aborted; 1 abort: Jam' })
    await world.press({ name: 'IMP-2', status: 'ABORTED', at: '2026-03-01 10:00:00', payload: { abortReason: 'Ink' } })
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { print: false, coating: false } })
    expect(await operation('op001')).toMatchObject({
      status: 'aborted',
      notes: '0 of 2 files printed, 2 aborted; 2 aborts: Ink; Jam',
    })
  })
})

describe('rows that change', () => {
  test('a record that becomes ABORTED takes its print back', async () => {
    const [first] = await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.press({ name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { print: true } })
    await world.jobmanager.pool.query(`update "print OS" set status = 'ABORTED' where id = $1`, [first])
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { print: false } })
    expect(await operation('op001')).toMatchObject({ status: null, notes: '1 of 2 files printed, 1 aborted; 1 abort' })
  })

  test('a record under another name counts there and nowhere else', async () => {
    await world.files('IMP-3', ['FILE_1_Labex_4700_1_a'])
    await world.jobs('4700_1')
    const [id] = await world.press({ name: 'IMP-3', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: {}, '4700_1': { print: true } })
    await world.jobmanager.pool.query(`update "print OS" set name = 'IMP-1' where id = $1`, [id])
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { print: false }, '4700_1': { print: false } })
    expect(await operation('op001', '4700_1')).toMatchObject({ completed_by: null, status: null, source_id: null })
  })

  test('a scan that turns out to be of another operation gives back the first', async () => {
    const [id] = await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    await world.pass()
    await world.jobmanager.pool.query(`update scanned_codes set operations = '["slitter"]' where scan_id = $1`, [id])
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { coating: false, slitter: true } })
    expect(await history()).toMatchObject([{ operation_type: 'slitter' }])
  })

  test('a record that can no longer be read is set aside and counts no more', async () => {
    const [id] = await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    await world.jobmanager.pool.query(`update "print OS" set status = 'WHO KNOWS' where id = $1`, [id])
    await world.pass()
    expect(await operation('op001')).toMatchObject({ completed_by: null, notes: null })
    expect((await floor.errors(ALL)).map(({ reason }) => reason)).toEqual(['malformed'])
  })

  test('a row that is gone is not waited for', async () => {
    const [id] = await world.press({ name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.pass()
    await world.jobmanager.pool.query(`delete from "print OS" where id = $1`, [id])
    await floor.retryErrors(null)
    expect(await floor.hasWork('print_os')).toBe(true)
    await world.pass()
    expect(await floor.hasWork('print_os')).toBe(false)
    expect(await floor.errors(ALL)).toEqual([])
  })
})

describe('overrides', () => {
  test('stand over press and scanner until they are lifted, then what was reported stands', async () => {
    const override = await floor.override(JOB, { operation_type: 'print', value: true, reason: 'Seen' }, 'Ada')
    await world.press({ name: 'IMP-1', status: 'ABORTED', at: '2026-03-01 10:00:00' })
    await world.press({ name: 'IMP-2', status: 'ABORTED', at: '2026-03-01 10:00:00' })
    await floor.override(JOB, { operation_type: 'coating', value: false, reason: 'Peels off' }, 'Ada')
    const [scan] = await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    await world.pass()
    expect(await world.operations()).toEqual({ [JOB]: { print: true, coating: false } })
    expect(await operation('op001')).toMatchObject({ completed_by: 'manual', status: 'completed', notes: 'Ada: Seen' })
    expect(await operation('op003')).toMatchObject({ completed_by: 'manual', status: null })
    for (const { override_id: id } of await floor.overrides(JOB)) await floor.liftOverride(id, 'Bo')
    expect(await world.operations()).toEqual({ [JOB]: { print: false, coating: true } })
    expect(await operation('op001')).toMatchObject({ completed_by: 'print_os', status: 'aborted' })
    expect(await operation('op003')).toMatchObject({ completed_by: 'scanner', source_id: scan })
    const manual = (await history()).filter((row) => row.source_type === 'manual')
    expect(
      manual
        .map((row) => `${row.operation_type} ${row.status}: ${row.notes}`)
        .toSorted((one, other) => one.localeCompare(other)),
    ).toEqual([
      'coating lifted: Bo lifted the override',
      'coating open: Ada: Peels off',
      'print completed: Ada: Seen',
      'print lifted: Bo lifted the override',
    ])
    await expect(floor.liftOverride(override.override_id, 'Bo')).rejects.toMatchObject({ code: 'override_not_found' })
  })

  test.each(['set', 'lifted'])('that are %s half-way are brought to an end by the next pass', async (half) => {
    await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
    await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
    await world.pass()
    const coating = { operation_type: 'coating', value: false, reason: 'Peels off' }
    const act = async (floor: ProductionFloor) => {
      if (half === 'set') return floor.override(JOB, coating, 'Ada')
      const [standing] = await floor.overrides(JOB)
      return floor.liftOverride(standing?.override_id ?? '', 'Bo')
    }
    const begin = async () => {
      await world.jobmanager.pool.query('delete from operation_overrides')
      await world.pass({ isForced: true })
      if (half === 'lifted') await floor.override(JOB, coating, 'Ada')
    }
    await begin()
    await act(floor)
    const clean = await stands()
    for (const statements of endings()) {
      await begin()
      const { hasEnded, hasActed } = await endedAt(statements, act)
      await world.pass()
      if (hasActed) expect(await stands(), `ended before statement ${statements}`).toEqual(clean)
      if (!hasEnded) break
    }
  })
})

const ALL = { source: null, reason: null, before: null, limit: 100 }

class Ended extends Error {}

/** Has a process act that ends before a statement; whether its word was kept. */
async function endedAt(statements: number, act: (floor: ProductionFloor) => Promise<unknown>) {
  let left = statements
  const before = await kept()
  await using mortal = world.beside({}, () => {
    if (left <= 0) throw new Ended()
    left -= 1
  })
  const hasEnded = await act(new ProductionFloor(mortal)).then(
    () => false,
    () => true,
  )
  return { hasEnded, hasActed: (await kept()) !== before }
}

async function kept(): Promise<string> {
  const { rows } = await world.jobmanager.pool.query(
    "select count(*) || coalesce(max(lifted_by), '') as kept from operation_overrides",
  )
  return (rows[0] as { kept: string }).kept
}

async function stands(): Promise<unknown> {
  const { jobOperations, jobs } = await world.rows()
  return { jobs, operations: jobOperations?.map((row) => ({ ...(row as object), source_id: null })) }
}

async function operation(id: string, job = JOB): Promise<unknown> {
  const { rows } = await world.logs.pool.query('select * from job_operations where job_id = $1 and operation_id = $2', [
    job,
    id,
  ])
  return rows[0]
}

interface HistoryLine {
  readonly operation_type: string
  readonly status: string
  readonly source_type: string
  readonly notes: string
}

async function history(): Promise<HistoryLine[]> {
  const { rows } = await world.jobmanager.pool.query<HistoryLine>('select * from job_status_updates order by update_id')
  return rows
}
