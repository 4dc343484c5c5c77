import { readFile } from 'node:fs/promises'
import {
  ATTEMPT_OUTCOMES,
  FINAL_STATES,
  HOLD_REASONS,
  ITEM_STATES,
  JOB_STATES,
  LOST_ACTIONS,
  PHASES,
  PRIORITIES,
  PROOFS,
  stateOf,
  SUBSTATES,
} from '@andon/core'
import { type TestDatabase, testDatabase } from '@andon/testing'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Phases of the live table; the position of a word is its number there. */
const LIVE_PHASES = PHASES.filter((phase) => phase !== 'final')
const JOB = '0193a5c0-0000-7000-8000-000000000001'
const LIVE_JOB = `insert into job (id, type_id, queue_id, max_attempts, run_at, created_by, phase, substate, hold,
  worker_id, lane_id) values ($1, 1, 1, 1, now(), 'anna', $2, $3, $4, $5, $5)`

let database: TestDatabase
let client: PoolClient

beforeAll(async () => {
  database = await testDatabase()
  client = await database.pool.connect()
  await client.query('begin')
})

afterAll(async () => {
  await client.query('rollback')
  client.release()
  await database[Symbol.asyncDispose]()
})

test('the numbers that the first migration explains are those of the words', async () => {
  const text = await readFile(new URL('../migrations/0001_core.sql', import.meta.url), 'utf8')
  const words = (name: string): string[] => {
    const [, line = ''] = new RegExp(`^--   ${name} +(.*?)(?:  +\\(.*)?$`, 'm').exec(text) ?? []
    return line.split(/ ?\d /).slice(1)
  }
  expect(words('state')).toEqual(JOB_STATES)
  expect(words('phase')).toEqual(LIVE_PHASES)
  expect(words('hold')).toEqual(HOLD_REASONS)
  expect(words('priority')).toEqual(PRIORITIES)
  expect(words('proof')).toEqual(PROOFS)
  expect(words('item')).toEqual(ITEM_STATES)
  expect(words('outcome')).toEqual(ATTEMPT_OUTCOMES)
})

test('a live job can be stored exactly as the phases allow, and is read with the state that people know', async () => {
  for (const phase of [0, 1, 2, 3]) {
    for (const substate of [null, 0, 1, 2, 3, 4]) {
      for (const hold of [null, ...HOLD_REASONS.keys(), HOLD_REASONS.length]) {
        for (const holder of [null, 7]) {
          const row = { phase, substate, hold, holder }
          const state = await outcomeOf(async () => {
            await client.query(LIVE_JOB, [JOB, phase, substate, hold, holder])
            const { rows } = await client.query('select state from job_any where id = $1', [JOB])
            return JOB_STATES[rows[0]?.state] ?? 'unknown'
          })
          expect({ ...row, state }).toEqual({ ...row, state: expected(row) })
        }
      }
    }
  }
})

test.each<[what: string, insert: string, words: readonly string[]]>([
  [
    'final states',
    `insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
       created_at, created_by) values ('${JOB}', 1, 1, 1, $1, 1, 1, 1, 1, now(), now(), 'anna')`,
    JOB_STATES.map((state) => ((FINAL_STATES as readonly string[]).includes(state) ? state : '')),
  ],
  [
    'item states',
    `insert into item (job_id, idx, state, attempt, intent_at) values ('${JOB}', 0, $1, 1, now())`,
    ITEM_STATES,
  ],
  ['proofs of items', `insert into item (job_id, idx, proof) values ('${JOB}', 0, $1)`, PROOFS],
  [
    'outcomes of attempts',
    `insert into attempt (job_id, number, started_at, ended_at, outcome) values ('${JOB}', 1, now(), now(), $1)`,
    ATTEMPT_OUTCOMES,
  ],
  [
    'priorities',
    `insert into job (id, type_id, queue_id, max_attempts, run_at, created_by, phase, priority)
     values ('${JOB}', 1, 1, 1, now(), 'anna', 1, $1)`,
    PRIORITIES,
  ],
  ['states of counters', 'insert into counter (process_id, queue_id, state, n) values (1, 1, $1, 1)', JOB_STATES],
])('takes the numbers of %s and no others', async (_what, insert, words) => {
  const taken: number[] = []
  for (let number = -1; number < 12; number += 1) {
    if ((await outcomeOf(() => client.query(insert, [number]))) !== 'refused') taken.push(number)
  }
  expect(taken).toEqual([...words.keys()].filter((number) => words[number] !== ''))
})

test('knows the same things to do about lost work', async () => {
  const { rows } = await client.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conname = any($1)`,
    [['job_lost_action_check', 'job_type_lost_action_check']],
  )
  const words = rows.map(({ definition }) => [...definition.matchAll(/'([a-z]+)'/g)].map((match) => match[1]))
  expect(words).toEqual([LOST_ACTIONS, LOST_ACTIONS])
})

interface LiveRow {
  readonly phase: number
  readonly substate: number | null
  readonly hold: number | null
  readonly holder: number | null
}

function expected({ phase, substate, hold, holder }: LiveRow): string {
  const name = LIVE_PHASES[phase]
  // A substate is stored as the public state that it shows.
  const word = substate === null ? null : (SUBSTATES.find((known) => JOB_STATES.indexOf(known) === substate) ?? null)
  const isSound =
    name !== undefined &&
    (name === 'held') === (holder !== null) &&
    (name === 'held') === (substate !== null) &&
    (substate === null || word !== null) &&
    (name === 'waiting') === (hold !== null) &&
    (hold === null || HOLD_REASONS[hold] !== undefined)
  return isSound ? stateOf(name, word, null) : 'refused'
}

/** What an attempt to write comes to; nothing of it stays. */
async function outcomeOf<T>(write: () => Promise<T>): Promise<T | 'refused'> {
  await client.query('savepoint before')
  try {
    return await write()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '23514') return 'refused'
    throw error
  } finally {
    await client.query('rollback to savepoint before')
  }
}
