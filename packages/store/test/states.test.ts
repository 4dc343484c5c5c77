import {
  ATTEMPT_OUTCOMES,
  EVENT_KINDS,
  eventKindName,
  HOLD_REASONS,
  ITEM_STATES,
  JOB_STATES,
  LOST_ACTIONS,
  PHASES,
  PRIORITIES,
  PROOFS,
  SUBSTATES,
  FINAL_STATES,
} from '@andon/core'
import { testDatabase } from '@andon/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: Awaited<ReturnType<typeof testDatabase>>
let checks: string

beforeAll(async () => {
  database = await testDatabase()
  const { rows } = await database.pool.query<{ text: string }>(
    `select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as text from pg_constraint
     where contype = 'c' and connamespace = 'public'::regnamespace`,
  )
  checks = rows.map((row) => row.text).join('\n')
})

afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

/** The highest number that a CHECK of a column allows, with its lowest. */
function range(table: string, column: string): [number, number] {
  const match = new RegExp(
    `^${table}: CHECK \\(\\(*.*\\(*${column} >= (\\d+)\\) AND \\(${column} <= (\\d+)\\)`,
    'm',
  ).exec(checks)
  if (match === null) throw new Error(`no CHECK on ${table}.${column} in\n${checks}`)
  return [Number(match[1]), Number(match[2])]
}

test('the numbers in the database are the positions of the words', () => {
  // What is final lies in a table of its own.
  expect(range('job', 'phase')).toEqual([0, PHASES.indexOf('final') - 1])
  expect(range('job', 'hold')).toEqual([0, HOLD_REASONS.length - 1])
  expect(range('job', 'priority')).toEqual([0, PRIORITIES.length - 1])
  // A substate has the number of its public state.
  expect(range('job', 'substate')).toEqual([JOB_STATES.indexOf('sent'), JOB_STATES.indexOf('running')])
  expect(SUBSTATES.map((word) => JOB_STATES.indexOf(word))).toEqual([1, 2, 3])
  expect(range('job_done', 'state')).toEqual([JOB_STATES.indexOf('completed'), JOB_STATES.length - 1])
  expect(JOB_STATES.slice(4)).toEqual(FINAL_STATES)
  expect(range('item', 'state')).toEqual([0, ITEM_STATES.length - 1])
  expect(range('item', 'proof')).toEqual([0, PROOFS.length - 1])
  expect(range('attempt', 'outcome')).toEqual([0, ATTEMPT_OUTCOMES.length - 1])
  expect(range('counter', 'state')).toEqual([0, JOB_STATES.length - 1])
  for (const action of LOST_ACTIONS) expect(checks).toMatch(new RegExp(`^job: .*'${action}'`, 'm'))
})

test('a job is held exactly when it has a holder, and waits exactly when it has a reason', async () => {
  const insert = (columns: string, values: string): Promise<unknown> =>
    database.pool.query(
      `insert into job (id, type_id, queue_id, max_attempts, run_at, created_by, ${columns})
       values (gen_random_uuid(), 1, 1, 1, now(), 'anna', ${values})`,
    )
  const refused = { code: '23514' }
  await expect(insert('phase', '2')).rejects.toMatchObject(refused)
  await expect(insert('phase, worker_id', '1, 1')).rejects.toMatchObject(refused)
  await expect(insert('phase, worker_id, lane_id', '2, 1, 1')).rejects.toMatchObject(refused)
  await expect(insert('phase', '0')).rejects.toMatchObject(refused)
  await expect(insert('phase, hold', '1, 0')).rejects.toMatchObject(refused)
  await expect(insert('phase, slot', '1, 0')).rejects.toMatchObject(refused)
  await insert('phase, worker_id, lane_id, substate, slot', '2, 1, 1, 3, 0')
  await expect(insert('phase, worker_id, lane_id, substate, slot', '2, 2, 1, 3, 0')).rejects.toMatchObject({
    code: '23505',
  })
})

test('kinds of events have one number each, and their names back', () => {
  const numbers = Object.values(EVENT_KINDS)
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(eventKindName(EVENT_KINDS.completed)).toBe('completed')
  expect(eventKindName(30_000)).toBeNull()
  // settle.ts counts on these distances.
  for (const state of FINAL_STATES) expect(EVENT_KINDS[state]).toBe(JOB_STATES.indexOf(state) + 4)
  for (const state of SUBSTATES) expect(EVENT_KINDS[state]).toBe(JOB_STATES.indexOf(state) + 3)
  const { retry_scheduled, snoozed, unconfirmed, returned, progress } = EVENT_KINDS
  expect([retry_scheduled, snoozed, unconfirmed, returned, progress]).toEqual([13, 14, 17, 25, 7])
  const { confirmed, expired } = EVENT_KINDS
  expect([confirmed, expired]).toEqual([18, 20])
})
