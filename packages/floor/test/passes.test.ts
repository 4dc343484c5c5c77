import { describe, expect, test } from 'vitest'
import { FloorWorld } from './world.ts'

const IMPOSITIONS = {
  'IMP-1': ['FILE_1_Labex_4604_5889_80', 'FILE_1_Labex_4604_5889_81', 'FILE_1_Labex_4604_58891_80'],
  'IMP-2': ['FILE_1_Labex_4604_5889_82', 'FILE_1_Labex_4677_5995_50 x 50 mm_Circle'],
}

async function shop(): Promise<FloorWorld> {
  const world = await FloorWorld.open()
  await world.runlist('RL-1', IMPOSITIONS)
  await world.jobs('4604_5889', '4604_58891', '4677_5995')
  return world
}

describe('the pass over press records', () => {
  test('calls a job printed when all its files are, and says how far it is until then', async () => {
    await using world = await shop()
    const [first] = await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00', marker: 7 })
    const { printOs } = await world.pass()
    expect(printOs).toMatchObject({ processed: 1, jobsUpdated: 2, lastMarker: '7' })
    expect(await world.operations()).toEqual({
      '4604_5889': { print: false },
      '4604_58891': { print: true },
      '4677_5995': {},
    })
    const { rows } = await world.logs.pool.query('select * from job_operations order by 1')
    expect(rows).toMatchObject([
      {
        job_operation_id: '4604_58891_1_op001',
        completed_by: 'print_os',
        source_id: first,
        status: 'completed',
        notes: '1 of 1 files printed',
      },
      { job_operation_id: '4604_5889_1_op001', completed_at: null, status: null, notes: '2 of 3 files printed' },
    ])
    await world.press({ name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 11:00:00', marker: 9 })
    await world.pass()
    expect(await world.operations()).toEqual({
      '4604_5889': { print: true },
      '4604_58891': { print: true },
      '4677_5995': { print: true },
    })
  })

  test('sets aside what cannot be processed, and processes it once it can', async () => {
    await using world = await shop()
    await world.press(
      { name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 10:00:00' },
      { name: 'IMP-1', status: 'LOST', at: '2026-03-01 10:00:00' },
      { name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 10:00:00' },
    )
    await world.pass()
    const { errors, ledger } = await world.rows()
    expect(errors).toMatchObject([{ reason: 'unknown_imposition' }, { reason: 'malformed' }])
    expect(ledger).toMatchObject([{ outcome: 'set_aside' }, { outcome: 'set_aside' }, { outcome: 'done' }])
    await world.files('IMP-9', ['FILE_1_Labex_4604_5889_99'])
    await world.jobmanager.pool.query('update processing_errors set next_try_at = now()')
    await world.pass()
    expect((await world.rows())['errors']).toMatchObject([{ resolved: true }, { resolved: false }])
  })
})

describe('the pass over scans', () => {
  test('gives the operations of a runlist scan to all its jobs and impositions', async () => {
    await using world = await shop()
    await world.scan({ code: 'RL-1', operations: { operations: ['coating'] }, at: '2026-03-01 12:00:00' })
    const { scanner } = await world.pass()
    expect(scanner).toMatchObject({ processed: 1, jobsUpdated: 3, lastMarker: '1' })
    expect(await world.operations()).toEqual({
      '4604_5889': { coating: true },
      '4604_58891': { coating: true },
      '4677_5995': { coating: true },
    })
    const { impositionOperations, history } = await world.rows()
    expect(impositionOperations).toMatchObject([
      { imposition_operation_id: 'IMP-1_op003', completed_by: 'scanner', status: 'completed' },
      { imposition_operation_id: 'IMP-2_op003', completed_by: 'scanner', status: 'completed' },
    ])
    expect(history).toHaveLength(3)
  })
})
