import { SECOND_MS, type StationView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import { andon } from '../../live/andon.ts'
import { usePrinters, useStats } from '../../live/board.ts'
import { secondsWords, shortCount } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { stationLook, useStations } from '../stations/stations.ts'
import type { Tone } from '../../ui/state-badge.tsx'

/** One big number of the board. */
export interface Counter {
  readonly key: string
  readonly word: string
  readonly icon: IconName
  /** Null while it is not known. */
  readonly value: string | null
  /** Colours the tile; `ok` leaves it calm. */
  readonly tone: Tone
  readonly note: string
  readonly link: LinkProps
}

/** A wait longer than this is worth a colour. */
const LONG_WAIT_S = 600

/** The numbers of the board in their order. */
export function useCounters(): readonly Counter[] {
  const stats = useStats()
  const printers = usePrinters()
  const workers = useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => andon.workers.list({ signal }),
    refetchInterval: 10_000,
  }).data
  const of = (state: string) => (stats === undefined ? null : (stats.by_state[state] ?? 0))
  const printersDown = printers?.filter(isDown).length ?? null
  const wanted = workers?.filter((worker) => worker.stopped_at === null)
  const workersDown = wanted?.filter((worker) => !worker.is_alive).length ?? null
  const wait = stats?.oldest_wait_s ?? null
  const jobs = (q: string): LinkProps => ({ to: '/jobs', search: { q } })
  return [
    number({
      key: 'running',
      word: 'Running',
      icon: 'activity',
      count: of('running'),
      tone: 'run',
      link: jobs('state:running'),
    }),
    number({ key: 'queued', word: 'Queued', icon: 'wait', count: of('queued'), link: jobs('state:queued') }),
    {
      key: 'wait',
      word: 'Oldest wait',
      icon: 'clock',
      ...waitWords(stats === undefined ? undefined : wait),
      tone: wait !== null && wait > LONG_WAIT_S ? 'warn' : 'idle',
      link: jobs('state:queued'),
    },
    number({
      key: 'failed',
      word: 'Failed, 1 h',
      icon: 'xCircle',
      count: stats?.failed_last_hour ?? null,
      tone: (stats?.failed_last_hour ?? 0) > 0 ? 'bad' : 'idle',
      link: jobs('state:failed finished:<1h'),
    }),
    number({
      key: 'confirm',
      word: 'To confirm',
      icon: 'ask',
      count: stats?.needs_confirmation ?? null,
      tone: (stats?.needs_confirmation ?? 0) > 0 ? 'warn' : 'idle',
      link: jobs('wait:unconfirmed'),
    }),
    number({
      key: 'printers',
      word: 'Printers down',
      icon: 'printer',
      count: printersDown,
      tone: (printersDown ?? 0) > 0 ? 'bad' : 'idle',
      note: printers === undefined ? '' : `of ${printers.length}`,
      link: { to: '/printers' },
    }),
    ...stationsDown(useStations()),
    number({
      key: 'workers',
      word: 'Workers down',
      icon: 'activity',
      count: workersDown,
      tone: (workersDown ?? 0) > 0 ? 'bad' : 'idle',
      note: wanted === undefined ? '' : `of ${wanted.length}`,
      link: { to: '/workers' },
    }),
  ]
}

/** Stations that are to print and do not; nothing in a shop without stations. */
function stationsDown(stations: readonly StationView[] | undefined): Counter[] {
  const printing = stations?.filter((station) => station.is_print_server) ?? []
  if (printing.length === 0) return []
  const count = printing.filter((station) => ['bad', 'warn'].includes(stationLook(station).tone)).length
  const tone = count > 0 ? 'bad' : 'idle'
  const link: LinkProps = { to: '/stations' }
  return [
    number({
      key: 'stations',
      word: 'Stations down',
      icon: 'station',
      count,
      tone,
      note: `of ${printing.length}`,
      link,
    }),
  ]
}

/** The greatest unit alone: `11` and `min`. */
function waitWords(waitS: number | null | undefined): Pick<Counter, 'note' | 'value'> {
  if (waitS === undefined) return { value: null, note: '' }
  if (waitS === null) return { value: '–', note: '' }
  const [value = '', note = ''] = secondsWords(waitS * SECOND_MS).split(' ')
  return { value, note }
}

interface CountedThing extends Omit<Counter, 'note' | 'tone' | 'value'> {
  readonly count: number | null
  readonly tone?: Tone
  readonly note?: string
}

function number({ count, tone = 'idle', note = '', ...rest }: CountedThing): Counter {
  return { ...rest, value: count === null ? null : shortCount(count), tone, note }
}

function isDown(printer: {
  readonly state: string
  readonly troubles: readonly { readonly severity: string }[]
}): boolean {
  return ['offline', 'stopped'].includes(printer.state) || printer.troubles[0]?.severity === 'error'
}

const TILES: Record<Tone, string> = {
  idle: 'border-line bg-surface text-ink',
  run: 'border-line bg-surface text-run',
  ok: 'border-line bg-surface text-ok',
  warn: 'border-warn-solid/50 bg-warn-soft text-warn',
  bad: 'border-bad-solid/45 bg-bad-soft text-bad',
}

/** The big numbers, each a way to the jobs that it counts. */
export function Counters() {
  return (
    <ul
      aria-label="Counters"
      className="grid grid-cols-2 gap-3 sm:grid-cols-4 xl:auto-cols-fr xl:grid-flow-col xl:grid-cols-none"
    >
      {useCounters().map(({ key, word, icon, value, tone, note, link }) => (
        <li key={key}>
          <Link
            {...link}
            className={`flex h-full min-h-28 flex-col justify-between rounded-card border p-4 shadow-card transition-shadow hover:shadow-pop ${TILES[tone]}`}
          >
            <span className={`flex items-center gap-2 text-sm font-medium ${tone === 'idle' ? 'text-muted' : ''}`}>
              <Icon name={icon} size={17} className="xl:max-[88rem]:hidden" />
              {word}
            </span>
            <span className="flex items-baseline gap-2 leading-none font-semibold tracking-tight">
              <span className="text-[2.75rem]">{value ?? '–'}</span>
              {note === '' ? null : <span className="text-base font-medium">{note}</span>}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
