import { isProblem } from '@andon/core/base'
import { EXIT, exitOfProblem, type ExitCode } from '../exit.ts'
import type { Session } from '../session.ts'

/**
 * Does something with each of the named things, one after the other. A refusal is reported and the next thing is
 * taken; nothing further is tried when the server cannot be reached. Returns the code of the first refusal.
 */
export async function eachOf(
  session: Session,
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<ExitCode> {
  let failure: ExitCode = EXIT.ok
  for (const name of names) {
    try {
      await work(name)
    } catch (error) {
      if (!isProblem(error) || error.code === 'server_unreachable' || names.length === 1) throw error
      await session.report(error)
      if (failure === EXIT.ok) failure = exitOfProblem(error)
    }
  }
  return failure
}
