import type { StationView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon, queries } from '../../live/andon.ts'
import type { Look } from '../../ui/state-badge.tsx'

const KEY = ['stations']
/** A station says that it is there every 30 s; its printers come by the stream. */
const REFRESH_MS = 5_000

/** All stations; undefined until they were read once. */
export function useStations(): readonly StationView[] | undefined {
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => andon.stations.list({ signal }),
    refetchInterval: REFRESH_MS,
  })
  return data
}

/** Reads them anew after one was changed here. */
export async function reloadStations(): Promise<void> {
  await queries.invalidateQueries({ queryKey: KEY })
}

/** How a station's state looks. */
export function stationLook(station: StationView): Look {
  if (!station.is_print_server) return { word: 'Not printing', icon: 'hand', tone: 'idle' }
  if (station.seen_at === null) return { word: 'Never seen', icon: 'ask', tone: 'idle' }
  if (!station.is_seen) return { word: 'Lost', icon: 'offline', tone: 'bad' }
  if (station.qz_connection_status === 'error') return { word: 'QZ Tray in trouble', icon: 'alert', tone: 'warn' }
  return { word: 'Online', icon: 'checkCircle', tone: 'ok' }
}

/** How it stands with its QZ Tray, in words. */
export function qzWord(station: StationView): string {
  const { printers, qz_connection_status: status } = station
  if (status === 'connected') return 'Connected'
  if (status === 'disconnected' && !printers.some(({ driver }) => driver === 'qz')) return 'Not needed'
  return status === 'error' ? 'Refuses' : 'Not connected'
}
