import type { ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { asProblem, type DatabaseFlags, openTarget, type Target } from './target.ts'

/** Runs something with the database open, and tells its errors as those of the catalogue. */
export async function withTarget(
  session: Session,
  flags: DatabaseFlags,
  work: (target: Target) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    await using target = await openTarget(session, flags)
    return await work(target)
  } catch (error) {
    throw asProblem(error)
  }
}
