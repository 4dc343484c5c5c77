import type { Command } from 'commander'
import type { DrainFlags, LimitFlags } from '../commands/lanes/queues.ts'
import type { PauseFlags } from '../commands/printers/pause.ts'
import type { Runner } from '../runner.ts'

/** `andon queues …`, `andon pools …` and `andon workers …` */
export function addLanes(program: Command, run: Runner): void {
  addQueues(program.command('queues').description('see queues, pause and limit them'), run)
  addPools(program.command('pools').description('printers that stand in for one another'), run)
  addWorkers(program.command('workers').description('processes that execute jobs'), run)
}

function addQueues(queues: Command, run: Runner): void {
  const load = () => import('../commands/lanes/queues.ts')
  queues
    .command('list')
    .alias('ls')
    .description('all queues, and why they wait')
    .action(run(async (session) => (await load()).listQueues(session)))
  queues
    .command('status')
    .alias('show')
    .description('queues with their limits, and why they wait')
    .argument('<name...>')
    .action(run(async (session, names: string[]) => (await load()).showQueues(session, names)))
  queues
    .command('pause')
    .description('start nothing new; no job is lost')
    .argument('<name...>')
    .option('--reason <text>', 'why')
    .option('--until <time>', 'go on by itself: a duration such as 30m, or a time')
    .action(
      run(async (session, names: string[], flags: PauseFlags) => (await load()).pauseQueues(session, names, flags)),
    )
  queues
    .command('resume')
    .description('go on')
    .argument('<name...>')
    .action(run(async (session, names: string[]) => (await load()).resumeQueues(session, names)))
  queues
    .command('drain')
    .description('work off what is there and take nothing new')
    .argument('<name...>')
    .option('--undo', 'take jobs again')
    .action(
      run(async (session, names: string[], flags: DrainFlags) => (await load()).drainQueues(session, names, flags)),
    )
  queues
    .command('limits')
    .description('limit a queue; "none" lifts a limit')
    .argument('<name>')
    .option('--slots <count>', 'jobs at once')
    .option('--depth <count>', 'jobs that may wait; more are refused')
    .option('--rate <count/duration>', 'jobs in a time, such as 100/1m')
    .action(run(async (session, name: string, flags: LimitFlags) => (await load()).limitQueue(session, name, flags)))
}

function addPools(pools: Command, run: Runner): void {
  const load = () => import('../commands/lanes/pools.ts')
  pools
    .command('list')
    .alias('ls')
    .description('all pools')
    .action(run(async (session) => (await load()).listPools(session)))
  pools
    .command('add')
    .description('make a pool; printers join it by their setting')
    .argument('<name>')
    .action(run(async (session, name: string) => (await load()).addPool(session, name)))
  pools
    .command('remove')
    .alias('rm')
    .description('forget an empty pool')
    .argument('<name>')
    .action(run(async (session, name: string) => (await load()).removePool(session, name)))
}

function addWorkers(workers: Command, run: Runner): void {
  const load = () => import('../commands/lanes/workers.ts')
  workers
    .command('list')
    .alias('ls')
    .description('all workers, what they do, and what they wait for')
    .action(run(async (session) => (await load()).listWorkers(session)))
  workers
    .command('status')
    .alias('show')
    .description('workers with their jobs')
    .argument('<id...>', 'numbers or names')
    .action(run(async (session, ids: string[]) => (await load()).showWorkers(session, ids)))
  workers
    .command('drain')
    .description('let a worker finish what it has and take nothing new')
    .argument('<id>')
    .option('--undo', 'let it take jobs again')
    .action(run(async (session, id: string, flags: DrainFlags) => (await load()).drainWorker(session, id, flags)))
}
