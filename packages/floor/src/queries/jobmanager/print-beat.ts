import { createHash } from 'node:crypto'
import { type Queryable, statement } from '@andon/store'
import type { PrintBeatRecord, SetAsideEntry } from '../../print-beat/attempts.ts'

/** `new` follows what comes in; `all` goes through everything again. */
export type Walk = 'new' | 'all'

/** Whose turn it is, and from where on. */
export interface Turn {
  readonly device: string
  readonly walk: Walk
  /** The marker up to which the walk has come. */
  readonly marker: string
}

const ADD_DEVICES = statement(
  'floor_print_beat_add_devices',
  `insert into print_beat_positions (device, walk, due_at)
   select d, w, case w when 'new' then $2::timestamptz else $3::timestamptz end
   from unnest($1::text[]) d, unnest(array['new', 'all']) w
   on conflict do nothing`,
)

// Nothing is ever due more than an hour ahead: what is two away comes from a clock that was wrong, and is due now.
const TAKE_TURN = statement(
  'floor_print_beat_take_turn',
  `with due as (
     select device, walk, marker, due_at from print_beat_positions where device = any($1::text[])
       and (due_at <= $2::timestamptz or due_at > $2::timestamptz + interval '2 hours')
   ), turn as (
     update print_beat_pace set next_request_at = $3::timestamptz
     where (next_request_at <= $2::timestamptz or next_request_at > $2::timestamptz + interval '2 hours')
       and exists (select from due)
     returning 1
   )
   select device, walk, marker::text as marker from due, turn order by due_at, walk = 'all' limit 1`,
)

const NEXT_TURN = statement(
  'floor_print_beat_next_turn',
  `select (select greatest(min(due_at), (select next_request_at from print_beat_pace))
     from print_beat_positions where device = any($1::text[])) as at`,
)

const HOLD = statement(
  'floor_print_beat_hold',
  `update print_beat_pace set next_request_at = greatest(next_request_at, $1::timestamptz)`,
)

const POSTPONE = statement(
  'floor_print_beat_postpone',
  `update print_beat_positions set due_at = $3::timestamptz where device = $1 and walk = $2`,
)

const MOVE = statement(
  'floor_print_beat_move',
  `update print_beat_positions set marker = $3::bigint, due_at = $4::timestamptz where device = $1 and walk = $2`,
)

const LOCK = statement(
  'floor_print_beat_lock',
  `select pg_advisory_xact_lock(hashtextextended('andon.floor.print_beat', 0))`,
)

// Completion times are compared as the shop's table has them and as they came: software of the shop that reads Print
// Beat too may have taken their zone in another way.
const KEEP = statement(
  'floor_print_beat_keep',
  `with given as (
     select distinct on (marker, device, completed_at) marker, device, name, status,
       completed_at::timestamptz::timestamp as completed_at, copies, payload
     from jsonb_to_recordset($1::jsonb) as r (marker bigint, device text, name text, status text, completed_at text,
       copies int, payload jsonb)
     order by marker, device, completed_at
   )
   insert into "print OS" (name, status, marker, job_name, job_complete_time, copies, payload, created_at, updated_at)
   select g.name, g.status, g.marker, g.name, g.completed_at, g.copies, g.payload, now(), now() from given g
   where not exists (
     select from "print OS" p where p.marker = g.marker
       and coalesce(p.payload ->> 'deviceId', p.payload ->> 'pressSerialNumber') = g.device
       and (p.job_complete_time is not distinct from g.completed_at
         or p.payload ->> 'jobCompleteTime' = g.payload ->> 'jobCompleteTime'))
   order by g.marker, g.completed_at
   returning id::text as id`,
)

const SET_ASIDE = statement(
  'floor_print_beat_set_aside',
  `insert into print_beat_set_aside (entry_hash, device, marker, reason, entry)
   select hash, $1, marker::bigint, reason, entry
   from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as e (hash, marker, reason, entry)
   on conflict do nothing
   returning marker::text as marker, reason`,
)

/** Makes room for presses that were not read before; those that were stay where they are. */
export async function addDevices(
  db: Queryable,
  devices: readonly string[],
  due: { readonly newAt: Date; readonly allAt: Date },
): Promise<void> {
  await db.query(ADD_DEVICES, [devices, due.newAt, due.allAt])
}

/**
 * Takes the right to one request, for all processes over this database; nobody has another before `nextAt`.
 *
 * @returns null when there is nothing to ask for yet, or nobody may ask
 */
export async function takeTurn(
  db: Queryable,
  devices: readonly string[],
  { nextAt, now }: { readonly now: Date; readonly nextAt: Date },
): Promise<Turn | null> {
  const [turn] = await db.query<Turn>(TAKE_TURN, [devices, now, nextAt])
  return turn ?? null
}

/** When the next turn can be taken. */
export async function nextTurnAt(db: Queryable, devices: readonly string[]): Promise<Date | null> {
  const [row] = await db.query<{ at: Date | null }>(NEXT_TURN, [devices])
  return row?.at ?? null
}

/** Nobody asks before `until`. */
export async function holdRequests(db: Queryable, until: Date): Promise<void> {
  await db.query(HOLD, [until])
}

/** The walk stays where it is, and is not gone on with before `until`. */
export async function postpone(db: Queryable, { device, walk }: Turn, until: Date): Promise<void> {
  await db.query(POSTPONE, [device, walk, until])
}

/** The walk has come to `marker`. A process that was slower may set it back: what lies between is read again. */
export async function moveOn(
  db: Queryable,
  turn: Turn,
  { dueAt, marker }: { readonly marker: string; readonly dueAt: Date },
): Promise<void> {
  await db.query(MOVE, [turn.device, turn.walk, marker, dueAt])
}

/** Keeps those records that the shop's table has not yet, in one statement; how many. Needs a transaction. */
export async function keepRecords(tx: Queryable, records: readonly PrintBeatRecord[]): Promise<number> {
  await tx.query(LOCK)
  return (await tx.query(KEEP, [JSON.stringify(records)])).length
}

/** Keeps entries that are no records; those that are there for the first time. */
export async function setAsideEntries(
  db: Queryable,
  device: string,
  entries: readonly SetAsideEntry[],
): Promise<{ readonly marker: string | null; readonly reason: string }[]> {
  return db.query(SET_ASIDE, [
    device,
    entries.map(({ entry }) => createHash('sha256').update(entry).digest('hex')),
    entries.map(({ marker }) => marker),
    entries.map(({ reason }) => reason),
    entries.map(({ entry }) => entry),
  ])
}
