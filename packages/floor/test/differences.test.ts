import { expect, test } from 'vitest'
import { ProductionFloor } from '../src/index.ts'
import { openShop, PRESS, SCANS } from './shop.ts'
import { FloorWorld } from './world.ts'

test.each(['keep', 'undo'])('two databases that agree have no differences, where later aborts %s', async (rule) => {
  await using world = await FloorWorld.open({ abort_rule: rule })
  const floor = new ProductionFloor(world.databases)
  await openShop(world)
  await world.jobmanager.pool.query(`update jobs set operations = '{}' where job_id <> '5000_1'`)
  await world.press(...PRESS)
  await world.scan(...SCANS)
  await world.pass()
  await floor.override('4604_5889', { operation_type: 'print', value: false, reason: 'Seen' }, 'Ada')
  await floor.override('4700_1', { operation_type: 'backscore', value: true, reason: 'Seen' }, 'Ada')
  expect(await floor.differences()).toEqual([])
})

test('what was changed on one side only is reported, with what each side says', async () => {
  await using world = await FloorWorld.open()
  const floor = new ProductionFloor(world.databases)
  await world.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_1_1_a', 'FILE_1_Labex_1_2_a', 'FILE_1_Labex_1_3_a'] })
  await world.jobs('1_1', '1_2', '1_3', '1_4')
  await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
  await world.scan({ code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' })
  await world.pass()
  expect(await floor.differences()).toEqual([])
  await world.jobmanager.pool.query(
    `update jobs set operations = operations || '{"print": false}' where job_id = '1_1';
     update jobs set operations = operations || '{"slitter": true}' where job_id = '1_4'`,
  )
  await world.logs.pool.query(`update job_operations set status = null where job_id = '1_3' and operation_id = 'op003'`)
  expect(await floor.differences()).toEqual([
    { job_id: '1_1', operation_type: 'print', job_says: false, operations_say: true },
    { job_id: '1_3', operation_type: 'coating', job_says: true, operations_say: false },
    { job_id: '1_4', operation_type: 'slitter', job_says: true, operations_say: false },
  ])
})

test('a pass that ended between the two databases is seen until the next', async () => {
  await using world = await FloorWorld.open()
  await world.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_1_1_a'] })
  await world.jobs('1_1')
  await world.press({ name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' })
  let isWritten = false
  await using mortal = world.beside({}, ({ name }) => {
    if (isWritten && name === 'begin') throw new Error('ended')
    isWritten ||= name === 'floor_settle_print'
  })
  await expect(world.pass({}, mortal)).rejects.toThrow('ended')
  const floor = new ProductionFloor(world.databases)
  expect(await floor.differences()).toMatchObject([{ job_id: '1_1', job_says: false, operations_say: true }])
  await world.pass()
  expect(await floor.differences()).toEqual([])
})
