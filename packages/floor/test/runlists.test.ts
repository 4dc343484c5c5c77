import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProductionFloor } from '../src/index.ts'
import { FloorWorld } from './world.ts'

let shop: FloorWorld
let floor: ProductionFloor
beforeAll(async () => {
  shop = await FloorWorld.open()
  floor = new ProductionFloor(shop.databases)
  await shop.runlist('RL-1', {
    'IMP-1': ['FILE_1_Labex_10_1_a', 'FILE_2_Labex_10_1_a', 'FILE_1_Labex_11_1_a', 'FILE_1_Labex_10_1_b_Labex_11_1'],
    'IMP-2': ['FILE_1_Labex_10_1_b', `FILE_1_Labex_12_1_${'x'.repeat(1100)}`],
  })
  await shop.runlist('RL-2', { 'IMP-3': ['FILE_1_Labex_13_1_a'], 'IMP-1': [] })
  await shop.runlist('rl-1', { 'IMP-4': ['FILE_1_Labex_14_1_a'] })
  await shop.runlist('RL 1', { 'IMP-5': [] })
  await shop.runlist('RL-1%', { 'IMP-6': ['FILE_1_Labex_14_1_b'] })
  await shop.jobs('10_1', '11_1', '13_1', '14_1')
  const operations = await floor.catalogue()
  await floor.setCatalogue([...operations, { operation_id: 'op030', operation_type: 'coating', position: 2 }])
  await shop.press(
    { name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' },
    { name: 'IMP-3', status: 'ABORTED', at: '2026-03-01 11:00:00', payload: { reason: 'paper' } },
  )
  await shop.scan(
    { code: 'RL-1', operations: ['coating'], at: '2026-03-01 12:00:00' },
    { code: 'RL-2', operations: ['print', 'op030'], at: '2026-03-01 13:00:00' },
  )
  await shop.pass()
})
afterAll(() => shop[Symbol.asyncDispose]())

const namesOf = async (prefix: string, after: string | null = null, limit = 50) =>
  (await floor.runlists({ after, prefix, limit })).runlists.map(({ runlist_id: id }) => id)

describe('the list of runlists', () => {
  test('counts what the page of each runlist shows', async () => {
    const { isByName, runlists } = await floor.runlists({ after: null, prefix: '', limit: 50 })
    expect(isByName).toBe(true)
    expect(runlists).toHaveLength(5)
    for (const summary of runlists) {
      const {
        imposition_list: _i,
        job_list: _j,
        operation_types: _t,
        ...detail
      } = await floor.runlist(summary.runlist_id)
      expect(summary).toEqual(detail)
    }
    const second = runlists.find(({ runlist_id: id }) => id === 'RL-2')
    expect(second).toMatchObject({ impositions: 2, jobs: 4, operations: { print: { aborted: 1, partly: 1, done: 2 } } })
    expect(second?.conflicts).toBe(2)
  })

  test('takes the beginning of a name as it is written', async () => {
    expect(await namesOf('RL-1')).toEqual(['RL-1', 'RL-1%'])
    expect(await namesOf('RL')).toEqual(['RL 1', 'RL-1', 'RL-1%', 'RL-2'])
    expect(await namesOf('rl')).toEqual(['rl-1'])
    expect(await namesOf('%')).toEqual([])
    expect(await namesOf('RL-3')).toEqual([])
    expect(await namesOf('RL', 'RL-1')).toEqual(['RL-1%', 'RL-2'])
    expect(await namesOf('RL', null, 2)).toEqual(['RL 1', 'RL-1'])
    expect(await namesOf('', 'zz')).toEqual([])
  })

  test('begins with what was touched last', async () => {
    const { isByName, runlists } = await floor.runlists({ after: null, prefix: null, limit: 2 })
    expect(isByName).toBe(false)
    expect(runlists.map(({ runlist_id: id }) => id)).toEqual(['RL-1', 'RL-2'])
  })

  test('says of an imposition which names no one job', async () => {
    const first = await floor.imposition('IMP-1')
    expect(first.unmatched_files).toEqual(['FILE_1_Labex_10_1_b_Labex_11_1'])
    const second = await floor.imposition('IMP-2')
    expect(second.unmatched_files).toEqual([expect.stringMatching(/^FILE_1_Labex_12_1_x{182}$/)])
    expect(
      (await floor.runlist('RL-1')).imposition_list.map(({ files }) => files).toSorted((one, other) => one - other),
    ).toEqual([2, 4])
  })
})
