import { parseDuration, type StationView } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { printDetails, printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { STATION_ROWS, stationLines } from './rows.ts'
import { type Removal, removeEach } from '../remove-each.ts'

/** Flags of `stations add`. */
export interface AddStationFlags {
  readonly askAfter?: string
  readonly printing?: boolean
}

/** `andon stations list` */
export async function listStations(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.stations.list(), STATION_ROWS)
  return EXIT.ok
}

/** `andon stations status` */
export async function showStations(session: Session, names: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  const stations: StationView[] = []
  const failure = await eachOf(session, names, async (name) => void stations.push(await andon.stations.get(name)))
  const lines = (station: StationView) => stationLines(station, session.look())
  if (stations.length > 0) printDetails(session, stations, { ...STATION_ROWS, lines })
  return failure
}

/** `andon stations add` */
export async function addStation(session: Session, name: string, flags: AddStationFlags): Promise<ExitCode> {
  const station = { name, is_print_server: flags.printing ?? true, ...askAfterOf(flags) }
  const andon = await session.andon()
  const added = await andon.stations.add(station)
  printRows(session, [added], STATION_ROWS)
  session.note(`Make its token with: andon tokens create ${JSON.stringify(name)} --station ${JSON.stringify(name)}`)
  session.note(`Start it on its machine with: andon station --name ${JSON.stringify(name)}`)
  return EXIT.ok
}

/** `andon stations set` */
export async function setStation(
  session: Session,
  name: string,
  flags: AddStationFlags & { readonly name?: string },
): Promise<ExitCode> {
  const change = {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.printing === undefined ? {} : { is_print_server: flags.printing }),
    ...askAfterOf(flags),
  }
  const andon = await session.andon()
  printRows(session, [await andon.stations.change(name, change)], STATION_ROWS)
  return EXIT.ok
}

/** `andon stations remove` */
export function removeStations(session: Session, names: readonly string[], flags: Removal['flags']): Promise<ExitCode> {
  return removeEach(session, { names, flags }, (andon, name) => andon.stations.remove(name))
}

function askAfterOf({ askAfter }: AddStationFlags): { readonly ask_after?: number } {
  if (askAfter === undefined) return {}
  const afterMs = parseDuration(askAfter)
  if (afterMs !== null) return { ask_after: Math.round(afterMs / 1_000) }
  throw new UsageError(`--ask-after does not understand "${askAfter}".`, 'Give a duration such as 15m or 2h.')
}
