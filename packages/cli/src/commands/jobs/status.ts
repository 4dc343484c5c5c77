import type { JobDetail, JobView } from '@andon/core'
import { durationWords, leftoverWords } from '@andon/core/base'
import { EXIT, exitOfState, type ExitCode, firstFailure } from '../../exit.ts'
import { factLine, type Look } from '../../output/look.ts'
import { printDetails } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { rowsSpec } from './list.ts'
import { troubleLines } from './trouble.ts'
import { watchJobs } from './watch.ts'
import { paintState, placeText, progressText, stateText, titleText } from './words.ts'

/** Flags of `jobs status`. */
export interface StatusFlags {
  readonly exitStatus?: boolean
  readonly watch?: boolean
}

/** `andon jobs status` */
export async function showJobs(session: Session, ids: readonly string[], flags: StatusFlags): Promise<ExitCode> {
  if (flags.watch === true) return watchJobs(session, ids)
  const andon = await session.andon()
  const jobs: JobDetail[] = []
  const failure = await eachOf(session, ids, async (id) => void jobs.push(await andon.jobs.get(id)))
  const printers = new Map(
    session.format === 'table' && jobs.some((job) => job.printer !== null && job.finished_at === null)
      ? (await andon.printers.list().catch(() => [])).map((printer) => [printer.name, printer])
      : [],
  )
  if (jobs.length > 0) {
    const look = session.look()
    const lines = (job: JobDetail) => [
      ...detailLines(job, look),
      ...(job.finished_at === null ? troubleLines(printers.get(job.printer ?? ''), look) : []),
    ]
    printDetails(session, jobs, { ...rowsSpec(jobs, {}, undefined), lines })
  }
  if (failure !== EXIT.ok) return failure
  return flags.exitStatus === true ? firstFailure(jobs.map((job) => exitOfState(job.state))) : EXIT.ok
}

/** Everything about one job, for a person. */
export function detailLines(job: JobDetail, look: Look): string[] {
  const fact = factLine(look)
  const at = (name: string, time: string | null, after = '') =>
    time === null ? [] : fact(name, `${look.time(time)}${after}`)
  return [
    `${paintState(stateText(job), job, look)}  ${look.paint('bold', plain(titleText(job)))}`,
    ...fact('id', job.id),
    ...fact('type', job.type),
    ...fact(job.printer === null ? 'queue' : 'printer', placeText(job)),
    ...fact('progress', progressWithTime(job)),
    ...fact('step', job.progress?.step ?? null),
    ...fact('proof', job.proof === 'none' ? null : job.proof),
    ...fact('priority', job.priority === 'normal' ? null : job.priority),
    ...fact('subject', job.subject && `${job.subject.type} ${job.subject.id}`),
    ...fact('tags', tagsText(job)),
    ...at('created', job.created_at, ` by ${job.created_by}`),
    ...at('started', job.started_at),
    ...at('finished', job.finished_at, tookText(job)),
    ...fact('left behind', job.resources && leftoverWords(job.resources)),
    ...fact('attempt', job.attempt > 1 ? `${job.attempt} of ${job.max_attempts}` : null),
    ...fact('retry of', job.retry_of),
    ...fact('retried by', job.retried_by),
    ...fact('summary', job.summary),
    ...errorLines(job, look),
    ...fact('waits', job.wait_reason?.replaceAll('_', ' ') ?? null),
    `  ${look.paint('cyan', '→')} ${plain(job.advice)}`,
  ]
}

/** What went wrong and what to do about it. */
function errorLines(job: JobView, look: Look): string[] {
  if (!job.error) return []
  const { code, detail, hint, message } = job.error
  return [
    `  ${look.paint('dim', 'error      ')} ${look.paint('red', plain(message))} ${look.paint('dim', code)}`,
    ...(detail === undefined || detail === message ? [] : [`              ${plain(detail)}`]),
    ...(hint === null ? [] : [`  ${look.paint('cyan', '→')} ${plain(hint)}`]),
  ]
}

function progressWithTime(job: JobView): string {
  const remaining = job.progress?.remaining
  const text = progressText(job)
  if (!remaining || job.finished_at !== null) return text
  return `${text}, about ${durationWords(remaining.seconds * 1000)} left`
}

function tagsText(job: JobView): string {
  return Object.entries(job.tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

function tookText(job: JobView): string {
  if (job.started_at === null || job.finished_at === null) return ''
  return `, took ${durationWords(Date.parse(job.finished_at) - Date.parse(job.started_at))}`
}
