import { FloorDatabases, forgetRunlists } from '@andon/floor'
import { readSettings, removeDemo, writeSetting } from '@andon/store'
import type { Command } from 'commander'
import { pino } from 'pino'
import { environment } from '../environment.ts'
import type { FloorPlan } from '../floor/plan.ts'
import { connectionsOf } from '../floor/start.ts'
import { type Database, openDatabase } from '../up/database.ts'
import { type UpFlags, upSettings } from '../up/settings.ts'
import { DEMO_POOL } from './catalogue.ts'
import { DEMO_FLOOR_PREFIX } from './floor.ts'
import { DEMO_ACCOUNT, DEMO_SETTING } from './mark.ts'

const PERSON = { name: 'command line' }

/** `andon demo remove|restore`: takes the demonstration shop away, or lets the next `up --demo` bring it back. */
export function demoCommand(program: Command): void {
  const command = program.command('demo').description('remove the demonstration shop, or bring it back')
  const folder = '--data <folder>'
  const where = 'where the embedded database lies (default: ./data)'
  command
    .command('remove')
    .description('remove its printers, its jobs and its ERP; what you made stays')
    .option(folder, where)
    .addHelpText('after', '\nStop `npm start` (or `andon up`) first: it holds the database.')
    .action(remove)
  command
    .command('restore')
    .description('let the next `andon up --demo` set it up again')
    .option(folder, where)
    .action(restore)
}

async function remove(flags: UpFlags): Promise<void> {
  const settings = upSettings(flags, environment())
  await using database = await openDatabase(settings, pino({ level: 'silent' }))
  const removal = await removeDemo(database.store, { account: DEMO_ACCOUNT, pool: DEMO_POOL }, PERSON)
  const onFloor = await forgetFloor(settings.floor, database.embedded)
  await writeSetting(database.store, DEMO_SETTING, { isRemoved: true }, PERSON)
  const what = `${removal.printers.length} printers, ${removal.jobs} jobs and ${onFloor.jobs} jobs of the floor`
  process.stdout.write(`Removed ${what} of the demonstration.\n`)
}

async function forgetFloor(plan: FloorPlan, embedded: Database['embedded']): Promise<{ readonly jobs: number }> {
  const connections = await connectionsOf(plan, embedded)
  if (connections === null) return { jobs: 0 }
  await using databases = new FloorDatabases(connections, plan.settings)
  return forgetRunlists(databases, DEMO_FLOOR_PREFIX)
}

async function restore(flags: UpFlags): Promise<void> {
  await using database = await openDatabase(upSettings(flags, environment()), pino({ level: 'silent' }))
  const isRemoved = isRemovedSetting((await readSettings(database.store)).get(DEMO_SETTING))
  if (isRemoved) await writeSetting(database.store, DEMO_SETTING, { isRemoved: false }, PERSON)
  process.stdout.write('The next `andon up --demo` brings the demonstration up.\n')
}

/** Whether a person removed the demonstration: then `--demo` leaves it away. */
export function isRemovedSetting(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'isRemoved' in value && value.isRemoved === true
}
