import { forgetRunlists } from '@andon/floor'
import { readSettings, removeDemo, writeSetting } from '@andon/store'
import type { Command } from 'commander'
import { pino } from 'pino'
import { environment } from '../environment.ts'
import { openFloor } from '../floor/place.ts'
import { openDatabase } from '../up/database.ts'
import { type UpFlags, upSettings } from '../up/settings.ts'
import { DEMO_POOL } from './catalogue.ts'
import { DEMO_FLOOR_PREFIX } from './floor.ts'
import { DEMO_ACCOUNT, DEMO_SETTING } from './mark.ts'

const PERSON = { name: 'command line' }

/** `andon demo remove|restore`: takes the demonstration shop away, or lets the next `up --demo` bring it back. */
export function demoCommand(program: Command): void {
  const command = program.command('demo').description('Remove the demonstration shop, or bring it back')
  const folder = '--data <folder>'
  const where = 'where the embedded database lies (default: ./data)'
  command
    .command('remove')
    .description('Remove its printers, its jobs and its ERP; what you made stays')
    .option(folder, where)
    .addHelpText('after', '\nStop `npm start` (or `andon up`) first: it holds the database.')
    .action(remove)
  command
    .command('restore')
    .description('Let the next `andon up --demo` set it up again')
    .option(folder, where)
    .action(restore)
}

async function remove(flags: UpFlags): Promise<void> {
  const settings = upSettings(flags, environment())
  await using database = await openDatabase(settings, pino({ level: 'silent' }))
  const removal = await removeDemo(database.store, { account: DEMO_ACCOUNT, pool: DEMO_POOL }, PERSON)
  await using floor = await openFloor(settings.floor, database.embedded)
  const onFloor = floor ? await forgetRunlists(floor, DEMO_FLOOR_PREFIX) : { jobs: 0 }
  await writeSetting(database.store, DEMO_SETTING, { isRemoved: true }, PERSON)
  const what = `${removal.printers.length} printers, ${removal.jobs} jobs and ${onFloor.jobs} jobs of the floor`
  process.stdout.write(`Removed ${what} of the demonstration.\n`)
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
