import { CommanderError } from 'commander'
import { EXIT, type ExitCode, exitOfProblem, Interrupted, UsageError } from './exit.ts'
import { type Io, processIo } from './io.ts'
import { paintFor } from './output/paint.ts'
import { buildProgram } from './program.ts'
import type { Outcome } from './runner.ts'

/** The `andon` command: runs with the given words and sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const code = await run(argv, processIo())
  if (code !== EXIT.ok) process.exitCode = code
}

/** Runs one command line in a given world. Never rejects: what goes wrong is told on stderr and in the code. */
export async function run(argv: readonly string[], world: Io): Promise<ExitCode> {
  const io = argv.includes('--no-color') ? { ...world, env: { ...world.env, noColor: true } } : world
  const outcome: Outcome = { code: EXIT.ok }
  try {
    const program = await buildProgram(io, outcome, new Set(argv))
    if (argv.length === 0) {
      program.outputHelp()
      return EXIT.ok
    }
    await program.parseAsync(argv, { from: 'user' })
    return outcome.code
  } catch (error) {
    return explain(error, io, argv)
  }
}

async function explain(error: unknown, io: Io, argv: readonly string[]): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof Interrupted) return EXIT.interrupted
  const paint = paintFor({ isTerminal: io.stderr.isTerminal, noColor: io.env.noColor })
  if (error instanceof UsageError) {
    const hint = error.hint === null ? '' : `\n${paint('cyan', '  → ')}${error.hint}`
    io.stderr.write(`${paint(['red', 'bold'], 'error:')} ${error.message}${hint}\n`)
    return EXIT.usage
  }
  const { isProblem, messageOf, problem } = await import('@andon/core/base')
  const { problemLines } = await import('./output/problem-lines.ts')
  const known = isProblem(error) ? error : problem('internal', { detail: messageOf(error), cause: error })
  io.stderr.write(`${problemLines(known, paint).join('\n')}\n`)
  if (argv.includes('-v') || argv.includes('--verbose')) io.stderr.write(`${traceOf(error)}\n`)
  return exitOfProblem(known)
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return error.cause === undefined ? (error.stack ?? '') : `${error.stack ?? ''}\ncaused by ${traceOf(error.cause)}`
}
