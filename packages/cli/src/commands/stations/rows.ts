import type { StationView } from '@andon/core'
import type { Look } from '../../output/look.ts'
import { FIELDS } from '../../output/fields.ts'
import type { RowsSpec } from '../../output/rows.ts'
import { printerStyle } from '../printers/columns.ts'

/** How a station is, in one word. */
export function stationWord(station: StationView): string {
  if (!station.is_print_server) return 'Not printing'
  if (station.seen_at === null) return 'Never seen'
  return station.is_seen ? 'Online' : 'Lost'
}

/** The sign and colour of how a station is. */
export function stationStyle(
  station: StationView,
): readonly [sign: string, style: 'gray' | 'green' | 'red' | 'yellow'] {
  if (!station.is_print_server || station.seen_at === null) return ['○', 'gray']
  if (!station.is_seen) return ['●', 'red']
  return station.qz_connection_status === 'error' ? ['●', 'yellow'] : ['●', 'green']
}

/** A station without printers behind QZ Tray has no use for it. */
function qzWord({ printers, qz_connection_status: status }: StationView): string {
  return status === 'disconnected' && !printers.some(({ driver }) => driver === 'qz') ? 'not needed' : status
}

/** How stations are printed in lists. */
export const STATION_ROWS: RowsSpec<StationView> = {
  fields: FIELDS.StationView,
  columns: [
    { name: 'name', title: 'NAME', shrink: 10, value: (station) => station.name },
    {
      name: 'status',
      title: 'STATUS',
      value: stationWord,
      cell: (station) => `${stationStyle(station)[0]} ${stationWord(station)}`,
      paint: (text, station, look) => look.paint(stationStyle(station)[1], text),
    },
    {
      name: 'qz_connection_status',
      title: 'QZ TRAY',
      value: (station) => station.qz_connection_status,
      cell: qzWord,
    },
    {
      name: 'printers',
      title: 'PRINTERS',
      shrink: 16,
      value: (station) => station.printers.map(({ name }) => name),
      cell: (station) => station.printers.map((printer) => `${printerStyle(printer)[0]} ${printer.name}`).join(', '),
    },
    { name: 'printing_jobs', title: 'PRINTING', align: 'right', value: (station) => station.printing_jobs },
    { name: 'pending_jobs', title: 'WAITING', align: 'right', value: (station) => station.pending_jobs },
    {
      name: 'seen_at',
      title: 'SEEN',
      drop: 1,
      value: (station) => station.seen_at,
      cell: (station, look) => look.time(station.seen_at),
    },
    { name: 'version', title: 'VERSION', drop: 2, value: (station) => station.version },
  ],
  empty:
    'No stations yet. Add one with: andon stations add NAME, then start it on its machine: andon station --name NAME',
  name: (station) => station.name,
}

/** One station for a person: its line, then its printers with what is the matter. */
export function stationLines(station: StationView, look: Look): string[] {
  const [sign, style] = stationStyle(station)
  const seen = station.seen_at === null ? '' : look.paint('dim', `seen ${look.time(station.seen_at)}`)
  const counts = `${station.printing_jobs} printing, ${station.pending_jobs} waiting`
  return [
    `${look.paint(style, `${sign} ${stationWord(station)}`)}  ${look.paint('bold', station.name)} ${seen}`,
    `  ${look.paint('dim', 'QZ Tray'.padEnd(11))} ${qzWord(station)}`,
    `  ${look.paint('dim', 'jobs'.padEnd(11))} ${counts}`,
    ...(station.message === null ? [] : [`  ${look.paint('dim', 'says'.padEnd(11))} ${station.message}`]),
    ...station.printers.map((printer) => {
      const [mark, colour] = printerStyle(printer)
      const what = printer.troubles[0]?.title ?? printer.status_text
      return `  ${look.paint(colour, mark)} ${printer.name}: ${what}`
    }),
  ]
}
