import { type CancelRequest, durationWords, problem } from '@andon/core'
import { StopReason } from './handler.ts'

/** Who asks for the end of a job that is past its deadline: the engine, by the database's clock. */
const DEADLINE_ACTOR = 'system:deadline'

/** Why a run is to stop when this was asked of it. */
export function stopReasonOf({ by, kill, reason }: CancelRequest): StopReason {
  if (by === DEADLINE_ACTOR) return lateReason()
  return new StopReason(kill ? 'killed' : 'cancelled', reason ?? `cancelled by ${by}`)
}

/** The job was not done by its deadline. */
export function lateReason(): StopReason {
  return new StopReason('deadline', problem('deadline_exceeded').title)
}

/** The job runs longer than its type may. */
export function timeLimitReason(limitMs: number): StopReason {
  return new StopReason('time_limit', `The job ran longer than ${durationWords(limitMs)}.`)
}
