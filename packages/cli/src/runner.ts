import { Command } from 'commander'
import { EXIT, type ExitCode } from './exit.ts'
import type { Io } from './io.ts'
import { type GlobalFlags, Session } from './session.ts'

/** Makes a command's action: gets the session and the arguments that the command line gave. */
export type Runner = <A extends unknown[]>(
  work: (session: Session, ...args: A) => Promise<ExitCode | void>,
) => (...args: [...A, Command]) => Promise<void>

/** What a run leaves behind. */
export interface Outcome {
  code: ExitCode
}

/** The runner of one command line. */
export function runner(io: Io, outcome: Outcome): Runner {
  return <A extends unknown[]>(work: (session: Session, ...args: A) => Promise<ExitCode | void>) =>
    async (...args: [...A, Command]) => {
      const command = args.at(-1)
      if (!(command instanceof Command)) throw new Error('the command is missing')
      using session = new Session(io, command.optsWithGlobals<GlobalFlags>())
      await session.prepare()
      // What stands before the command are the arguments and flags that it declares, and `work` with it.
      outcome.code = (await work(session, ...(args.slice(0, -1) as A))) ?? EXIT.ok
    }
}
