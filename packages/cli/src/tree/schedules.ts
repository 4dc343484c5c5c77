import type { Command } from 'commander'
import type { AddFlags, ChangeFlags } from '../commands/schedules/save.ts'
import type { Runner } from '../runner.ts'
import { addWork } from './jobs.ts'

const CRON = '\nThe expression has five fields (minute hour day month weekday), or six with seconds first.'

/** `andon schedules …` */
export function addSchedules(program: Command, run: Runner): void {
  const schedules = program.command('schedules').description('jobs that are made again and again')
  addReading(schedules, run)
  addSaving(schedules, run)
  addActs(schedules, run)
}

function addReading(schedules: Command, run: Runner): void {
  const load = () => import('../commands/schedules/schedules.ts')
  schedules
    .command('list')
    .alias('ls')
    .description('all schedules, when they run next, and what became of the last run')
    .action(run(async (session) => (await load()).listSchedules(session)))
  schedules
    .command('show')
    .alias('status')
    .description('schedules with their next five runs')
    .argument('<name...>', 'names or ids')
    .action(run(async (session, names: string[]) => (await load()).showSchedules(session, names)))
  schedules
    .command('preview')
    .description('what an expression means, and when it comes true next')
    .argument('<cron>', 'such as "0 6 * * MON-FRI"')
    .option('--zone <zone>', 'such as Europe/Berlin (default: UTC)')
    .action(
      run(async (session, cron: string, flags: { readonly zone?: string }) =>
        (await load()).previewSchedule(session, cron, flags),
      ),
    )
}

/** Flags that say when, of `add` and of `change`. */
function addTimes(command: Command): Command {
  return command
    .option('--zone <zone>', 'its time zone, such as Europe/Berlin (default: UTC)')
    .option('--overlap <how>', 'while its last job still lives: start another one (default), or skip the run')
}

function addSaving(schedules: Command, run: Runner): void {
  const load = () => import('../commands/schedules/save.ts')
  addWork(addTimes(schedules.command('add')))
    .description('make a schedule')
    .argument('<name>')
    .requiredOption('--cron <expression>', 'when it runs, such as "0 6 * * MON-FRI"')
    .requiredOption('--type <type>', 'type of the job that it makes, such as report.pdf')
    .addHelpText('after', CRON)
    .action(run(async (session, name: string, flags: AddFlags) => (await load()).addSchedule(session, name, flags)))
  addWork(addTimes(schedules.command('change')).alias('set'))
    .description('change a schedule; what is not named stays')
    .argument('<name>', 'its name or id')
    .option('--cron <expression>', 'when it runs')
    .option('--type <type>', 'type of the job that it makes')
    .option('--name <name>', 'its new name')
    .option('--no-hold', 'let its jobs start by themselves')
    .action(
      run(async (session, name: string, flags: ChangeFlags) => (await load()).changeSchedule(session, name, flags)),
    )
}

function addActs(schedules: Command, run: Runner): void {
  const load = () => import('../commands/schedules/schedules.ts')
  schedules
    .command('pause')
    .description('make no more jobs for now')
    .argument('<name...>', 'names or ids')
    .action(run(async (session, names: string[]) => (await load()).pauseSchedules(session, names)))
  schedules
    .command('resume')
    .description('go on with the next time to come')
    .argument('<name...>', 'names or ids')
    .action(run(async (session, names: string[]) => (await load()).resumeSchedules(session, names)))
  schedules
    .command('run')
    .description('make the job now; the regular times stay')
    .argument('<name>', 'its name or id')
    .option('-w, --watch', 'follow the job')
    .action(
      run(async (session, name: string, flags: { readonly watch?: boolean }) =>
        (await load()).runSchedule(session, name, flags),
      ),
    )
  schedules
    .command('remove')
    .alias('rm')
    .description('forget schedules; the jobs that they made stay')
    .argument('<name...>', 'names or ids')
    .option('-y, --yes', 'without asking')
    .action(
      run(async (session, names: string[], flags: { readonly yes?: boolean }) =>
        (await load()).removeSchedules(session, names, flags),
      ),
    )
}
