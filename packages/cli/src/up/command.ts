import type { Command } from 'commander'
import { environment } from '../environment.ts'
import { tellRunning } from './greeting.ts'
import { untilStopped } from './lifecycle.ts'
import { type UpFlags, upSettings } from './settings.ts'
import { runUp, type UpRoles } from './up.ts'

/** `andon up`: everything in one process. */
export function upCommand(program: Command): void {
  const command = program.command('up').description('everything in one process, with an embedded database')
  withFlags(command)
    .option('--demo', 'with a simulated shop that prints')
    .action((flags: UpFlags) => up(flags, { server: true, printing: true }))
}

/** `andon server`: API, live stream and dashboard, without driving printers. */
export function serverCommand(program: Command): void {
  const command = program.command('server').description('API, dashboard and live stream alone, over one database')
  withFlags(command).action((flags: UpFlags) => up(flags, { server: true, printing: false }))
}

/** `andon worker`: drives printers, without the API. */
export function workerCommand(program: Command): void {
  const command = program.command('worker').description('drive printers and run jobs, over one database')
  withFlags(command).action((flags: UpFlags) => up(flags, { server: false, printing: true }))
}

function withFlags(command: Command): Command {
  return command
    .option('--data <folder>', 'where the embedded database and local settings lie (default: ./data)')
    .option('--host <address>', 'address to bind to (default: 127.0.0.1)')
    .option('--port <number>', 'port to bind to; 0 takes a free one (default: 7400)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: warn)')
    .option('--system-postgres', "use the machine's PostgreSQL binaries for the embedded database")
}

async function up(flags: UpFlags, roles: UpRoles): Promise<void> {
  const settings = upSettings(flags, environment())
  await using running = await runUp(settings, roles)
  tellRunning(running, settings)
  await untilStopped()
}
