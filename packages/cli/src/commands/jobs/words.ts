import type { JobView } from '@andon/core'
import type { Look } from '../../output/look.ts'

type Style = Parameters<Look['paint']>[0]

/** Sign and colour of what is shown of a job's state. */
const SIGNS: Readonly<Record<string, readonly [sign: string, style: Style]>> = {
  pending: ['○', 'gray'],
  sent: ['↗', 'cyan'],
  queued: ['≡', 'cyan'],
  running: ['▶', 'blue'],
  printing: ['▶', 'blue'],
  cancelling: ['◌', 'yellow'],
  'needs confirmation': ['?', 'yellow'],
  completed: ['✓', 'green'],
  'completed with errors': ['!', 'yellow'],
  failed: ['✗', 'red'],
  cancelled: ['⊘', 'gray'],
}

/** The state in the words that are on screen: prints are printing, and what waits for a person says so. */
export function stateWords(job: JobView): string {
  if (job.is_cancelling) return 'cancelling'
  if (job.state === 'pending' && job.wait_reason === 'unconfirmed') return 'needs confirmation'
  if (job.state === 'running' && job.type.startsWith('print.')) return 'printing'
  return job.state.replaceAll('_', ' ')
}

/** The state with its sign, uncoloured. */
export function stateText(job: JobView): string {
  const words = stateWords(job)
  return `${SIGNS[words]?.[0] ?? ' '} ${words}`
}

/** Colours a text as the job's state is coloured. */
export function paintState(text: string, job: JobView, look: Pick<Look, 'paint'>): string {
  return look.paint(SIGNS[stateWords(job)]?.[1] ?? 'white', text)
}

/** How far it is, in a few words: `150 of 200 printed`, `40 %`, empty when nothing is known. */
export function progressText(job: JobView): string {
  if (job.progress?.text) return job.progress.text
  if (job.items) {
    const failed = job.items.failed > 0 ? `, ${job.items.failed} failed` : ''
    return `${job.items.done} of ${job.items.total}${failed}`
  }
  const percent = job.progress?.percent
  return percent === null || percent === undefined ? '' : `${Math.floor(percent)} %`
}

/** Where it runs or waits: its printer, its pool, or its queue. */
export function placeText(job: JobView): string {
  return job.printer ?? job.pool ?? job.queue
}

/** What it is, for a person. */
export function titleText(job: JobView): string {
  return job.description ?? (job.subject ? `${job.subject.type} ${job.subject.id}` : job.type)
}

/** Percent done, 0 to 100, from the items where there are some, so that it agrees with their count; null while unknown. */
export function percentOf(job: JobView): number | null {
  if (job.items && job.items.total > 0) return (100 * job.items.done) / job.items.total
  return job.progress?.percent ?? null
}
