import { durationWords, type JobTypeView } from '@andon/core'
import { plural } from '../../ui/format.ts'

/** How often its jobs are tried, as a sentence without a full stop. */
export function attemptWords({ max_attempts: attempts, retry }: JobTypeView): string {
  if (attempts === 1) return '1 attempt'
  return `${plural(attempts, 'attempt')}, ${waitWords(retry)}`
}

function waitWords(retry: JobTypeView['retry']): string {
  if (retry === null) return 'with the usual waits between them'
  if (retry.kind === 'exponential') {
    return `${durationWords(retry.base_ms)} apart at first, at most ${durationWords(retry.cap_ms)}`
  }
  if (retry.delays_ms.length === 0) return 'none by itself'
  return `after ${retry.delays_ms.map(durationWords).join(', ')}`
}

/** What happens to its jobs when their worker is lost. */
export const LOST_WORDS = {
  requeue: 'done again when a worker is lost',
  reattach: 'taken up where it was when a worker is lost',
  ask: 'somebody is asked when a worker is lost',
} as const satisfies Record<JobTypeView['lost_action'], string>
