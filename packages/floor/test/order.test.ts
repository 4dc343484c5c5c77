import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FloorDatabases } from '../src/index.ts'
import { correctShop, openShop, PRESS, SCANS } from './shop.ts'
import { endings, FloorWorld, type Press, type Scan } from './world.ts'

const RULES = ['keep', 'undo'] as const

let world: FloorWorld

beforeAll(async () => {
  world = await FloorWorld.open()
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

// Under the rule that has most to work out.
const GIVEN = { abort_rule: 'undo' }

describe('a process that ends', { timeout: 300_000 }, () => {
  test('between any two statements leaves nothing half done', async () => {
    const clean = await afterOnePass(GIVEN)
    const statements = await killEverywhere(clean, () => openShopWith(PRESS, SCANS))
    expect(statements).toBeGreaterThan(30)
  })

  test('in one of many small batches leaves nothing half done', async () => {
    const clean = await afterOnePass(GIVEN)
    const small = { step: 5, largestBatch: 3 }
    const statements = await killEverywhere(clean, () => openShopWith(PRESS, SCANS), small)
    expect(statements).toBeGreaterThan(150)
  })

  test('between any two statements over rows that were changed leaves nothing half done', async () => {
    await openShopWith(PRESS, SCANS)
    await using floor = world.beside(GIVEN)
    await world.pass({}, floor)
    await correctShop(world)
    await world.pass({}, floor)
    const clean = await world.rows()
    await killEverywhere(clean, async () => {
      await openShopWith(PRESS, SCANS)
      await world.pass({}, floor)
      await correctShop(world)
    })
  })
})

describe.each(RULES)('with later aborts that %s what was printed', (rule) => {
  const given = { abort_rule: rule }

  test('rows that were changed count as if they had always been so', async () => {
    await openShopWith(PRESS, SCANS)
    await correctShop(world)
    await using floor = world.beside(given)
    await world.pass({}, floor)
    const clean = await standing()
    await openShopWith(PRESS, SCANS)
    await world.pass({}, floor)
    await correctShop(world)
    await world.pass({}, floor)
    expect(await standing()).toEqual(clean)
  })

  test('the order and the sets in which rows are seen do not matter', async () => {
    const clean = await afterOnePass(given)
    await using floor = world.beside(given)
    const sources = [...PRESS, ...SCANS]
    const order = fc.shuffledSubarray(sources, { minLength: sources.length })
    await fc.assert(
      fc.asyncProperty(order, fc.array(fc.nat({ max: sources.length }), { maxLength: 5 }), async (rows, cuts) => {
        await openShop(world)
        for (const part of parts(rows, cuts)) {
          await arrive(part)
          await world.pass({}, floor)
        }
        expect(await world.rows()).toEqual(clean)
      }),
      { numRuns: 25 },
    )
  })

  test('done again over everything, or by two at once, nothing changes', async () => {
    const clean = await afterOnePass(given)
    await using one = world.beside(given)
    await using other = world.beside(given)
    await world.pass({ isForced: true }, one)
    expect(await world.rows()).toEqual(clean)
    await openShopWith(PRESS, SCANS)
    await Promise.all([
      world.pass({ isForced: true }, one),
      world.pass({ isSweep: true }, other),
      world.pass({}, one),
      world.pass({}, other),
    ])
    expect(await world.rows()).toEqual(clean)
  })
})

class Killed extends Error {}

/** Ends a pass before one of its statements after the other, has another process go on, and compares; about how many. */
async function killEverywhere(
  clean: Record<string, unknown[]>,
  begin: () => Promise<void>,
  { step = 1, ...options }: { readonly step?: number; readonly largestBatch?: number } = {},
): Promise<number> {
  await using survivor = world.beside(GIVEN)
  for (const statements of endings(step)) {
    await begin()
    if (!(await isKilledAt(statements, options))) return statements
    // A process begins with all rows.
    await world.pass({ isSweep: true, ...options }, survivor)
    expect(await world.rows(), `ended before statement ${statements}`).toEqual(clean)
  }
  throw new Error('there is always another place')
}

async function isKilledAt(statements: number, options: { readonly largestBatch?: number }): Promise<boolean> {
  let left = statements
  await using mortal = world.beside(GIVEN, () => {
    if (left <= 0) throw new Killed()
    left -= 1
  })
  return await world.pass(options, mortal).then(
    () => false,
    (error: unknown) => {
      if (!(error instanceof Killed)) throw error
      return true
    },
  )
}

async function afterOnePass(given: { readonly abort_rule: string }): Promise<Record<string, unknown[]>> {
  await openShopWith(PRESS, SCANS)
  await using floor: FloorDatabases = world.beside(given)
  await world.pass({}, floor)
  return world.rows()
}

async function openShopWith(press: readonly Press[], scans: readonly Scan[]): Promise<void> {
  await openShop(world)
  await arrive([...press, ...scans])
}

async function arrive(rows: readonly (Press | Scan)[]): Promise<void> {
  await world.press(...rows.filter((row): row is Press => 'status' in row))
  await world.scan(...rows.filter((row): row is Scan => 'code' in row))
}

function parts<T>(rows: readonly T[], cuts: readonly number[]): T[][] {
  const ends = [...cuts.toSorted((one, other) => one - other), rows.length]
  return ends.map((end, index) => rows.slice(ends[index - 1] ?? 0, end))
}

/** What holds, without the traces of what once did. */
async function standing(): Promise<Record<string, unknown>> {
  const { applied, errors, impositionOperations, jobOperations, jobs, markers, history, scanned } = await world.rows()
  const stands = (row: unknown) => (row as { completed_by: string | null }).completed_by !== null
  return {
    applied,
    scanned,
    markers,
    errors: errors?.filter((row) => !(row as { resolved: boolean }).resolved),
    scans: history?.filter((row) => (row as { source_type: string }).source_type === 'scanner'),
    impositionOperations: impositionOperations?.filter(stands),
    jobOperations: jobOperations?.filter(stands),
    jobs: jobs?.map((row) => {
      const { job_id: id, operations } = row as { job_id: string; operations: Record<string, boolean> }
      return [id, Object.keys(operations).filter((operation) => operations[operation])]
    }),
  }
}
