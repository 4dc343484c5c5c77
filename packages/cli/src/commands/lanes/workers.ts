import type { WorkerView } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import type { DrainFlags } from './queues.ts'

const ROWS: RowsSpec<WorkerView> = {
  columns: [
    { name: 'id', title: 'ID', align: 'right', value: (worker) => worker.id },
    { name: 'name', title: 'NAME', shrink: 10, value: (worker) => worker.name },
    {
      name: 'status',
      title: 'STATUS',
      value: statusWord,
      cell: statusText,
      paint: (text, worker, look) =>
        look.paint(!worker.is_alive ? 'red' : statusText(worker) === 'alive' ? 'green' : 'yellow', text),
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
