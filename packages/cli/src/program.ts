import { Command, Option } from 'commander'
import type { Io } from './io.ts'
import { type Outcome, type Runner, runner } from './runner.ts'
import { FORMATS } from './session.ts'
import { addAccount } from './tree/account.ts'
import { addAnalytics } from './tree/analytics.ts'
import { addDatabase } from './tree/database.ts'
import { addErrors } from './tree/errors.ts'
import { addExamples } from './tree/examples.ts'
import { addFloor } from './tree/floor.ts'
import { addJobs } from './tree/jobs.ts'
import { addLanes } from './tree/lanes.ts'
import { addPrinters } from './tree/printers.ts'
import { addPeople } from './tree/people.ts'
import { addPrint } from './tree/print.ts'
import { addRetention } from './tree/retention.ts'
import { addRules } from './tree/rules.ts'
import { addSchedules } from './tree/schedules.ts'
import { addStations } from './tree/stations.ts'
import { VERSION } from './version.ts'

/** Commands that bring up parts of Andon; they are loaded only when one of them is asked for. */
const PROCESS_COMMANDS = [
  ['up', 'everything in one process, with an embedded database'],
  ['server', 'API, dashboard and live stream over the database of DATABASE_URL'],
  ['worker', 'a process that executes jobs'],
  ['demo', 'the simulated shop of `up --demo`'],
] as const

/**
 * The tree of commands. Names, flags and help are here at once; what a command does is loaded when it runs, so that
 * help and completion are quick. `wanted` says which of the process commands to load with their flags.
 */
export async function buildProgram(io: Io, outcome: Outcome, wanted: ReadonlySet<string>): Promise<Command> {
  const program = new Command('andon')
  program
    .description('The board for jobs: what runs, what stands still, and what to do about it.')
    .version(VERSION, '-V, --version', 'the version of this command')
    .exitOverride()
    .showHelpAfterError('  → Say --help to see how it is used.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => io.stdout.isTerminal && !io.env.noColor,
      getErrHasColors: () => io.stderr.isTerminal && !io.env.noColor,
    })
  addGlobalOptions(program)
  const run: Runner = runner(io, outcome)
  addJobs(program, run)
  addPrint(program, run)
  addPrinters(program, run)
  addLanes(program, run)
  addSchedules(program, run)
  addStations(program, run)
  addRules(program, run)
  addFloor(program, run)
  addAnalytics(program, run)
  addErrors(program, run)
  addAccount(program, run)
  addPeople(program, run)
  addRetention(program, run)
  addDatabase(program, run)
  await addProcesses(program, wanted)
  addExamples(program)
  program.addHelpText('after', HELP_END)
  return program
}

const HELP_END = `
Settings: flag before environment (ANDON_SERVER, ANDON_TOKEN, ANDON_PROFILE) before .andon.json of the project
before ~/.config/andon/config.json. Without any: the server that \`andon up\` runs here.
Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not allowed, 5 job failed, 6 job cancelled,
7 completed with errors, 8 conflict, 9 timeout, 10 cannot reach the server, 130 interrupted.`

function addGlobalOptions(program: Command): void {
  program
    .option('--server <url>', 'address of the server')
    .option('--profile <name>', 'one of the servers you signed in to')
    .addOption(new Option('-o, --output <format>', 'format of what is printed').choices([...FORMATS]))
    .option('--json <fields>', 'JSON with these fields only, such as id,state,items.done')
    .addOption(new Option('--time <how>', 'how times are shown').choices(['relative', 'iso']))
    .option('--no-color', 'without colours, as with NO_COLOR; there are none where no terminal is')
    .option('-q, --quiet', 'nothing but data and errors')
    .option('-v, --verbose', 'say what is done, and all of an error')
}

/** Adds `up`, `server`, `worker` and `demo`: whole when one of them is wanted, else by name only. */
async function addProcesses(program: Command, wanted: ReadonlySet<string>): Promise<void> {
  if (PROCESS_COMMANDS.some(([name]) => wanted.has(name))) {
    const { addProcessCommands } = await import('./tree/processes.ts')
    return addProcessCommands(program)
  }
  for (const [name, description] of PROCESS_COMMANDS) program.command(name).description(description)
}
