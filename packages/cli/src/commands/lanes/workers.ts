import type { WorkerView } from '@andon/core'
import { problem } from '@andon/core/base'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { factLine, type Look } from '../../output/look.ts'
import { FIELDS } from '../../output/fields.ts'
import { printDetails, printRows, type RowsSpec } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import type { DrainFlags } from './queues.ts'

const ROWS: RowsSpec<WorkerView> = {
  fields: FIELDS.WorkerView,
  columns: [
    { name: 'id', title: 'ID', align: 'right', value: (worker) => worker.id },
    { name: 'name', title: 'NAME', shrink: 10, value: (worker) => worker.name },
    {
      name: 'status',
      title: 'STATUS',
      value: statusWord,
      cell: statusText,
      paint: paintStatus,
    },
    { name: 'running', title: 'RUNNING', align: 'right', value: (worker) => worker.running, cell: slotsText },
    { name: 'host', title: 'HOST', drop: 3, shrink: 8, value: (worker) => worker.host },
    {
      name: 'types',
      title: 'TYPES',
      drop: 1,
      shrink: 12,
      value: (worker) => worker.types,
      cell: (worker) => worker.types.join(', '),
    },
    {
      name: 'cpu_percent',
      title: 'CPU',
      align: 'right',
      drop: 4,
      value: (worker) => worker.cpu_percent,
      cell: cpuText,
    },
    {
      name: 'memory_mb',
      title: 'MEMORY',
      align: 'right',
      drop: 5,
      value: (worker) => worker.memory_mb,
      cell: memoryText,
    },
    {
      name: 'heartbeat_at',
      title: 'HEARD',
      drop: 2,
      value: (worker) => worker.heartbeat_at,
      cell: (worker, look) => look.time(worker.heartbeat_at),
    },
    {
      name: 'jobs',
      title: 'JOBS',
      drop: 6,
      shrink: 8,
      value: (worker) => worker.jobs,
      cell: jobsText,
    },
  ],
  empty: 'No worker runs, so no job does. Start one with: andon worker',
  name: (worker) => String(worker.id),
}

/** `andon workers list` */
export async function listWorkers(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.workers.list(), ROWS)
  return EXIT.ok
}

/** `andon workers status` */
export async function showWorkers(session: Session, ids: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  const all = await andon.workers.list()
  const workers: WorkerView[] = []
  const failure = await eachOf(session, ids, async (written) => {
    const found = all.find(({ id }) => String(id) === written) ?? all.find(({ name }) => name === written)
    if (found === undefined) throw problem('worker_not_found', { detail: `There is no worker "${written}".` })
    workers.push(found)
  })
  const lines = (worker: WorkerView) => workerLines(worker, session.look())
  if (workers.length > 0) printDetails(session, workers, { ...ROWS, lines })
  return failure
}

/** Everything about one worker, for a person. */
function workerLines(worker: WorkerView, look: Look): string[] {
  const fact = factLine(look)
  const jobs = worker.jobs.map((id) => `    ${id}`)
  return [
    `${paintStatus(statusText(worker), worker, look)}  ${look.paint('bold', plain(worker.name))}`,
    ...fact('id', String(worker.id)),
    ...fact('host', worker.host),
    ...fact('types', worker.types.join(', ')),
    ...fact('heard', look.time(worker.heartbeat_at)),
    ...fact('CPU', cpuText(worker)),
    ...fact('memory', memoryText(worker)),
    ...fact('running', slotsText(worker)),
    ...jobs,
  ]
}

function paintStatus(text: string, worker: WorkerView, look: Look): string {
  return look.paint(!worker.is_alive ? 'red' : statusText(worker) === 'alive' ? 'green' : 'yellow', text)
}

/** `andon workers drain` */
export async function drainWorker(session: Session, id: string, flags: DrainFlags): Promise<ExitCode> {
  if (!/^\d{1,15}$/.test(id)) throw new UsageError(`"${id}" is no worker's id.`, 'See them with: andon workers list')
  const andon = await session.andon()
  const isDraining = flags.undo !== true
  await andon.workers.drain(Number(id), { is_draining: isDraining })
  session.note(isDraining ? 'It finishes what it has and takes nothing new.' : 'It takes jobs again.')
  return EXIT.ok
}

function statusWord(worker: WorkerView): string {
  if (worker.is_lost) return 'lost'
  if (!worker.is_alive) return 'stopped'
  return worker.is_draining ? 'draining' : 'alive'
}

function statusText(worker: WorkerView): string {
  const word = statusWord(worker)
  if (worker.waits_for === null) return word
  return `${word}, ${worker.waits_for === 'cpu' ? 'waits for CPU' : 'waits for memory'}`
}

/** Enough of each id for the next command; the rest is counted. */
function jobsText({ jobs }: WorkerView): string {
  const shown = jobs.slice(0, 3).join(' ')
  return jobs.length > 3 ? `${shown} and ${jobs.length - 3} more` : shown
}

function slotsText(worker: WorkerView): string {
  return `${worker.running} of ${worker.slots}`
}

function cpuText(worker: WorkerView): string {
  return worker.cpu_percent === null ? '' : `${Math.round(worker.cpu_percent)} %`
}

function memoryText(worker: WorkerView): string {
  return worker.memory_mb === null ? '' : `${Math.round(worker.memory_mb)} MB`
}
