import type { ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { followJobs } from './follow.ts'

/** `andon jobs watch` */
export function watchJobs(session: Session, ids: readonly string[]): Promise<ExitCode> {
  return followJobs(session, ids)
}
