import type { Command } from 'commander'
import type { ErrorListFlags, PeriodFlags } from '../commands/errors/groups.ts'
import type { BulkFlags } from '../commands/jobs/bulk.ts'
import type { Runner } from '../runner.ts'
import { addBulkFlags } from './bulk-flags.ts'

/** `andon errors …` */
export function addErrors(program: Command, run: Runner): void {
  const errors = program.command('errors').description('jobs that failed for the same cause, as one')
  addPeriod(errors.command('list').alias('ls'))
    .description('list groups of errors, the one that was seen last first')
    .option('-L, --limit <count>', 'how many', '30')
    .option('--open', 'only groups in which some job was not retried')
    .option('-t, --type <type>', 'only jobs of this type; print.* for all that begin so')
    .action(
      run(async (session, flags: ErrorListFlags) =>
        (await import('../commands/errors/groups.ts')).listErrors(session, flags),
      ),
    )
  addPeriod(errors.command('show'))
    .description('one group: what it is, what to do, how often')
    .argument('<group>', 'its fingerprint, as the list shows it')
    .action(
      run(async (session, group: string, flags: PeriodFlags) =>
        (await import('../commands/errors/groups.ts')).showError(session, group, flags),
      ),
    )
  addBulkFlags(addPeriod(errors.command('retry')))
    .description('do again what failed so and was not retried yet')
    .argument('<group>', 'its fingerprint, as the list shows it')
    .action(
      run(async (session, group: string, flags: BulkFlags & PeriodFlags) =>
        (await import('../commands/errors/groups.ts')).retryError(session, group, flags),
      ),
    )
}

function addPeriod(command: Command): Command {
  return command
    .option('--since <time>', 'begin of the period: an age such as 30d, or a time (default: 7d)')
    .option('--until <time>', 'its end (default: now)')
}
