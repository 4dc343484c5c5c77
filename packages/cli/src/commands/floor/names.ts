import type { FloorImposition, FloorJob, FloorJobDetail, ImpositionDetail, RunlistDetail } from '@andon/core'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Look } from '../../output/look.ts'
import { printDetails, type RowsSpec } from '../../output/rows.ts'
import { type Column, tableLines } from '../../output/table.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { cellColumns, cellNotes } from './cells.ts'

const RUNLIST: RowsSpec<RunlistDetail> = {
  columns: [
    { name: 'runlist_id', title: 'RUNLIST', value: (runlist) => runlist.runlist_id },
    { name: 'impositions', title: 'IMPOSITIONS', value: (runlist) => runlist.impositions },
    { name: 'jobs', title: 'JOBS', value: (runlist) => runlist.jobs },
    { name: 'conflicts', title: 'CONFLICTS', value: (runlist) => runlist.conflicts },
    { name: 'last_activity_at', title: 'LAST ACTIVITY', value: (runlist) => runlist.last_activity_at },
  ],
  empty: '',
  name: (runlist) => runlist.runlist_id,
}

const IMPOSITION: RowsSpec<ImpositionDetail> = {
  columns: [
    { name: 'imposition_id', title: 'IMPOSITION', value: (imposition) => imposition.imposition_id },
    { name: 'runlists', title: 'RUNLISTS', value: (imposition) => imposition.runlists },
    { name: 'operations', title: 'OPERATIONS', value: (imposition) => imposition.operations },
  ],
  empty: '',
  name: (imposition) => imposition.imposition_id,
}

const JOB: RowsSpec<FloorJobDetail> = {
  columns: [
    { name: 'job_id', title: 'JOB', value: (job) => job.job_id },
    { name: 'current_status', title: 'STATUS', value: (job) => job.current_status },
    { name: 'runlists', title: 'RUNLISTS', value: (job) => job.runlists },
  ],
  empty: '',
  name: (job) => job.job_id,
}

/** `andon floor runlist` */
export async function showRunlist(session: Session, id: string): Promise<ExitCode> {
  const andon = await session.andon()
  const runlist = await andon.floor.runlist(id)
  printDetails(session, [runlist], { ...RUNLIST, lines: (one) => runlistLines(one, session.look()) })
  return EXIT.ok
}

/** `andon floor imposition` */
export async function showImposition(session: Session, id: string): Promise<ExitCode> {
  const andon = await session.andon()
  const imposition = await andon.floor.imposition(id)
  printDetails(session, [imposition], { ...IMPOSITION, lines: (one) => impositionLines(one, session.look()) })
  return EXIT.ok
}

/** `andon floor job` */
export async function showFloorJob(session: Session, id: string): Promise<ExitCode> {
  const andon = await session.andon()
  const job = await andon.floor.job(id)
  printDetails(session, [job], { ...JOB, lines: (one) => jobLines(one, session.look()) })
  return EXIT.ok
}

function runlistLines(runlist: RunlistDetail, look: Look): string[] {
  const { conflicts, imposition_list: sheets, job_list: jobs, operation_types: types, runlist_id: id } = runlist
  const counts = Object.entries(runlist.operations).map(([type, { done }]) => `${type} ${done} of ${runlist.jobs}`)
  return [
    `${look.paint('bold', plain(id))}  ${runlist.impositions} impositions, ${runlist.jobs} jobs`,
    `  done: ${counts.join(', ')}`,
    ...(conflicts === 0 ? [] : [look.paint('yellow', `  ${conflicts} jobs on which press and scanner differ`)]),
    '',
    ...tableLines(
      sheets,
      [nameColumn('IMPOSITION', (sheet) => sheet.imposition_id), FILES, ...cellColumns(types)],
      look,
    ),
    '',
    ...jobTable(jobs, types, look),
  ]
}

function impositionLines(imposition: ImpositionDetail, look: Look): string[] {
  const { imposition_id: id, jobs, operation_types: types, operations, records, runlists } = imposition
  const says = cellNotes({ operations }, look)
  return [
    `${look.paint('bold', plain(id))}  in ${runlists.map(plain).join(', ') || 'no runlist'}`,
    ...(says === '' ? [] : [`  ${says}`]),
    ...imposition.unmatched_files.map((file) => look.paint('yellow', `  names no one job: ${plain(file)}`)),
    '',
    ...jobTable(jobs, types, look),
    ...(records.length === 0 ? [] : ['', ...tableLines(records, RECORDS, look)]),
  ]
}

function jobLines(job: FloorJobDetail, look: Look): string[] {
  const done = Object.entries(job.current_status).flatMap(([type, isDone]) => (isDone ? type : []))
  return [
    `${look.paint('bold', plain(job.job_id))}  done: ${done.join(', ') || 'nothing yet'}`,
    `  in ${job.runlists.map(plain).join(', ') || 'no runlist'}`,
    ...job.overrides.map(({ operation_type: type, reason, set_by: by, value }) =>
      look.paint('yellow', `  ${type} is ${value ? 'done' : 'not done'}, says ${plain(by)}: ${plain(reason)}`),
    ),
    '',
    ...jobTable(job.versions, job.operation_types, look),
    ...(job.update_history.length === 0 ? [] : ['', ...tableLines(job.update_history, HISTORY, look)]),
  ]
}

function jobTable(jobs: readonly FloorJob[], types: readonly string[], look: Look): string[] {
  const version: Column<FloorJob> = { name: 'version_tag', title: 'VERSION', value: (job) => job.version_tag }
  const notes: Column<FloorJob> = {
    name: 'notes',
    title: 'NOTES',
    shrink: 12,
    drop: 1,
    value: (job) => cellNotes(job, look),
  }
  return tableLines(jobs, [nameColumn('JOB', (job) => job.job_id), version, FILES, ...cellColumns(types), notes], look)
}

function nameColumn<T>(title: string, value: (row: T) => string): Column<T> {
  return { name: title.toLowerCase(), title, shrink: 12, value }
}

const FILES: Column<FloorImposition | FloorJob> = {
  name: 'files',
  title: 'FILES',
  align: 'right',
  value: (row) => row.files,
}

const RECORDS: Column<ImpositionDetail['records'][number]>[] = [
  { name: 'id', title: 'RECORD', value: (record) => record.id },
  { name: 'status', title: 'PRESS SAYS', value: (record) => record.status },
  { name: 'copies', title: 'COPIES', align: 'right', value: (record) => record.copies },
  { name: 'at', title: 'WHEN', value: (record) => record.at, cell: (record, look) => look.time(record.at) },
  { name: 'reason', title: 'REASON', shrink: 12, value: (record) => record.reason },
]

const HISTORY: Column<FloorJobDetail['update_history'][number]>[] = [
  {
    name: 'updated_at',
    title: 'WHEN',
    value: (line) => line.updated_at,
    cell: (line, look) => look.time(line.updated_at),
  },
  { name: 'operation_type', title: 'OPERATION', value: (line) => line.operation_type },
  { name: 'status', title: 'BECAME', value: (line) => line.status },
  { name: 'source_type', title: 'BY', value: (line) => line.source_type },
  { name: 'notes', title: 'NOTES', shrink: 12, value: (line) => line.notes },
]
