import type { ConditionKind } from '@andon/core'
import { type Command, Option } from 'commander'
import type { RuleChangeFlags, RuleFlags } from '../commands/rules/flags.ts'
import type { Runner } from '../runner.ts'

/** Every one of `CONDITION_KINDS`, which help does without: it loads nothing of core. */
const CONDITIONS = Object.keys({
  job_failed: true,
  job_completed: true,
  job_slow: true,
  queue_waiting: true,
  failure_rate: true,
  failures_in_row: true,
  printer_down: true,
  station_down: true,
  worker_lost: true,
  schedule_missed: true,
} satisfies Record<ConditionKind, true>)

/** `andon rules …` */
export function addRules(program: Command, run: Runner): void {
  const rules = program.command('rules').description('be told when something stops: what to watch, and how to tell')
  const load = () => import('../commands/rules/rules.ts')
  rules
    .command('list')
    .alias('ls')
    .description('all rules, and when they told last')
    .action(run(async (session) => (await load()).listRules(session)))
  addSaving(rules, run)
  rules
    .command('remove')
    .alias('rm')
    .description('forget rules; what they told is still listed')
    .argument('<name...>')
    .option('-y, --yes', 'without asking')
    .action(
      run(async (session, names: string[], flags: { readonly yes?: boolean }) =>
        (await load()).removeRules(session, names, flags),
      ),
    )
  rules
    .command('pause')
    .description('watch nothing for a while; open alerts are closed')
    .argument('<name...>')
    .action(run(async (session, names: string[]) => (await load()).pauseRules(session, names)))
  rules
    .command('resume')
    .description('watch again, from now on')
    .argument('<name...>')
    .action(run(async (session, names: string[]) => (await load()).resumeRules(session, names)))
  rules
    .command('test')
    .description('send a message by the channel of a rule, and see what becomes of it')
    .argument('<name>')
    .action(run(async (session, name: string) => (await load()).testRule(session, name)))
  addAlerts(rules, run)
}

function addSaving(rules: Command, run: Runner): void {
  const load = () => import('../commands/rules/rules.ts')
  addFlags(
    rules
      .command('add')
      .description('watch for something from now on')
      .argument('<name>')
      .addOption(new Option('--on <condition>', 'what to watch for').choices(CONDITIONS).makeOptionMandatory()),
  ).action(run(async (session, name: string, flags: RuleFlags) => (await load()).addRule(session, name, flags)))
  addFlags(
    rules
      .command('change')
      .alias('set')
      .description('change a rule; what is not named stays')
      .argument('<name>', 'its name or id')
      .option('--name <name>', 'its new name')
      .addOption(new Option('--on <condition>', 'what to watch for instead').choices(CONDITIONS)),
  )
    .option('--new-secret', 'give its webhook another secret, which is printed this once')
    .action(
      run(async (session, name: string, flags: RuleChangeFlags) => (await load()).changeRule(session, name, flags)),
    )
}

/** Flags of what is watched and how it is told, of `add` and of `change`. */
function addFlags(command: Command): Command {
  return command
    .option('--type <pattern>', 'jobs of this type; * stands for anything')
    .option('--queue <name>', 'jobs of this queue, printer or pool')
    .option('--tag <key=value>', 'jobs with this tag')
    .option('--printer <name>', 'this printer')
    .option('--station <name>', 'this station')
    .option('--worker <name>', 'this worker')
    .option('--schedule <name>', 'this schedule')
    .option('--over <duration>', 'longer than this')
    .option('--percent <number>', 'more than this many of a hundred fail')
    .option('--window <duration>', 'of those that ended within this time')
    .option('--min <count>', 'when at least so many ended (default: 10)')
    .option('--count <number>', 'so many failures in a row')
    .option('--mail <address,...>', 'tell by mail')
    .option('--webhook <url>', 'tell by a signed webhook')
    .option('--slack <url>', 'tell by an incoming webhook of Slack, Mattermost, Rocket.Chat')
    .option('--teams <url>', 'tell by a workflow of Teams')
    .option('--quiet <duration>', 'tell the same again after this at the earliest (default: 15m)')
    .option('--quiet-hours <from-to>', 'hours of the day without messages, such as 22:00-06:00, or none')
    .option('--zone <name>', 'time zone of these hours (default: that of this machine)')
    .addOption(new Option('--group <what>', 'what is counted in one alert').choices(['cause', 'rule', 'each']))
}

function addAlerts(rules: Command, run: Runner): void {
  const load = () => import('../commands/rules/alerts.ts')
  rules
    .command('alerts')
    .description('what the rules found and is not over')
    .option('-a, --all', 'also what is over')
    .action(run(async (session, flags: { readonly all?: boolean }) => (await load()).listAlerts(session, flags)))
  rules
    .command('acknowledge')
    .alias('ack')
    .description('say that you see to alerts')
    .argument('<id...>')
    .action(run(async (session, ids: string[]) => (await load()).acknowledgeAlerts(session, ids)))
}
