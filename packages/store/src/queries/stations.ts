import { EVENT_KINDS, problem, type QzStatus } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'

/** A station as it stands in the database. */
export interface StationRow {
  id: number
  name: string
  is_print_server: boolean
  seen_at: Date | null
  /** Nothing was heard of it for too long; null while it is heard, and before it ever was. */
  lost_at: Date | null
  /** After so long without a word of it a person is asked about what had left for its printers. */
  ask_after_ms: number
  qz_connection_status: QzStatus
  qz_last_seen_at: Date | null
  version: string | null
  /** What it said last of itself. */
  report: {
    message?: string | null
    pending_jobs?: number
    printer_status?: Record<string, string>
    qz_reason?: string | null
  } | null
  /** Pools from which its printers take. */
  pool_ids: number[]
  /** Jobs that wait in those pools. */
  pool_jobs: number
}

/** What a station says of itself; what is left out stays. */
export interface StationReport {
  readonly qz?: QzStatus
  readonly version?: string | undefined
  readonly report?: Readonly<Record<string, unknown>>
}

/** What a person can change of a station; what is left out stays. */
export interface StationChange {
  readonly name?: string | undefined
  readonly isPrintServer?: boolean | undefined
  readonly askAfterMs?: number | undefined
}

/** A machine that is restarted, or a network that is mended, is back before. */
const ASK_AFTER_MS = 900_000

const LIST_STATIONS = statement(
  'list_stations',
  `select s.id, s.name, s.is_print_server, s.seen_at, s.lost_at, s.ask_after_ms, s.qz_connection_status, s.qz_last_seen_at, s.version,
     s.report, pools.ids as pool_ids,
     coalesce((select greatest(sum(c.n), 0) from counter c where c.queue_id = any(pools.ids) and c.state in (0, 2)), 0)::int
       as pool_jobs
   from station s cross join lateral (
     select coalesce(array_agg(distinct p.pool_id) filter (where p.pool_id is not null), '{}') as ids
     from printer p join lane l on l.id = p.id and l.removed_at is null where p.station_id = s.id
   ) pools
   where s.removed_at is null and ($1::int is null or s.id = $1) and ($2::text is null or s.name = $2)
   order by s.name`,
)

const CREATE_STATION = statement(
  'create_station',
  `insert into station (name, is_print_server, ask_after_ms) values ($1, $2, $3) on conflict (name) do update
     set is_print_server = excluded.is_print_server, ask_after_ms = excluded.ask_after_ms, removed_at = null, seen_at = null, lost_at = null, report = null
     where station.removed_at is not null
   returning id`,
)

const CHANGE_STATION = statement(
  'change_station',
  `update station s set name = coalesce($2, name), is_print_server = coalesce($3, is_print_server),
     ask_after_ms = coalesce($4, ask_after_ms)
   where id = $1 and removed_at is null
     and not exists (select from station o where o.name = $2 and o.id <> s.id)
   returning id`,
)

const REMOVE_STATION = statement(
  'remove_station',
  `update station s set removed_at = now() where id = $1 and removed_at is null and not exists (
     select from printer p join lane l on l.id = p.id and l.removed_at is null where p.station_id = s.id)
   returning id`,
)

const REVOKE_STATION_TOKENS = statement(
  'revoke_station_tokens',
  `update api_token set revoked_at = now() where station_id = $1 and revoked_at is null`,
)

// An event only when something changed that a person would see.
const HEAR_STATION = statement(
  'hear_station',
  `with before as (
     select id, qz_connection_status, lost_at, seen_at from station where id = $1 and removed_at is null for update
   ), heard as (
     update station s set seen_at = now(), lost_at = null, version = coalesce($3, s.version),
       report = coalesce($4::jsonb, s.report),
       qz_connection_status = coalesce($2, s.qz_connection_status),
       qz_last_seen_at = case when $2 = 'connected' then now() else s.qz_last_seen_at end
     from before b where s.id = b.id
     returning s.id, s.qz_connection_status as status, b.lost_at is not null or b.seen_at is null as is_back,
       b.qz_connection_status is distinct from s.qz_connection_status as has_changed
   ), told as (
     insert into event (kind, topic, actor, data)
     select $5, 'station:' || id, 'station', jsonb_build_object('isSeen', true, 'qz', status)
     from heard where is_back or has_changed
   )
   select id from heard`,
)

const LOSE_STATIONS = keptStatement(
  'lose_stations',
  `with lost as (
     update station set lost_at = now(), qz_connection_status = 'disconnected'
     where removed_at is null and lost_at is null and seen_at < now() - $1::bigint * interval '1 millisecond'
     returning id, name
   ), told as (
     insert into event (kind, topic, actor, data)
     select $2, 'station:' || id, 'system', jsonb_build_object('isSeen', false, 'qz', 'disconnected') from lost
   )
   select name from lost order by name`,
)

const STATION_TOLD = statement(
  'station_told',
  `insert into event (kind, topic, actor, data) values ($1, 'station:' || $2::int, $3, $4)`,
)

/** All stations, by name. */
export function listStations(db: Queryable): Promise<StationRow[]> {
  return db.query<StationRow>(LIST_STATIONS, [null, null])
}

/** The station of a number or a name; null when there is none. */
export async function findStation(db: Queryable, key: number | string): Promise<StationRow | null> {
  const values = typeof key === 'number' ? [key, null] : [null, key]
  return firstRow(await db.query<StationRow>(LIST_STATIONS, values))
}

/**
 * Makes a station known. One of that name that was removed comes back with its number.
 *
 * @throws name_taken
 */
export function createStation(
  store: Store,
  station: { readonly name: string; readonly isPrintServer: boolean; readonly askAfterMs?: number | undefined },
  actor: Actor,
): Promise<StationRow> {
  return store.transaction(async (tx) => {
    const [made] = await tx.query<{ id: number }>(CREATE_STATION, [
      station.name,
      station.isPrintServer,
      station.askAfterMs ?? ASK_AFTER_MS,
    ])
    if (made === undefined) throw problem('name_taken', { field: '/name', detail: `"${station.name}" exists already` })
    await tell(tx, made.id, actor, { created: true })
    await writeAudit(tx, actor, [{ action: 'station.create', target: `station:${made.id}`, after: station }])
    return onlyRow(await tx.query<StationRow>(LIST_STATIONS, [made.id, null]))
  })
}

/** Changes its name, its designation, or when it has been away for too long. @throws name_taken */
export function changeStation(
  store: Store,
  before: StationRow,
  change: StationChange,
  actor: Actor,
): Promise<StationRow> {
  return store.transaction(async (tx) => {
    const { askAfterMs, isPrintServer, name } = change
    const changed = await tx.query(CHANGE_STATION, [before.id, name ?? null, isPrintServer ?? null, askAfterMs ?? null])
    if (changed.length === 0) throw problem('name_taken', { field: '/name', detail: `"${name}" exists already` })
    await tell(tx, before.id, actor, { changed: Object.keys(change) })
    const { is_print_server: wasPrinting, ask_after_ms: wasAfterMs } = before
    const kept = { name: before.name, isPrintServer: wasPrinting, askAfterMs: wasAfterMs }
    await writeAudit(tx, actor, [
      { action: 'station.change', target: `station:${before.id}`, before: kept, after: change },
    ])
    return onlyRow(await tx.query<StationRow>(LIST_STATIONS, [before.id, null]))
  })
}

/** Removes a station without printers, and ends its tokens and their streams. @throws state_conflict while it has some */
export async function removeStation(store: Store, station: StationRow, actor: Actor): Promise<void> {
  await store.transaction(async (tx) => {
    const removed = await tx.query(REMOVE_STATION, [station.id])
    if (removed.length === 0) {
      throw problem('state_conflict', {
        detail: `${station.name} still has printers.`,
        hint: 'Remove its printers first, or give them to another station.',
      })
    }
    await tx.query(REVOKE_STATION_TOKENS, [station.id])
    await tell(tx, station.id, actor, { removed: true })
    await writeAudit(tx, actor, [{ action: 'station.remove', target: `station:${station.id}`, before: station.name }])
  })
  store.notifier.rights()
}

/** Keeps what a station says, and that it was heard; false when it was removed meanwhile. */
export async function hearStation(store: Store, id: number, said: StationReport): Promise<boolean> {
  const { qz, report, version } = said
  const heard = await store.query(HEAR_STATION, [
    id,
    qz ?? null,
    version ?? null,
    report === undefined ? null : JSON.stringify(report),
    EVENT_KINDS.station_changed,
  ])
  store.notifier.events()
  return heard.length > 0
}

/** Marks the stations of which nothing was heard for so long; their names. Safe to race. */
export async function loseStations(store: Store, afterMs: number): Promise<string[]> {
  const lost = await store.query<{ name: string }>(LOSE_STATIONS, [afterMs, EVENT_KINDS.station_changed])
  if (lost.length > 0) store.notifier.events()
  return lost.map(({ name }) => name)
}

async function tell(tx: Queryable, id: number, actor: Actor, data: object): Promise<void> {
  await tx.query(STATION_TOLD, [EVENT_KINDS.station_changed, id, actor.name, JSON.stringify(data)])
}
