import { codeOf } from '@andon/core'
import { fileName, type FloorDatabases, hasRunlists, type PlannedRunlist, planRunlist } from '@andon/floor'
import type { Andon } from '@andon/sdk'
import type { Logger } from 'pino'
import { DEMO_PRODUCTS } from './catalogue.ts'
import type { Chance } from './chance.ts'
import { until } from './wait.ts'

/** By what everything on the demonstration's floor is known again: runlists, impositions and codes begin so. */
export const DEMO_FLOOR_PREFIX = 'DEMO-'

const SHEETS = 50
const FILES_PER_SHEET = 20
/** Files of one job. They do not divide a sheet, so that some jobs lie on two. */
const FILES_PER_JOB = 3
const RUNLISTS_AT_ONCE = 3
/** Job numbers of the demonstration: above those of any shop that is shown to. */
const FIRST_JOB = 900_000

/** The machines behind the press, with what is done there, in their order. */
const SCANNERS = [
  { machine: 'Coater', operation: 'coating' },
  { machine: 'Kiss-cutter', operation: 'kiss_cut' },
  { machine: 'Slitter', operation: 'slitter' },
] as const

const PEOPLE = ['anna', 'ben', 'carla'] as const
const ABORT_REASONS = ['Paper jam at the feeder', 'Colour out of register', 'Substrate ran out'] as const

/** A press and three scanners that work runlists off, with aborts and misread codes now and then. */
export interface DemoFloorOptions {
  readonly andon: Andon
  readonly chance: Chance
  readonly databases: FloorDatabases
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Plans runlists, and has them printed and scanned until the signal says stop. */
export async function workTheFloor({ andon, chance, databases, log, signal }: DemoFloorOptions): Promise<void> {
  let number = (await hasRunlists(databases, DEMO_FLOOR_PREFIX)) ? 100 + chance.between(0, 8_000) * 100 : 1
  const lines = Array.from({ length: RUNLISTS_AT_ONCE }, async (_, line) => {
    await until(line * 20_000, signal)
    while (!signal.aborted) {
      const plan = planned(number, chance)
      number += 1
      try {
        await planRunlist(databases, plan)
        await workOff(plan, { andon, chance, signal })
      } catch (error) {
        if (!signal.aborted) log.warn({ error }, 'the demonstration floor stood still')
        await until(30_000, signal)
      }
    }
  })
  await Promise.all(lines)
}

/** A runlist of 50 impositions with 20 files each. */
function planned(number: number, chance: Chance): PlannedRunlist {
  const runlistId = `${DEMO_FLOOR_PREFIX}RL-${String(number).padStart(5, '0')}`
  const jobCount = Math.ceil((SHEETS * FILES_PER_SHEET) / FILES_PER_JOB)
  const jobs = Array.from({ length: jobCount }, (_, index) => ({
    jobId: `${FIRST_JOB + number}_${1_000 + index}`,
    description: chance.oneOf(DEMO_PRODUCTS),
  }))
  const files = jobs.flatMap(({ jobId }) =>
    Array.from({ length: FILES_PER_JOB }, (_, part) => fileName({ jobId, versionTag: '1' }, String(80 + part))),
  )
  const impositions = Array.from({ length: SHEETS }, (_, sheet) => ({
    impositionId: `${runlistId.replace('RL', 'IMP')}-${String(sheet + 1).padStart(2, '0')}`,
    files: files.slice(sheet * FILES_PER_SHEET, (sheet + 1) * FILES_PER_SHEET),
  }))
  return { runlistId, impositions, jobs }
}

interface Worked {
  readonly andon: Andon
  readonly chance: Chance
  readonly signal: AbortSignal
}

async function workOff({ impositions, runlistId }: PlannedRunlist, { andon, chance, signal }: Worked): Promise<void> {
  for (const { impositionId } of impositions) {
    if (signal.aborted) return
    const isAborted = chance.happens(0.04)
    await record(andon, impositionId, isAborted ? { reason: chance.oneOf(ABORT_REASONS), chance } : { chance })
    await until(chance.between(800, 3_000), signal)
    // Most aborted sheets are printed again at once; one now and then is left for somebody to see.
    if (isAborted && chance.happens(0.6)) await record(andon, impositionId, { chance })
  }
  for (const { machine, operation } of SCANNERS) {
    await until(chance.between(5_000, 20_000), signal)
    if (signal.aborted) return
    if (chance.happens(0.15)) await scan(andon, { code: misread(runlistId, chance), machine, operation, chance })
    await scan(andon, { code: runlistId, machine, operation, chance })
  }
}

interface Run {
  readonly chance: Chance
  /** Why it was aborted; left out when it was printed. */
  readonly reason?: string
}

async function record(andon: Andon, imposition: string, { chance, reason }: Run): Promise<void> {
  const copies = reason === undefined ? 250 : chance.between(0, 180)
  await andon.floor.addRecords([
    {
      name: imposition,
      status: reason === undefined ? 'PRINTED' : 'ABORTED',
      marker: Math.floor(Date.now() / 1_000),
      job_complete_time: new Date().toISOString(),
      copies,
      payload: { press: 'Demonstration press', ...(reason === undefined ? {} : { abortReason: reason }) },
    },
  ])
}

interface Scanned {
  readonly code: string
  readonly machine: string
  readonly operation: string
  readonly chance: Chance
}

/** A code that nothing has is refused and kept, which is what the page of unmatched scans is for. */
async function scan(andon: Andon, { chance, code, machine, operation }: Scanned): Promise<void> {
  const given = {
    code_text: code,
    machine_id: machine,
    user_id: chance.oneOf(PEOPLE),
    operations: { operations: [operation] },
  }
  await andon.floor.scan(given).catch((error: unknown) => {
    if (codeOf(error) !== 'code_unknown') throw error
  })
}

/** As a worn label is read: one character is another. */
function misread(code: string, chance: Chance): string {
  const at = chance.between(DEMO_FLOOR_PREFIX.length + 3, code.length - 1)
  return `${code.slice(0, at)}X${code.slice(at + 1)}`
}
