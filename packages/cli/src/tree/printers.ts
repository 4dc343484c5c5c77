import type { Command } from 'commander'
import type { AddFlags } from '../commands/printers/add.ts'
import type { PauseFlags } from '../commands/printers/pause.ts'
import type { SetFlags } from '../commands/printers/set.ts'
import type { Runner } from '../runner.ts'

/** `andon printers …` */
export function addPrinters(program: Command, run: Runner): void {
  const printers = program.command('printers').description('see printers, add them, pause and resume them')
  printers
    .command('list')
    .alias('ls')
    .description('all printers, and what is the matter with them')
    .option('--columns <names>', 'these columns, in this order')
    .action(
      run(async (session, flags: { readonly columns?: string }) =>
        (await import('../commands/printers/list.ts')).listPrinters(session, flags),
      ),
    )
  printers
    .command('status')
    .alias('show')
    .description('ask printers now, and say what to do')
    .argument('<name...>')
    .option('-w, --watch', 'say each change until Ctrl-C')
    .action(
      run(async (session, names: string[], flags: { readonly watch?: boolean }) =>
        (await import('../commands/printers/status.ts')).showPrinters(session, names, flags),
      ),
    )
  addSetting(printers, run)
  addRunning(printers, run)
}

function addSetting(printers: Command, run: Runner): void {
  printers
    .command('add')
    .description('add a printer after it has answered')
    .argument('<name>')
    .argument('<uri>', 'ipp://host/ipp/print, socket://host:9100, http://host:port')
    .option('--driver <driver>', 'ipp, raw, http or virtual; by the address otherwise')
    .option('--kind <kind>', 'label, badge, receipt or document')
    .option('--location <text>', 'where it stands')
    .option('--pool <name>', 'the printers that stand in for one another')
    .option('--station <name>', 'the station that drives it')
    .option('--failover-to <name>', 'the printer or pool that gets what waits when this one is in trouble')
    .option('--failover-after <duration>', 'in trouble for so long (default: 5m)')
    .option('--unchecked', 'add it though it does not answer now')
    .action(
      run(async (session, name: string, uri: string, flags: AddFlags) =>
        (await import('../commands/printers/add.ts')).addPrinter(session, { name, uri }, flags),
      ),
    )
  printers
    .command('set')
    .description('change a printer')
    .argument('<name>')
    .option('--name <name>', 'its new name')
    .option('--uri <uri>', 'its new address')
    .option('--location <text>', 'where it stands')
    .option('--pool <name>', 'the printers that stand in for one another')
    .option('--station <name>', 'the station that drives it')
    .option('--failover-to <name>', 'the printer or pool that gets what waits when this one is in trouble')
    .option('--failover-after <duration>', 'in trouble for so long, such as 5m')
    .option('--no-failover', 'what waits for it stays with it')
    .action(
      run(async (session, name: string, flags: SetFlags) =>
        (await import('../commands/printers/set.ts')).setPrinter(session, name, flags),
      ),
    )
  printers
    .command('discover')
    .description('find printers of a CUPS server')
    .option('--cups <uri>', 'such as ipp://cups.example.com:631; the local one otherwise')
    .action(
      run(async (session, flags: { readonly cups?: string }) =>
        (await import('../commands/printers/discover.ts')).discoverPrinters(session, flags),
      ),
    )
  printers
    .command('remove')
    .alias('rm')
    .description('forget printers')
    .argument('<name...>')
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (session, names: string[], flags: { readonly yes?: boolean }) =>
        (await import('../commands/printers/remove.ts')).removePrinters(session, names, flags),
      ),
    )
}

function addRunning(printers: Command, run: Runner): void {
  printers
    .command('pause')
    .description('stop the queues of printers; no job is lost')
    .argument('<name...>')
    .option('--reason <text>', 'why')
    .option('--until <time>', 'go on by itself: a duration such as 30m, or a time')
    .action(
      run(async (session, names: string[], flags: PauseFlags) =>
        (await import('../commands/printers/pause.ts')).pausePrinters(session, names, flags),
      ),
    )
  printers
    .command('resume')
    .description('let the queues of printers go on')
    .argument('<name...>')
    .action(
      run(async (session, names: string[]) =>
        (await import('../commands/printers/pause.ts')).resumePrinters(session, names),
      ),
    )
  printers
    .command('test')
    .description('print a test page')
    .argument('<name>')
    .option('-w, --watch', 'follow it')
    .action(
      run(async (session, name: string, flags: { readonly watch?: boolean }) =>
        (await import('../commands/printers/test-page.ts')).printTestPage(session, name, flags),
      ),
    )
  printers
    .command('diagnose')
    .description('try the way to a printer step by step')
    .argument('<name>')
    .action(
      run(async (session, name: string) =>
        (await import('../commands/printers/diagnose.ts')).diagnosePrinter(session, name),
      ),
    )
}
