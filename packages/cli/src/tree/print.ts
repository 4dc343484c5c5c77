import type { Command } from 'commander'
import type { PrintFlags } from '../commands/print.ts'
import type { Runner } from '../runner.ts'

/** `andon print` */
export function addPrint(program: Command, run: Runner): void {
  program
    .command('print')
    .description('print files: ZPL as labels, everything else as documents')
    .argument('<file...>', '- reads stdin')
    .option('-p, --printer <name>', 'on this printer')
    .option('--pool <name>', 'on any printer of this pool')
    .option('-n, --items <count>', 'so many labels; {{n}} in the label becomes the number of each')
    .option('--copies <count>', 'copies of each label or document')
    .option('--description <text>', 'what it is, for people; the name of the file otherwise')
    .option('--priority <priority>', 'low, normal, high or urgent')
    .option('--subject <type=id>', 'what it is for, such as order=MO-8235')
    .option('--tag <key=value...>', 'tags')
    .option('--media <name>', 'size of the paper, such as iso_a4_210x297mm')
    .option('--sides <how>', 'one-sided, two-sided-long-edge or two-sided-short-edge')
    .option('--key <key>', 'the same key makes one job only')
    .option('--hold', 'do not start it yet')
    .option('-w, --watch', 'follow it to the last label')
    .action(
      run(async (session, files: string[], flags: PrintFlags) =>
        (await import('../commands/print.ts')).printFiles(session, files, flags),
      ),
    )
}
