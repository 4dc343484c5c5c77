import type { Command } from 'commander'
import type { BulkActionFlags } from '../commands/jobs/bulk.ts'
import type { CancelFlags } from '../commands/jobs/cancel.ts'
import type { ConfirmFlags } from '../commands/jobs/confirm.ts'
import type { CreateFlags } from '../commands/jobs/create.ts'
import type { ExportFlags } from '../commands/jobs/export.ts'
import type { ListFlags } from '../commands/jobs/list.ts'
import type { LogFlags } from '../commands/jobs/logs.ts'
import type { RetryFlags } from '../commands/jobs/retry.ts'
import type { StatusFlags } from '../commands/jobs/status.ts'
import type { WaitFlags } from '../commands/jobs/wait.ts'
import type { Runner } from '../runner.ts'
import { addBulkFlags } from './bulk-flags.ts'

/** `andon jobs …` */
export function addJobs(program: Command, run: Runner): void {
  const jobs = program.command('jobs').description('see jobs, stop them and start them again')
  addReading(jobs, run)
  addFollowing(jobs, run)
  addChanging(jobs, run)
}

/** Flags that stand for parts of a query. */
function addFilters(command: Command): Command {
  return command
    .option('-s, --status <states>', 'in one of these states, such as failed,running')
    .option('-t, --type <types>', 'of these types, such as print.*')
    .option('--queue <names>', 'in these queues')
    .option('-p, --printer <names>', 'of these printers')
    .option('--since <time>', 'created since: an age such as 2h, or a date')
    .option('--until <time>', 'created until: an age such as 2h, or a date')
}

function addReading(jobs: Command, run: Runner): void {
  addFilters(jobs.command('list').alias('ls'))
    .description('list jobs, newest first')
    .argument('[query...]', 'such as: state:failed printer:"Badge 01" created:<2h')
    .option('-L, --limit <count>', 'how many', '30')
    .option('-w, --watch', 'keep the list up to date')
    .option('--columns <names>', 'these columns, in this order')
    .action(
      run(async (session, query: string[], flags: ListFlags) =>
        (await import('../commands/jobs/list.ts')).listJobs(session, query, flags),
      ),
    )
  jobs
    .command('status')
    .alias('show')
    .description('everything about jobs')
    .argument('<id...>', 'a unique beginning is enough')
    .option('-w, --watch', 'follow until they end')
    .option('--exit-status', 'exit with 5, 6 or 7 for a failed, cancelled or partly failed job')
    .action(
      run(async (session, ids: string[], flags: StatusFlags) =>
        (await import('../commands/jobs/status.ts')).showJobs(session, ids, flags),
      ),
    )
  addFilters(jobs.command('export'))
    .description('save jobs as CSV')
    .argument('[query...]', 'such as: state:failed created:<7d')
    .option('--csv', 'as CSV, which is the default')
    .option('--to <file>', 'into a file instead of stdout')
    .action(
      run(async (session, query: string[], flags: ExportFlags) =>
        (await import('../commands/jobs/export.ts')).exportJobs(session, query, flags),
      ),
    )
}

function addFollowing(jobs: Command, run: Runner): void {
  jobs
    .command('logs')
    .description('what a job wrote while it worked')
    .argument('<id>')
    .option('-f, --follow', 'go on until the job ends')
    .option('--level <level>', 'this level and those above: debug, info, warning, error')
    .option('--search <text>', 'only lines with this text')
    .action(
      run(async (session, id: string, flags: LogFlags) =>
        (await import('../commands/jobs/logs.ts')).showLogs(session, id, flags),
      ),
    )
  jobs
    .command('watch')
    .description('follow jobs to their end; Ctrl-C leaves them alone')
    .argument('<id...>')
    .action(run(async (session, ids: string[]) => (await import('../commands/jobs/watch.ts')).watchJobs(session, ids)))
  jobs
    .command('wait')
    .description('wait until jobs have ended, or are in a state')
    .argument('<id...>')
    .option('--for <states>', 'these states instead of any end')
    .option('--timeout <duration>', 'give up after, such as 10m')
    .action(
      run(async (session, ids: string[], flags: WaitFlags) =>
        (await import('../commands/jobs/wait.ts')).waitForJobs(session, ids, flags),
      ),
    )
}

function addChanging(jobs: Command, run: Runner): void {
  addCancel(jobs, run)
  addBulkFlags(jobs.command('retry'))
    .description('do again as a new job what is not done, or all when everything is')
    .argument('[id...]')
    .option('--query <query>', 'all that match, did not complete and were not retried yet')
    .option('--failed', 'only the failed items')
    .option('--all', 'all items')
    .option('--from <item>', 'from this item on, counted from 1')
    .option('-w, --watch', 'follow the new jobs')
    .action(
      run(async (session, ids: string[], flags: RetryFlags) =>
        (await import('../commands/jobs/retry.ts')).retryJobs(session, ids, flags),
      ),
    )
  jobs
    .command('confirm')
    .description('say what became of a print that nobody can prove')
    .argument('<id>')
    .option('--printed', 'it was printed')
    .option('--again', 'print the rest again, as a new job')
    .option('--from <item>', 'with --again: from this item on, counted from 1')
    .option('--note <text>', 'why, for the audit')
    .action(
      run(async (session, id: string, flags: ConfirmFlags) =>
        (await import('../commands/jobs/confirm.ts')).confirmJob(session, id, flags),
      ),
    )
  jobs
    .command('hold')
    .description('keep waiting jobs from starting')
    .argument('<id...>')
    .option('--reason <text>', 'why')
    .action(
      run(async (session, ids: string[], flags: { readonly reason?: string }) =>
        (await import('../commands/jobs/hold.ts')).holdJobs(session, ids, flags),
      ),
    )
  jobs
    .command('release')
    .description('let held jobs start')
    .argument('<id...>')
    .action(run(async (session, ids: string[]) => (await import('../commands/jobs/hold.ts')).releaseJobs(session, ids)))
  addBulk(jobs, run)
  addCreate(jobs, run)
}

function addCancel(jobs: Command, run: Runner): void {
  addBulkFlags(jobs.command('cancel'))
    .description('stop jobs')
    .argument('[id...]')
    .option('--query <query>', 'all that match and have not ended')
    .option('--reason <text>', 'why, for those who ask later')
    .option('--kill', 'without the time to stop by themselves')
    .option('--wait <duration>', 'wait until they have stopped, such as 5s')
    .action(
      run(async (session, ids: string[], flags: CancelFlags) =>
        (await import('../commands/jobs/cancel.ts')).cancelJobs(session, ids, flags),
      ),
    )
}

function addBulk(jobs: Command, run: Runner): void {
  addBulkFlags(jobs.command('bulk'))
    .description('do one thing to all jobs that match, as a job of its own')
    .argument('<action>', 'cancel, retry, delete, move, priority, hold or release')
    .argument('<query...>', 'such as: state:failed printer:"Badge 01" finished:<2h')
    .option('--reason <text>', 'of cancel and hold: why')
    .option('--kill', 'of cancel: without the time to stop by themselves')
    .option('--queue <name>', 'of move: to this queue')
    .option('-p, --printer <name>', 'of move: to this printer or pool')
    .option('--priority <priority>', 'of priority: low, normal, high or urgent')
    .action(
      run(async (session, action: string, query: string[], flags: BulkActionFlags) =>
        (await import('../commands/jobs/bulk.ts')).bulkJobs(session, action, query, flags),
      ),
    )
}

function addCreate(jobs: Command, run: Runner): void {
  addWork(jobs.command('create'))
    .description('make a job')
    .argument('<type>', 'such as report.pdf')
    .option('--at <time>', 'when it may start: a duration such as 30m from now, or a time')
    .option('--parent <id...>', 'jobs that have to end before it')
    .option('--key <key>', 'the same key makes one job only')
    .option('--unique-key <key>', 'no other job of this type and key may wait or run')
    .option('-w, --watch', 'follow it')
    .option('--wait [duration]', 'wait until it has ended, at most so long; exit with 5, 6, 7 or 9')
    .action(
      run(async (session, type: string, flags: CreateFlags) =>
        (await import('../commands/jobs/create.ts')).createJob(session, type, flags),
      ),
    )
}

/** Flags that say what a job does. */
export function addWork(command: Command): Command {
  return command
    .option('--input <json>', 'its input; @file reads it from a file, - from stdin')
    .option('--queue <name>', 'its queue')
    .option('--description <text>', 'what it is, for people')
    .option('--priority <priority>', 'low, normal, high or urgent')
    .option('--tag <key=value...>', 'tags')
    .option('--max-attempts <count>', 'how often it is tried')
    .option('--hold', 'do not start it yet')
}
