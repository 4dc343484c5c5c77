import type { Command } from 'commander'
import type { FigureFlags, FigureName } from '../commands/analytics/figures.ts'
import type { Runner } from '../runner.ts'

const FIGURES: readonly (readonly [name: FigureName, description: string])[] = [
  ['throughput', 'jobs that ended and labels that came out'],
  ['failures', 'how many jobs failed'],
  ['reasons', 'why they failed'],
  ['waits', 'how long jobs waited and ran'],
  ['availability', 'how long printers could print'],
  ['reprints', 'prints that were made again'],
  ['media', 'what prints were made on'],
]

/** `andon analytics …` */
export function addAnalytics(program: Command, run: Runner): void {
  const analytics = program.command('analytics').description('figures of a period, beside those of the one before')
  for (const [name, description] of FIGURES) addFigures(analytics.command(name).description(description), name, run)
}

function addFigures(command: Command, name: FigureName, run: Runner): void {
  command
    .option('--since <time>', 'begin of the period: an age such as 30d, or a time (default: 7d)')
    .option('--until <time>', 'its end (default: now)')
    .option('--printer <name>', 'only this printer')
  if (name !== 'availability') {
    command
      .option('--type <type>', 'only jobs of this type; print.* for all that begin so')
      .option('--user <name>', 'only jobs that this account made')
  }
  if (!['availability', 'media', 'reasons'].includes(name)) {
    command.option('--by <what>', 'printer, type or user (default: printer)')
  }
  command.action(
    run(async (session, flags: FigureFlags) =>
      (await import('../commands/analytics/figures.ts')).showFigures(session, name, flags),
    ),
  )
}
