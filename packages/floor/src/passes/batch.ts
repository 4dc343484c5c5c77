import { type Queryable, statement } from '@andon/store'
import type { FloorDatabase } from '../database.ts'
import { type CatalogueRow, idsOf, operationIds, readCatalogue } from '../queries/jobmanager/catalogue.ts'
import { finishBatch } from '../queries/jobmanager/finish.ts'
import type { SourceType, TakenBatch } from '../queries/jobmanager/take.ts'
import { pressTroubles, setPrint, type Troubles, writePressHistory } from '../queries/jobmanager/write-press.ts'
import { scanTroubles, setScanned, writeScanHistory } from '../queries/jobmanager/write-scans.ts'
import {
  type FileCounts,
  filesOfImpositions,
  impositionsOfJobs,
  noteRecords,
  oncePrinted,
  type PrintCounts,
  settleImpositions,
  settlePrint,
} from '../queries/logs/press.ts'
import {
  noteScans,
  type ResolvedCodes,
  resolveCodes,
  type ScannedJobs,
  type ScannedTargets,
  settleScanned,
  standingScans,
} from '../queries/logs/scans.ts'
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
export async function writeBatch(
  floor: Floor,
  source: SourceType,
  { batch, doneUpTo }: { readonly batch: TakenBatch; readonly doneUpTo: string },
): Promise<BatchResult> {
  const catalogue = await readCatalogue(floor.jobmanager)
  return source === 'print_os'
    ? writePress(floor, catalogue, { batch, doneUpTo })
    : writeScans(floor, catalogue, { batch, doneUpTo })
}

interface Written {
  readonly batch: TakenBatch
  readonly doneUpTo: string
}

async function writePress(floor: Floor, catalogue: readonly CatalogueRow[], written: Written): Promise<BatchResult> {
  const printIds = idsOf(catalogue, 'print')
  const { sound, count } = written.batch
  const found = sound && (await floor.logs.batch((tx) => settleRecords(tx, sound, { ...floor, printIds })))
  return floor.jobmanager.batch(async (tx) => {
    const troubles: Troubles[] = []
    let changed: { updated: number; jobs: readonly string[] } = { updated: 0, jobs: [] }
    if (sound && found) {
      await writePressHistory(tx, sound, found.files)
      changed = await setPrint(tx, found.counts, found.once)
      troubles.push(...present(await pressTroubles(tx, sound, found.files)))
    }
    await finish(tx, 'print_os', { ...written, troubles })
    const effects = count + (found?.counts.count ?? 0)
    return { count, jobsUpdated: changed.updated, jobs: changed.jobs, effects }
  })
}

interface PressOutcome {
  readonly files: FileCounts
  readonly counts: PrintCounts
  readonly once: string
}

async function settleRecords(
  tx: Queryable,
  rows: NonNullable<TakenBatch['sound']>,
  { abortRule, printIds }: { readonly abortRule: AbortRule; readonly printIds: readonly string[] },
): Promise<PressOutcome> {
  const impositions = await noteRecords(tx, rows)
  await settleImpositions(tx, impositions, { printIds, abortRule })
  const files = await filesOfImpositions(tx, impositions)
  const places = { jobs: files.jobs, impositions: await impositionsOfJobs(tx, files.jobs) }
  const counts = await settlePrint(tx, places, printIds)
  // What was printed stays printed unless the shop says otherwise: then only can a job have been whole once.
  const once = abortRule === 'undo' ? await oncePrinted(tx, places) : '{}'
  return { files, counts, once }
}

async function writeScans(floor: Floor, catalogue: readonly CatalogueRow[], written: Written): Promise<BatchResult> {
  const { sound, count } = written.batch
  const found = sound && (await floor.logs.batch((tx) => settleScans(tx, sound, catalogue)))
  return floor.jobmanager.batch(async (tx) => {
    const troubles: Troubles[] = []
    let changed: { updated: number; jobs: readonly string[] } = { updated: 0, jobs: [] }
    if (sound && found) {
      const { scanned, standing, targets } = found
      await writeScanHistory(tx, scanned, { standing, targets })
      changed = await setScanned(tx, standing, targets.retracted)
      troubles.push(...present(found.resolved.troubles), ...present(await scanTroubles(tx, scanned, sound.ids)))
    }
    await finish(tx, 'scanner', { ...written, troubles })
    const effects = count + (found?.scanned.count ?? 0)
    return { count, jobsUpdated: changed.updated, jobs: changed.jobs, effects }
  })
}

interface ScanOutcome {
  readonly resolved: ResolvedCodes
  readonly targets: ScannedTargets
  readonly scanned: ScannedJobs
  readonly standing: { readonly jobs: string; readonly operations: string }
}

async function settleScans(
  tx: Queryable,
  rows: NonNullable<TakenBatch['sound']>,
  catalogue: readonly CatalogueRow[],
): Promise<ScanOutcome> {
  const ids = operationIds(catalogue)
  const resolved = await resolveCodes(tx, rows)
  const targets = await noteScans(tx, rows, resolved)
  const scanned = await settleScanned(tx, targets, ids)
  const standing = await standingScans(tx, scanned.jobs, ids)
  return { resolved, targets, scanned, standing }
}

async function finish(
  tx: Queryable,
  source: SourceType,
  { batch, doneUpTo, troubles }: Written & { readonly troubles: readonly Troubles[] },
): Promise<void> {
  const { sound, troubled } = batch
  const malformed = troubled && { ids: troubled.ids, reasons: sameFor(troubled.ids), details: troubled.details }
  const ids = [sound?.ids, troubled?.ids].flatMap((array) => array ?? [])
  await finishBatch(tx, { source, ids, troubles: [...troubles, ...present(malformed)], doneUpTo })
}

/** The reason of rows that are wrong in themselves, once for each of them. */
function sameFor(ids: string): string {
  return `{${ids
    .slice(1, -1)
    .split(',')
    .map(() => 'malformed')
    .join(',')}}`
}

function present<T>(value: T | null): T[] {
  return value === null ? [] : [value]
}
