import { type Queryable, statement } from '@andon/store'
import type { FloorDatabase } from '../database.ts'
import { type CatalogueRow, idsOf, operationIds, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import { finishBatch } from '../queries/jobmanager/finish.ts'
import { jobsOfSources, NO_ROWS, type SourceType, type TakenBatch } from '../queries/jobmanager/take.ts'
import {
  type JobsChanged,
  pressTroubles,
  setPrint,
  type Troubles,
  writePressHistory,
} from '../queries/jobmanager/write-press.ts'
import { type JobOperations, scanTroubles, setScanned, writeScanHistory } from '../queries/jobmanager/write-scans.ts'
import { type ResolvedCodes, resolveCodes } from '../queries/logs/codes.ts'
import { type FileCounts, filesOfImpositions, liesOfJobs } from '../queries/logs/lies.ts'
import { noteRecords, type PrintVerdict, settleImpositions, settlePrint } from '../queries/logs/press.ts'
import { type Reach, reachOf } from '../queries/logs/reach.ts'
import { noteScans, type ScanVerdict, settleScanned } from '../queries/logs/scans.ts'
import type { AbortRule } from '../settings.ts'

/** What passes work on. */
export interface Floor {
  readonly jobmanager: FloorDatabase
  readonly logs: FloorDatabase
  readonly abortRule: AbortRule
}

/** What a batch did. */
export interface BatchResult {
  readonly count: number
  readonly jobsUpdated: number
  /** At most 501 of the jobs that it was about. */
  readonly jobs: readonly string[]
  /** How many rows the batch touched or made: says how large the next one may be. */
  readonly effects: number
}

/** Of both databases one writer at a time; the lock goes with its connection. */
const LOCK = statement('floor_lock', `select pg_advisory_lock(hashtextextended('andon.floor', 0))`)
const UNLOCK = statement('floor_unlock', `select pg_advisory_unlock(hashtextextended('andon.floor', 0))`)

/** Runs `work` while no other process writes to the floor. */
export function alone<T>({ jobmanager }: Floor, work: () => Promise<T>): Promise<T> {
  return jobmanager.inTurn(() =>
    jobmanager.session(async (session) => {
      await session.query(LOCK)
      const result = await work()
      await session.query(UNLOCK)
      return result
    }),
  )
}

/**
 * Writes the effects of rows that were taken: first to `logs`, in one transaction, then to `jobmanager`, in another.
 * Everything is worked out anew from all that is known, so that a batch which stopped half-way, or is done twice, or in
 * another order, ends in the same rows.
 */
export async function writeBatch(floor: Floor, source: SourceType, batch: TakenBatch): Promise<BatchResult> {
  const catalogue = await readCatalogue(floor.jobmanager)
  const before = await jobsOfSources(floor.jobmanager, source, batch.seen)
  const work = { batch, before, catalogue, abortRule: floor.abortRule }
  return source === 'print_os' ? writePress(floor, work) : writeScans(floor, work)
}

interface Work {
  readonly batch: TakenBatch
  /** What rested on rows of the batch when they were taken before. */
  readonly before: JobOperations
  readonly catalogue: readonly CatalogueRow[]
  readonly abortRule: AbortRule
}

async function writePress(floor: Floor, work: Work): Promise<BatchResult> {
  const { batch, before } = work
  const { files, print, scans } = await floor.logs.batch(batch.count, (tx) => settleRecords(tx, work))
  return floor.jobmanager.batch(batch.count, async (tx) => {
    await writePressHistory(tx, batch.sound, files)
    const changes = [
      ...(scans === null ? [] : [await setScanned(tx, scans.standing, before)]),
      await setPrint(tx, print),
    ]
    await finish(tx, 'print_os', { batch, troubles: await pressTroubles(tx, batch.sound, files) })
    return resultOf(batch, changes, print.counts.count)
  })
}

interface PressOutcome {
  readonly files: FileCounts
  readonly print: PrintVerdict
  /** Null when nothing could have come back to what scans say. */
  readonly scans: ScanVerdict | null
}

async function settleRecords(tx: Queryable, { batch, before, catalogue, abortRule }: Work): Promise<PressOutcome> {
  const rules = { printIds: idsOf(catalogue, 'print'), abortRule }
  const { hasChanged, impositions } = await noteRecords(tx, batch)
  const files = await filesOfImpositions(tx, impositions)
  await settleImpositions(tx, { impositions, known: files.impositions }, rules)
  const jobs = joined(files.jobs, before.jobs)
  const print = await settlePrint(tx, await liesOfJobs(tx, jobs), rules)
  if (!hasChanged && before.jobs === NO_ROWS) return { files, print, scans: null }
  const reach = await reachOf(tx, { runlists: NO_ROWS, codes: NO_ROWS, jobs, impositions })
  return { files, print, scans: await settleScanned(tx, reach, operationIds(catalogue)) }
}

async function writeScans(floor: Floor, work: Work): Promise<BatchResult> {
  const { batch } = work
  const { codes, print, reach, scans } = await floor.logs.batch(batch.count, (tx) => settleScans(tx, work))
  return floor.jobmanager.batch(batch.count, async (tx) => {
    const retracted = await writeScanHistory(tx, scans)
    const changes = [
      await setScanned(tx, scans.standing, retracted),
      ...(print === null ? [] : [await setPrint(tx, print)]),
    ]
    const troubles = [codes.troubles, await scanTroubles(tx, codes, reach)]
    await finish(tx, 'scanner', { batch, troubles })
    return resultOf(batch, changes, scans.scanned.count)
  })
}

interface ScanOutcome {
  readonly codes: ResolvedCodes
  readonly reach: Reach
  readonly scans: ScanVerdict
  /** Null when scans say nothing of printing. */
  readonly print: PrintVerdict | null
}

async function settleScans(tx: Queryable, { batch, before, catalogue, abortRule }: Work): Promise<ScanOutcome> {
  const codes = await resolveCodes(tx, batch.sound)
  const concerned = await noteScans(tx, batch, codes)
  const reach = await reachOf(tx, { ...concerned, jobs: before.jobs, impositions: NO_ROWS })
  const scans = await settleScanned(tx, reach, operationIds(catalogue))
  // What the press said of printing goes before what scans say.
  const isOfPrint = scans.scanned.hasPrint || before.jobs !== NO_ROWS
  const rules = { printIds: idsOf(catalogue, 'print'), abortRule }
  return { codes, reach, scans, print: isOfPrint ? await settlePrint(tx, reach.lies, rules) : null }
}

async function finish(
  tx: Queryable,
  source: SourceType,
  {
    batch,
    troubles,
  }: { readonly batch: TakenBatch; readonly troubles: Troubles | readonly (Troubles | null)[] | null },
): Promise<void> {
  const found = [batch.troubled, ...[troubles].flat()].filter((each) => each !== null)
  await finishBatch(tx, {
    source,
    ids: joined(batch.sound.ids, batch.troubled.ids),
    hashes: joined(batch.sound.hashes, batch.troubled.hashes),
    troubles: {
      ids: joined(...found.map((each) => each.ids)),
      reasons: joined(...found.map((each) => each.reasons)),
      details: joined(...found.map((each) => each.details)),
    },
  })
}

function resultOf({ count }: TakenBatch, changes: readonly JobsChanged[], effects: number): BatchResult {
  return {
    count,
    jobsUpdated: changes.reduce((sum, { updated }) => sum + updated, 0),
    jobs: [...new Set(changes.flatMap(({ jobs }) => jobs))].slice(0, 500),
    effects: count + effects,
  }
}

/** Texts of PostgreSQL arrays, one after the other. */
function joined(...arrays: readonly string[]): string {
  const filled = arrays.map((array) => array.slice(1, -1)).filter((inside) => inside !== '')
  return `{${filled.join(',')}}`
}
