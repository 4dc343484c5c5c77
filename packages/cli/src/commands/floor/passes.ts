import type { FloorSourceStatus, FloorStatus, ProcessStatusUpdates, ScanMatch } from '@andon/core'
import { durationWords } from '@andon/core/base'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Look } from '../../output/look.ts'
import { printDetails, printRows, type RowsSpec } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'

/** Flags of `floor process`. */
export interface ProcessFlags {
  readonly force?: boolean
  readonly source: NonNullable<ProcessStatusUpdates['source']>
}

/** Flags of `floor scan`. */
export interface ScanFlags {
  readonly machine?: string
  readonly operation: readonly string[]
  readonly user?: string
}

const STATUS: RowsSpec<FloorStatus> = {
  columns: [
    { name: 'open_errors', title: 'ERRORS', value: (status) => status.open_errors },
    { name: 'overrides', title: 'OVERRIDES', value: (status) => status.overrides },
  ],
  empty: '',
  name: () => 'floor',
}

const SCAN: RowsSpec<ScanMatch> = {
  columns: [
    { name: 'scan_id', title: 'SCAN', value: (match) => match.scan_id },
    { name: 'runlist_id', title: 'RUNLIST', value: (match) => match.runlist_id },
    { name: 'operations', title: 'OPERATIONS', value: (match) => match.operations },
    { name: 'jobs_updated', title: 'CHANGED', value: (match) => match.jobs_updated },
  ],
  empty: '',
  name: (match) => match.scan_id,
}

/** `andon floor status` */
export async function showFloor(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  const status = await andon.floor.status()
  printDetails(session, [status], { ...STATUS, lines: (one) => statusLines(one, session.look()) })
  return EXIT.ok
}

/** `andon floor process` */
export async function processFloor(session: Session, { force, source }: ProcessFlags): Promise<ExitCode> {
  const andon = await session.andon()
  const request = { source, force: force ?? false }
  const done = await session.interruptible((signal) => andon.floor.process(request, { signal }))
  if (session.format === 'table') {
    const { jobs_updated: jobs, print_os_processed: records, scanner_processed: scans } = done
    session.io.stdout.write(`${records} press records, ${scans} scans worked off; ${jobs} jobs changed\n`)
  } else {
    printDetails(session, [done], {
      columns: Object.keys(done).map((name) => ({ name, title: name, value: (one) => Reflect.get(one, name) })),
      empty: '',
      name: () => 'floor',
      lines: () => [],
    })
  }
  return EXIT.ok
}

/** `andon floor scan` */
export async function scanCode(session: Session, code: string, flags: ScanFlags): Promise<ExitCode> {
  const andon = await session.andon()
  const match = await andon.floor.scan({
    code_text: code,
    operations: { operations: flags.operation },
    ...(flags.machine === undefined ? {} : { machine_id: flags.machine }),
    ...(flags.user === undefined ? {} : { user_id: flags.user }),
  })
  if (session.format === 'table') session.io.stdout.write(`${scanText(match)}\n`)
  else if (session.format === 'json') printDetails(session, [match], { ...SCAN, lines: () => [] })
  else printRows(session, [match], SCAN)
  return EXIT.ok
}

function scanText({ impositions, jobs, jobs_updated: updated, operations, runlist_id: runlist }: ScanMatch): string {
  const [only] = jobs
  const where =
    runlist === null
      ? `job ${plain(only?.job_id ?? '')} version ${plain(only?.version_tag ?? '')}`
      : `runlist ${plain(runlist)}: ${impositions.length} impositions, ${jobs.length} jobs`
  return `${operations.join(', ')} on ${where}; ${updated} jobs changed`
}

function statusLines(status: FloorStatus, look: Look): string[] {
  const { open_errors: errors, overrides, print_os: printOs, scanner } = status
  const errorText = errors === 0 ? 'nothing stands aside' : `${errors} stand aside; see: andon floor errors`
  return [
    sourceLine('press records', printOs, look),
    sourceLine('scans', scanner, look),
    look.paint(errors === 0 ? 'dim' : 'yellow', errorText),
    ...(overrides === 0 ? [] : [`${overrides} operations are overridden`]),
  ]
}

function sourceLine(name: string, source: FloorSourceStatus, look: Look): string {
  const { lag_s: lagS, last_marker: marker, last_processed_at: at, waiting } = source
  const late = lagS === null ? '' : `, the oldest for ${durationWords(lagS * 1000)}`
  const behind = waiting === 0 ? look.paint('green', 'all worked off') : look.paint('yellow', `${waiting} wait${late}`)
  return `${name.padEnd(14)} ${behind}  up to ${marker}${at === null ? '' : `, ${look.time(at)}`}`
}
