import { type AttentionView, durationWords, troubleshoot } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'
import { listPrinters, type PrinterRow } from './printer-row.ts'
import { toTroubleViews } from './printer-view.ts'
import { listStations, type StationRow } from './stations.ts'
import { listQueues, type QueueRow } from './queue-list.ts'
import { maySee } from './jobs.ts'
import { jobRows } from './job-row.ts'
import type { Visibility } from './visibility.ts'

/** Jobs that are named one by one; more of the same are seen in the list. */
const JOBS_NAMED = 50

const UNCONFIRMED = statement(
  'unconfirmed_jobs',
  `select id from job where phase = 0 and hold = 5 order by id limit $1`,
)

// A worker is missed until one of its name is there again. Servers are named anew with each start and stations are told
// of as stations: both are missed for as long as nobody took up what they held.
const LOST_WORKERS = statement(
  'lost_workers',
  `select id, name, host, heartbeat_at from worker w
   where lease_until < now() and lease_until > now() - interval '1 day'
     and (stopped_at is null or (is_lost and kind = 'worker'))
     and not exists (select from worker n where n.name = w.name and n.id > w.id)
   order by heartbeat_at desc limit $1`,
)

interface LostWorker {
  id: number
  name: string
  host: string
  heartbeat_at: Date
}

/** Everything that needs a person now, `others` among it, errors before warnings, the oldest first. */
export async function listAttention(
  db: Queryable,
  visible: Visibility,
  others: readonly AttentionView[] = [],
): Promise<AttentionView[]> {
  const printers = await listPrinters(db)
  const queues = await listQueues(db)
  const unconfirmed = await db.query<{ id: string }>(UNCONFIRMED, [JOBS_NAMED])
  const stations = await listStations(db)
  const jobs = await jobRows(
    db,
    unconfirmed.map((row) => row.id),
  )
  const workers = await db.query<LostWorker>(LOST_WORKERS, [JOBS_NAMED])
  const views = [
    ...others,
    ...printers.flatMap(printerTrouble),
    ...jobs.filter((job) => maySee(job, visible)).map(unconfirmedJob),
    ...queues.flatMap(pausedQueue),
    ...workers.map(lostWorker),
    ...stations.flatMap(stationTrouble),
  ]
  return views.toSorted(byUrgency)
}

function printerTrouble(row: PrinterRow): AttentionView[] {
  const view = { kind: 'printer' as const, id: row.name, jobs_waiting: row.jobs_waiting }
  const worst = toTroubleViews(row).find(({ severity }) => severity !== 'info')
  if (worst !== undefined) {
    const { title, what, steps } = worst
    const severity = worst.severity === 'error' ? 'error' : 'warning'
    const since = row.state_since.toISOString()
    return [{ ...view, severity, title: `${row.name}: ${title}`, what, steps, since }]
  }
  if (row.state === 'offline' || row.state === 'stopped') {
    const title = row.state === 'offline' ? `${row.name} is offline` : `${row.name} has stopped`
    const steps = ['Look whether the printer is switched on and connected.']
    return [{ ...view, severity: 'error', title, what: row.message, steps, since: row.state_since.toISOString() }]
  }
  if (row.paused_at === null) return []
  const what = row.paused_reason ?? `Paused by ${row.paused_by}.`
  return [
    {
      ...view,
      severity: 'warning',
      title: `${row.name} is paused`,
      what,
      steps: ['Resume it when its cause is mended.'],
      since: row.paused_at.toISOString(),
    },
  ]
}

function unconfirmedJob(row: Awaited<ReturnType<typeof jobRows>>[number]): AttentionView {
  const done = row.items_total === null ? '' : ` (${row.items_done ?? 0} of ${row.items_total} printed)`
  return {
    kind: 'job',
    id: row.id,
    severity: 'error',
    title: `Was it printed? ${row.description ?? row.type}${done}`,
    what: row.error?.message ?? 'The data left for the printer, and nothing came back that proves a print.',
    steps: [
      `Look at the output of ${row.printer ?? 'the printer'}.`,
      'Say that it was printed, or from which item on it has to be printed again.',
    ],
    since: (row.started_at ?? row.sent_at ?? row.created_at).toISOString(),
    jobs_waiting: 0,
  }
}

function pausedQueue(row: QueueRow): AttentionView[] {
  if (row.kind === 'printer' || row.paused_at === null) return []
  return [
    {
      kind: 'queue',
      id: row.name,
      severity: 'warning',
      title: `${row.kind === 'pool' ? 'Pool' : 'Queue'} ${row.name} is paused`,
      what: row.paused_reason ?? `Paused by ${row.paused_by}.`,
      steps: ['Resume it when its cause is mended.'],
      since: row.paused_at.toISOString(),
      jobs_waiting: row.pending + row.queued,
    },
  ]
}

function lostWorker(row: LostWorker): AttentionView {
  const agoMs = Date.now() - row.heartbeat_at.getTime()
  return {
    kind: 'worker',
    id: String(row.id),
    severity: 'warning',
    title: `Worker ${row.name} does not answer`,
    what: `It was last heard ${durationWords(agoMs)} ago, on ${row.host}. What it held is taken up elsewhere.`,
    steps: [`Look whether ${row.host} is running and reaches the database.`, 'Start the worker again.'],
    since: row.heartbeat_at.toISOString(),
    jobs_waiting: 0,
  }
}

function stationTrouble(row: StationRow): AttentionView[] {
  if (!row.is_print_server || row.seen_at === null) return []
  const facts = { kind: 'station' as const, id: row.name, severity: 'error' as const, jobs_waiting: row.pool_jobs }
  if (row.lost_at !== null) {
    const what = `It was last heard ${durationWords(Date.now() - row.seen_at.getTime())} ago. Its printers stand still.`
    const steps = [
      `Look whether the machine of ${row.name} is on, awake and in the network.`,
      'Open the page /station on it, or start its agent again: andon station.',
    ]
    const title = `Station ${row.name} does not answer`
    return [{ ...facts, title, what, steps, since: row.lost_at.toISOString() }]
  }
  if (row.qz_connection_status !== 'error') return []
  const { steps, title, what } = troubleshoot(row.report?.qz_reason ?? 'qz-not-running', row.report?.message ?? '')
  const said = row.report?.message === title ? what : (row.report?.message ?? what)
  return [{ ...facts, title: `${row.name}: ${title}`, what: said, steps: [...steps], since: row.seen_at.toISOString() }]
}

function byUrgency(one: AttentionView, other: AttentionView): number {
  if (one.severity !== other.severity) return one.severity === 'error' ? -1 : 1
  return one.since < other.since ? -1 : Number(one.since > other.since)
}
