import { type Command, Option } from 'commander'
import type { DeleteMonthFlags } from '../commands/retention/months.ts'
import type { RuleFlags } from '../commands/retention/rules.ts'
import type { Runner } from '../runner.ts'

const STATES = ['completed', 'completed_with_errors', 'failed', 'cancelled']

/** `andon retention …` and `andon history …`: how long jobs are kept, and the months that were archived. */
export function addRetention(program: Command, run: Runner): void {
  const retention = program.command('retention').description('how long jobs, and what they left, are kept')
  const load = () => import('../commands/retention/rules.ts')
  retention
    .command('list')
    .alias('ls')
    .description('all rules, the most exact ones first: of several that fit, the first one holds')
    .action(run(async (session) => (await load()).listRules(session)))
  retention
    .command('set')
    .description('make or change a rule; what is left out stays, and says what would go before it is asked')
    .argument('<type>', "type of the jobs, such as print.label; * stands for anything: '*', 'print.*'")
    .addOption(new Option('--state <state>', 'only those that ended so').choices(STATES))
    .option('--keep <days>', 'days after its end that a job stays in the lists')
    .addOption(new Option('--after <what>', 'what happens then').choices(['archive', 'delete']))
    .option('--artifacts <days>', 'days that labels, logs and documents are kept; "keep": as long as the job')
    .option('--dry-run', 'only say what would go')
    .option('-y, --yes', 'do not ask')
    .action(run(async (session, type: string, flags: RuleFlags) => (await load()).setRule(session, type, flags)))
  retention
    .command('remove')
    .alias('rm')
    .description('forget a rule; the next exact one holds for its jobs then')
    .argument('<type>')
    .addOption(new Option('--state <state>', 'the rule about those that ended so').choices(STATES))
    .option('--dry-run', 'only say what would go')
    .option('-y, --yes', 'do not ask')
    .action(run(async (session, type: string, flags: RuleFlags) => (await load()).removeRule(session, type, flags)))
  retention
    .command('run')
    .description('clean now what is older than its rule, instead of in the coming night')
    .option('--detach', 'do not wait for its end')
    .action(run(async (session, flags: { readonly detach?: boolean }) => (await load()).runCleanup(session, flags)))
  addHistory(program, run)
}

function addHistory(program: Command, run: Runner): void {
  const history = program.command('history').description('the months of finished jobs, in the lists and in the archive')
  const load = () => import('../commands/retention/months.ts')
  history
    .command('list')
    .alias('ls')
    .description('all months, with their size')
    .action(run(async (session) => (await load()).listMonths(session)))
  history
    .command('archive')
    .description('take months that are over out of the lists')
    .argument('<month...>', 'such as 2026-06')
    .option('--detach', 'do not wait for the end')
    .action(
      run(async (session, months: string[], flags: { readonly detach?: boolean }) =>
        (await load()).moveMonths(session, months, { ...flags, action: 'archive' }),
      ),
    )
  history
    .command('restore')
    .description('bring archived months back into the lists, until they are archived again')
    .argument('<month...>', 'such as 2026-06')
    .option('--detach', 'do not wait for the end')
    .action(
      run(async (session, months: string[], flags: { readonly detach?: boolean }) =>
        (await load()).moveMonths(session, months, { ...flags, action: 'restore' }),
      ),
    )
  history
    .command('delete')
    .description('delete archived months for good, with their items, logs and documents; the audit stays')
    .argument('<month...>', 'such as 2026-06')
    .option('--detach', 'do not wait for the end')
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (session, months: string[], flags: DeleteMonthFlags) =>
        (await load()).deleteMonths(session, months, flags),
      ),
    )
}
