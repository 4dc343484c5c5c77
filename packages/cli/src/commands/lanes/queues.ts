import type { QueueLimits, QueueView } from '@andon/core'
import { durationWords, parseDuration, problem } from '@andon/core/base'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { factLine, type Look } from '../../output/look.ts'
import { FIELDS } from '../../output/fields.ts'
import { printDetails, printRows, type RowsSpec } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { type PauseFlags, pauseRequest } from '../printers/pause.ts'

/** Flags of `queues limits`. */
export interface LimitFlags {
  readonly depth?: string
  readonly rate?: string
  readonly slots?: string
}

/** Flags of `drain`, for queues and workers. */
export interface DrainFlags {
  readonly undo?: boolean
}

const ROWS: RowsSpec<QueueView> = {
  fields: FIELDS.QueueView,
  columns: [
    { name: 'name', title: 'NAME', shrink: 10, value: (queue) => queue.name },
    { name: 'kind', title: 'KIND', drop: 2, value: (queue) => queue.kind },
    {
      name: 'status',
      title: 'STATUS',
      shrink: 12,
      value: statusWord,
      cell: statusText,
      paint: (text, queue, look) => look.paint(statusWord(queue) === 'open' ? 'green' : 'yellow', text),
    },
    { name: 'running', title: 'RUNNING', align: 'right', value: (queue) => queue.running },
    { name: 'queued', title: 'QUEUED', align: 'right', value: (queue) => queue.queued },
    { name: 'pending', title: 'PENDING', align: 'right', value: (queue) => queue.pending },
    {
      name: 'oldest_wait_s',
      title: 'OLDEST WAIT',
      align: 'right',
      value: (queue) => queue.oldest_wait_s,
      cell: (queue) =>
        queue.oldest_wait_s === null || queue.queued === 0 ? '' : durationWords(queue.oldest_wait_s * 1000),
    },
    { name: 'slots', title: 'SLOTS', align: 'right', drop: 1, value: (queue) => queue.slots },
    { name: 'depth_limit', title: 'DEPTH', align: 'right', drop: 3, value: (queue) => queue.depth_limit },
    { name: 'rate', title: 'RATE', align: 'right', drop: 4, value: rateText },
    {
      name: 'waits',
      title: 'WHY IT WAITS',
      shrink: 12,
      value: (queue) => queue.waits.map(({ reason }) => reason),
      cell: waitsText,
      paint: (text, _queue, look) => look.paint('yellow', text),
    },
  ],
  empty: 'No queues yet: the first job makes one.',
  name: (queue) => queue.name,
}

/** `andon queues list` */
export async function listQueues(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.queues.list(), ROWS)
  return EXIT.ok
}

/** `andon queues status` */
export async function showQueues(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  const all = await andon.queues.list()
  const queues: QueueView[] = []
  const failure = await eachOf(session, names, async (name) => {
    const found = all.find((queue) => queue.name === name)
    if (found === undefined) throw problem('queue_not_found', { detail: `There is no queue "${name}".` })
    queues.push(found)
  })
  const lines = (queue: QueueView) => queueLines(queue, session.look())
  if (queues.length > 0) printDetails(session, queues, { ...ROWS, lines })
  return failure
}

/** Everything about one queue, for a person. */
function queueLines(queue: QueueView, look: Look): string[] {
  const word = statusWord(queue)
  const fact = factLine(look)
  const { depth_limit: depth, oldest_wait_s: waitS, slots } = queue
  return [
    `${look.paint(word === 'open' ? 'green' : 'yellow', word)}  ${look.paint('bold', plain(queue.name))} ${queue.kind}`,
    ...fact('paused', queue.pause && `${look.time(queue.pause.at)} by ${queue.pause.by}`),
    ...fact('reason', queue.pause?.reason),
    ...fact('goes on', queue.pause?.until && look.time(queue.pause.until)),
    ...fact('jobs', `${queue.running} running, ${queue.queued} queued, ${queue.pending} pending`),
    ...fact('waits', waitS === null || queue.queued === 0 ? '' : `the oldest for ${durationWords(waitS * 1000)}`),
    ...fact('slots', slots === null ? '' : `${slots} jobs at once`),
    ...fact('depth', depth === null ? '' : `${depth} jobs may wait`),
    ...fact('rate', rateText(queue)),
    ...queue.waits.map(({ text }) => `  ${look.paint('yellow', `▲ ${plain(text)}`)}`),
  ]
}

/** `andon queues pause` */
export async function pauseQueues(session: Session, names: readonly string[], flags: PauseFlags): Promise<ExitCode> {
  const request = pauseRequest(flags, session.io.now())
  const andon = await session.andon()
  return changeEach(session, names, (name) => andon.queues.pause(name, request))
}

/** `andon queues resume` */
export async function resumeQueues(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  return changeEach(session, names, (name) => andon.queues.resume(name))
}

/** `andon queues drain` */
export async function drainQueues(session: Session, names: readonly string[], flags: DrainFlags): Promise<ExitCode> {
  const andon = await session.andon()
  const isDraining = flags.undo !== true
  return changeEach(session, names, (name) => andon.queues.drain(name, { is_draining: isDraining }))
}

/** `andon queues limits` */
export async function limitQueue(session: Session, name: string, flags: LimitFlags): Promise<ExitCode> {
  const limits: QueueLimits = {
    ...(flags.slots === undefined ? {} : { slots: limitOf('--slots', flags.slots) }),
    ...(flags.depth === undefined ? {} : { depth_limit: limitOf('--depth', flags.depth) }),
    ...(flags.rate === undefined ? {} : rateOf(flags.rate)),
  }
  if (Object.keys(limits).length === 0) throw new UsageError('Say which limit: --slots, --depth or --rate.')
  const andon = await session.andon()
  printRows(session, [await andon.queues.setLimits(name, limits)], ROWS)
  return EXIT.ok
}

async function changeEach(
  session: Session,
  names: readonly string[],
  change: (name: string) => Promise<QueueView>,
): Promise<ExitCode> {
  const queues: QueueView[] = []
  const failure = await eachOf(session, names, async (name) => void queues.push(await change(name)))
  printRows(session, queues, { ...ROWS, empty: '' })
  return failure
}

function statusWord(queue: QueueView): string {
  if (queue.pause) return 'paused'
  return queue.is_draining ? 'draining' : 'open'
}

function statusText(queue: QueueView): string {
  const word = statusWord(queue)
  return queue.pause?.reason ? `${word}: ${queue.pause.reason}` : word
}

/** A pause is in the status already. */
function waitsText({ waits }: QueueView): string {
  return waits.flatMap(({ reason, text }) => (reason === 'paused' ? [] : [text])).join(' ')
}

function rateText(queue: QueueView): string {
  if (queue.rate_limit === null || queue.rate_per_ms === null) return ''
  return `${queue.rate_limit} in ${durationWords(queue.rate_per_ms)}`
}

function limitOf(flag: string, written: string): number | null {
  if (written === 'none') return null
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written)
  throw new UsageError(`${flag} is "${written}".`, 'Give a whole number from 1, or none.')
}

function rateOf(written: string): QueueLimits {
  if (written === 'none') return { rate_limit: null, rate_per_ms: null }
  const [count = '', duration = ''] = written.split('/')
  const perMs = parseDuration(duration)
  if (!/^[1-9]\d{0,8}$/.test(count) || perMs === null || perMs < 1) {
    throw new UsageError(`--rate is "${written}".`, 'It looks like 100/1m, or none.')
  }
  return { rate_limit: Number(count), rate_per_ms: perMs }
}
