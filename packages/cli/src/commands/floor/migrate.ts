import { problem } from '@andon/core/base'
import { FloorDatabases, type PlannedChange } from '@andon/floor'
import { EXIT, type ExitCode } from '../../exit.ts'
import { floorPlan } from '../../floor/plan.ts'
import type { Session } from '../../session.ts'

/** `andon floor migrate`: straight at the databases of FLOOR_JOBMANAGER_URL and FLOOR_LOGS_URL. */
export async function migrateFloor(session: Session, flags: { readonly plan?: boolean }): Promise<ExitCode> {
  const { settings, shop } = floorPlan(session.io.env)
  if (shop === null) {
    throw problem('floor_not_configured', {
      detail: 'FLOOR_JOBMANAGER_URL and FLOOR_LOGS_URL are not set.',
      hint: "Set both to the shop's databases. Those that Andon keeps itself are brought up to date by themselves.",
    })
  }
  await using databases = new FloorDatabases({ ...shop, ownsDatabases: false }, settings)
  const isPlan = flags.plan === true
  const changes = isPlan ? await databases.plan() : await databases.migrate()
  if (session.format === 'table') tell(session, changes, isPlan)
  else session.io.stdout.write(`${JSON.stringify({ additions: changes, is_plan: isPlan })}\n`)
  return EXIT.ok
}

function tell(session: Session, changes: readonly PlannedChange[], isPlan: boolean): void {
  const { stdout } = session.io
  for (const { database, sql, what } of changes) {
    stdout.write(`${isPlan ? 'would ' : ''}${what} in ${database}\n`)
    if (isPlan) for (const statement of sql) stdout.write(`${indented(statement)};\n`)
  }
  if (changes.length === 0) session.note('Both databases have all that Andon needs.')
  else if (isPlan) session.note(`${changes.length} additions. Make them with: andon floor migrate`)
  else session.note(`${changes.length} additions made.`)
}

/** A statement as it is written in the code, below the line that says what it does. */
function indented(statement: string): string {
  return statement
    .split('\n')
    .map((line) => `    ${line.trim()}`)
    .join('\n')
}
