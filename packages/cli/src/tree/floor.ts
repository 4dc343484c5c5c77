import { type Command, Option } from 'commander'
import type { ErrorFlags } from '../commands/floor/errors.ts'
import type { ProcessFlags, ScanFlags } from '../commands/floor/passes.ts'
import type { Runner } from '../runner.ts'

/** `andon floor …`: press records, scans, runlists, and what they say of jobs. */
export function addFloor(program: Command, run: Runner): void {
  const floor = program.command('floor').description('the production floor: press records, scans, runlists, jobs')
  addPasses(floor, run)
  addNames(floor, run)
  addErrors(floor.command('errors').description('records and scans that stand aside'), run)
  floor
    .command('migrate')
    .description("add to the shop's two databases what Andon needs; asks nothing, changes no row of the shop")
    .option('--plan', 'only say what would be added')
    .action(
      run(async (session, flags: { readonly plan?: boolean }) =>
        (await import('../commands/floor/migrate.ts')).migrateFloor(session, flags),
      ),
    )
}

function addPasses(floor: Command, run: Runner): void {
  const load = () => import('../commands/floor/passes.ts')
  floor
    .command('status')
    .description('how far press records and scans are worked off')
    .action(run(async (session) => (await load()).showFloor(session)))
  floor
    .command('process')
    .description('work press records and scans off now, and wait for it')
    .addOption(new Option('--source <source>', 'which ones').choices(['both', 'print_os', 'scanner']).default('both'))
    .option('--force', 'also those that are done; ends in the same rows')
    .action(run(async (session, flags: ProcessFlags) => (await load()).processFloor(session, flags)))
  floor
    .command('scan')
    .description('take a scan, as a scanner would send it')
    .argument('<code>', 'of a runlist, or of a job with its version such as 4604_5889_1')
    .requiredOption('--operation <name...>', 'what was done, by name or id')
    .option('--machine <id>', 'where it was scanned')
    .option('--user <name>', 'who scanned it; you otherwise')
    .action(run(async (session, code: string, flags: ScanFlags) => (await load()).scanCode(session, code, flags)))
}

function addNames(floor: Command, run: Runner): void {
  const load = () => import('../commands/floor/names.ts')
  floor
    .command('runlist')
    .description('a runlist with its impositions and jobs, what is wrong first')
    .argument('<id>')
    .action(run(async (session, id: string) => (await load()).showRunlist(session, id)))
  floor
    .command('imposition')
    .description('an imposition with its jobs and what the press said of it')
    .argument('<id>')
    .action(run(async (session, id: string) => (await load()).showImposition(session, id)))
  floor
    .command('job')
    .description('a job with its versions, where they lie, and its history')
    .argument('<id>', 'such as 4604_5889')
    .action(run(async (session, id: string) => (await load()).showFloorJob(session, id)))
}

function addErrors(errors: Command, run: Runner): void {
  const load = () => import('../commands/floor/errors.ts')
  errors
    .command('list', { isDefault: true })
    .alias('ls')
    .description('what stands aside, newest first')
    .addOption(new Option('--source <source>', 'only of one').choices(['print_os', 'scanner']))
    .option('--reason <reason>', 'only of one kind, such as unknown_imposition')
    .option('-L, --limit <count>', 'at most so many', '50')
    .action(run(async (session, flags: ErrorFlags) => (await load()).listFloorErrors(session, flags)))
  errors
    .command('retry')
    .description('try them again now; all of them when none are named')
    .argument('[id...]')
    .action(run(async (session, ids: string[]) => (await load()).retryFloorErrors(session, ids)))
  errors
    .command('dismiss')
    .description('put them away for good')
    .argument('<id...>')
    .action(run(async (session, ids: string[]) => (await load()).dismissFloorErrors(session, ids)))
}
