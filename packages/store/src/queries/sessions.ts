import { type SessionInfo, problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import type { AccountFacts } from './accounts.ts'

/** What a new session is made from; the id itself stays with the browser. */
export interface NewSession {
  /** SHA-256 of the id. */
  readonly idHash: Uint8Array
  readonly accountId: number
  /** When it ends whatever happens. */
  readonly expiresAt: Date
  readonly address: string | null
  readonly userAgent: string | null
}

/** A live session with its account. */
export interface SessionRow extends AccountFacts {
  session_created_at: Date
  last_seen_at: Date
  expires_at: Date
}

interface SessionListRow {
  id: number
  created_at: Date
  last_seen_at: Date
  expires_at: Date
  address: string | null
  user_agent: string | null
  is_current: boolean
}

/** A thing that may be used once. */
export interface NewTicket {
  /** SHA-256 of the secret. */
  readonly hash: Uint8Array
  readonly kind: 'sign_in' | 'stream'
  readonly accountId: number
  /** The session or token by which a stream was asked for: the stream ends with it. */
  readonly sessionHash?: Uint8Array | null
  readonly tokenId?: string | null
  readonly expiresAt: Date
}

/** A ticket that was just used. */
export interface UsedTicket {
  account_id: number
  session_hash: Buffer | null
  token_id: string | null
}

const CREATE_SESSION = statement(
  'create_session',
  `insert into session (id_hash, account_id, expires_at, address, user_agent) values ($1, $2, $3, $4, left($5, 300))`,
)

// A session is written to at most once a minute, however often it is used.
const USE_SESSION = statement(
  'use_session',
  `with live as (
     select s.id_hash, s.account_id, s.created_at, s.last_seen_at, s.expires_at from session s
     where s.id_hash = $1 and s.expires_at > now() and s.last_seen_at > now() - $2 * interval '1 millisecond'
   ), touched as (
     update session s set last_seen_at = now() from live
     where s.id_hash = live.id_hash and live.last_seen_at < now() - interval '1 minute'
   )
   select a.id, a.name, a.display_name, a.email, a.role, a.can_read_payloads, a.password_hash, a.created_at,
     a.disabled_at, live.created_at as session_created_at, live.last_seen_at, live.expires_at
   from live join account a on a.id = live.account_id and a.disabled_at is null`,
)

const END_SESSION = statement('end_session', `delete from session where id_hash = $1`)

const LIST_SESSIONS = statement(
  'list_sessions',
  `select id, created_at, last_seen_at, expires_at, address, user_agent, id_hash = $2 as is_current from session
   where account_id = $1 and expires_at > now() and last_seen_at > now() - $3 * interval '1 millisecond'
   order by is_current desc, last_seen_at desc, id desc`,
)

const END_SESSION_OF = statement(
  'end_session_of',
  `delete from session where id = $1 and account_id = $2 returning address, user_agent`,
)

const CREATE_TICKET = statement(
  'create_ticket',
  `insert into ticket (hash, kind, account_id, session_hash, token_id, expires_at) values ($1, $2, $3, $4, $5, $6)`,
)

const USE_TICKET = statement(
  'use_ticket',
  `update ticket set used_at = now()
   where hash = $1 and kind = $2 and used_at is null and expires_at > now()
   returning account_id, session_hash, token_id`,
)

const SIGN_IN_FAILURES = statement(
  'sign_in_failures',
  `select failures, last_at, extract(epoch from now() - last_at)::float8 * 1000 as ago_ms
   from sign_in_failure where subject = $1`,
)

// Failures of long ago do not count against somebody who mistypes today.
const RECORD_SIGN_IN_FAILURE = statement(
  'record_sign_in_failure',
  `insert into sign_in_failure as f (subject, failures, last_at) values ($1, 1, now())
   on conflict (subject) do update
   set failures = case when f.last_at < now() - interval '1 hour' then 1 else f.failures + 1 end, last_at = now()
   returning failures`,
)

const CLEAR_SIGN_IN_FAILURES = statement('clear_sign_in_failures', `delete from sign_in_failure where subject = $1`)

/** Keeps a new session. */
export async function createSession(db: Queryable, session: NewSession): Promise<void> {
  const { idHash, accountId, expiresAt, address, userAgent } = session
  await db.query(CREATE_SESSION, [idHash, accountId, expiresAt, address, userAgent])
}

/**
 * The account of a session that is neither over, nor idle for longer than `idleMs`, nor of a disabled account; null
 * otherwise. Notes that it was seen.
 */
export async function useSession(db: Queryable, idHash: Uint8Array, idleMs: number): Promise<SessionRow | null> {
  return firstRow(await db.query<SessionRow>(USE_SESSION, [idHash, idleMs]))
}

/** Signs one session out; its streams end. */
export async function endSession(store: Store, idHash: Uint8Array): Promise<void> {
  await store.query(END_SESSION, [idHash])
  store.notifier.rights()
}

/** The live sessions of an account: the own one first, then by when they were last seen. */
export async function listSessions(
  db: Queryable,
  accountId: number,
  { current, idleMs }: { readonly current: Uint8Array | null; readonly idleMs: number },
): Promise<SessionInfo[]> {
  const rows = await db.query<SessionListRow>(LIST_SESSIONS, [accountId, current ?? new Uint8Array(), idleMs])
  return rows.map((row) => ({
    ...row,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  }))
}

/**
 * Signs one session of an account out, wherever it is; its streams end.
 *
 * @throws session_not_found
 */
export async function endSessionOf(store: Store, accountId: number, id: number, actor: Actor): Promise<void> {
  await store.transaction(async (tx) => {
    const [before] = await tx.query(END_SESSION_OF, [id, accountId])
    if (before === undefined) throw problem('session_not_found')
    await writeAudit(tx, actor, [{ action: 'session.end', target: `session:${id}`, before }])
  })
  store.notifier.rights()
}

/** Keeps a new ticket. */
export async function createTicket(db: Queryable, ticket: NewTicket): Promise<void> {
  const { hash, kind, accountId, sessionHash = null, tokenId = null, expiresAt } = ticket
  await db.query(CREATE_TICKET, [hash, kind, accountId, sessionHash, tokenId, expiresAt])
}

/** Uses a ticket up; null when it is unknown, used, or too old. Of two at once only one gets it. */
export async function useTicket(db: Queryable, hash: Uint8Array, kind: NewTicket['kind']): Promise<UsedTicket | null> {
  return firstRow(await db.query<UsedTicket>(USE_TICKET, [hash, kind]))
}

/** Failed attempts in a row of a subject (`name:anna`, `address:10.0.0.1`), and how long ago the last was. */
export async function signInFailures(db: Queryable, subject: string): Promise<{ count: number; agoMs: number }> {
  const [row] = await db.query<{ failures: number; ago_ms: number }>(SIGN_IN_FAILURES, [subject])
  return row === undefined ? { count: 0, agoMs: Number.POSITIVE_INFINITY } : { count: row.failures, agoMs: row.ago_ms }
}

/** Counts a failed attempt; how many in a row that makes. A quiet hour starts anew. */
export async function recordSignInFailure(db: Queryable, subject: string): Promise<number> {
  return onlyRow(await db.query<{ failures: number }>(RECORD_SIGN_IN_FAILURE, [subject])).failures
}

/** Forgets the failures of a subject that has signed in. */
export async function clearSignInFailures(db: Queryable, subject: string): Promise<void> {
  await db.query(CLEAR_SIGN_IN_FAILURES, [subject])
}
