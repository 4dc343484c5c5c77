import type { Command } from 'commander'

/** Flags of everything that does one thing to many jobs. */
export function addBulkFlags(command: Command): Command {
  return command
    .option('--dry-run', 'only say what it would do to how many')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'the same as --yes')
    .option('--detach', 'do not wait for the end: print the id of the job that does it')
}
