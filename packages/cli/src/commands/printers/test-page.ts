import { EXIT, type ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { printCreated } from '../jobs/created.ts'
import { followJobs } from '../jobs/follow.ts'

/** `andon printers test` */
export async function printTestPage(
  session: Session,
  name: string,
  flags: { readonly watch?: boolean },
): Promise<ExitCode> {
  const andon = await session.andon()
  const job = await andon.printers.test(name)
  if (flags.watch === true) return followJobs(session, [job.id])
  printCreated(session, [job.id])
  return EXIT.ok
}
