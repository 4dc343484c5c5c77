import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FloorWorld, type Press } from './world.ts'

const NAMES = 60
const RECORDS = 683
const START = Date.UTC(2026, 2, 1)

/** Two files to a name, three names to a job. */
const IMPOSITIONS = Object.fromEntries(
  Array.from({ length: NAMES }, (_, n) => [nameOf(n), [0, 1].map((file) => `FILE_1_Labex_${jobOf(n)}_${n}_${file}`)]),
)

let world: FloorWorld

beforeAll(async () => {
  world = await FloorWorld.open()
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

/**
 * As a press writes them: markers with gaps, times that do not rise with the marker, aborts before and after prints of the
 * same name, aborts of which copies came out, no ink.
 */
describe.each(['keep', 'undo'] as const)('683 records of a press, where later aborts %s', (rule) => {
  const records = pressRecords()

  test('every name and job has the status that its records say', async () => {
    await world.clear()
    await world.runlist('RL-1', IMPOSITIONS)
    await world.jobs(...new Set(Array.from({ length: NAMES }, (_, n) => jobOf(n))))
    const ids = await world.press(...records)
    await using floor = world.beside({ abort_rule: rule })
    const { printOs } = await world.pass({}, floor)
    expect(printOs).toMatchObject({ processed: RECORDS, lastMarker: String(Math.max(...records.map(markerOf))) })
    const { rows } = await world.logs.pool.query<{ imposition_id: string; status: string; source_id: string }>(
      'select imposition_id, status, source_id, notes from imposition_operations order by imposition_id',
    )
    const wanted = Array.from({ length: NAMES }, (_, n) => outcome(records, nameOf(n), rule))
      .flatMap((one) => one ?? [])
      .map(({ index, ...one }) => ({ ...one, source_id: ids[index] }))
    expect(rows).toEqual(wanted.toSorted((one, other) => (one.imposition_id < other.imposition_id ? -1 : 1)))
    expect(await world.operations()).toEqual(jobsOf(records, rule))
    expect((await world.rows())['history']).toHaveLength(RECORDS)
  })
})

function nameOf(n: number): string {
  return `IMP-${String(n).padStart(2, '0')}`
}

function jobOf(n: number): string {
  return `4604_${Math.floor(n / 3)}`
}

function pressRecords(): Press[] {
  let marker = 0
  return Array.from({ length: RECORDS }, (_, n) => {
    marker += 1 + (n % 7 === 0 ? 13 : 0)
    const isAborted = (n * 31) % 5 < 2
    return {
      name: nameOf((n * 37 + Math.floor(n / NAMES)) % (NAMES - 2)),
      status: isAborted ? 'ABORTED' : 'PRINTED',
      at: new Date(START + ((n * 7_919) % RECORDS) * 60_000).toISOString().replace('Z', ''),
      marker,
      copies: isAborted ? n % 4 : 100,
      payload: {
        inks: n % 11 === 0 ? [] : ['C'],
        substrates: [],
        ...(n % 3 === 0 ? { abortReason: `E${n % 2}` } : {}),
      },
    }
  })
}

function markerOf({ marker }: Press): number {
  return marker ?? 0
}

/** What the records of a name come to, worked out one after the other in the order of their times. */
function outcome(records: readonly Press[], name: string, rule: string) {
  const said = records
    .map((record, index) => ({ ...record, index }))
    .filter((record) => record.name === name)
    .toSorted((one, other) => ((one.at ?? '') < (other.at ?? '') ? -1 : 1))
  const aborts = said.filter(({ status }) => status === 'ABORTED')
  const prints = said.filter(({ status }) => status === 'PRINTED')
  const last = rule === 'keep' && prints.length > 0 ? prints.at(-1) : said.at(-1)
  if (last === undefined) return null
  const reasons = [...new Set(aborts.flatMap(({ payload }) => (payload as { abortReason?: string }).abortReason ?? []))]
  const listed = reasons.length === 0 ? '' : `: ${reasons.toSorted((one, other) => (one < other ? -1 : 1)).join('; ')}`
  return {
    imposition_id: name,
    index: last.index,
    status: last.status === 'PRINTED' ? 'completed' : 'aborted',
    notes: aborts.length === 0 ? null : `${aborts.length} abort${aborts.length === 1 ? '' : 's'}${listed}`,
  }
}

/** A job is printed when its three names are; where some are aborted, what it was before stands. */
function jobsOf(records: readonly Press[], rule: string): Record<string, unknown> {
  const inTime = records.toSorted((one, other) => ((one.at ?? '') < (other.at ?? '') ? -1 : 1))
  return Object.fromEntries(
    Array.from({ length: NAMES / 3 }, (_, job) => {
      const names = [0, 1, 2].map((n) => nameOf(job * 3 + n))
      const last = new Map<string, string>()
      let wasWhole = false
      for (const { name, status } of inTime.filter((record) => names.includes(record.name ?? ''))) {
        if (rule === 'undo' || last.get(name ?? '') !== 'PRINTED') last.set(name ?? '', status ?? '')
        wasWhole ||= names.every((each) => last.get(each) === 'PRINTED')
      }
      const [printed, aborted] = ['PRINTED', 'ABORTED'].map((word) => names.filter((each) => last.get(each) === word))
      const isMixed = aborted?.length !== 0 && aborted?.length !== names.length && printed?.length !== names.length
      return [jobOf(job * 3), { print: isMixed ? wasWhole : printed?.length === names.length }]
    }),
  )
}
