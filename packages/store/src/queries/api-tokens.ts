import type { Scope, TokenView } from '@andon/core'
import { problem } from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { keptStatement, statement } from '../statement.ts'
import type { AccountFacts } from './accounts.ts'

/** A token without its secret. */
export interface TokenRow {
  id: string
  name: string
  account: string
  account_id: number
  prefix: string
  scopes: Scope[]
  /** The only station that it may speak for, and its name; null for a token that is tied to none. */
  station_id: number | null
  station: string | null
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
  revoked_at: Date | null
}

/** What a new token is made from; the token itself is shown once and not kept. */
export interface NewToken {
  readonly id: string
  readonly accountId: number
  readonly name: string
  /** SHA-256 of the token. */
  readonly hash: Uint8Array
  /** Its first characters. */
  readonly prefix: string
  readonly scopes: readonly Scope[]
  /** The only station that it may speak for; null ties it to none. */
  readonly stationId?: number | null
  /** Null: never. */
  readonly expiresAt: Date | null
}

/** The account that a token stands for, with what the token allows. */
export interface TokenAccountRow extends AccountFacts {
  token_id: string
  token_name: string
  scopes: Scope[]
  token_station_id: number | null
  token_expires_at: Date | null
}

const CREATE_TOKEN = statement(
  'create_api_token',
  `insert into api_token (id, account_id, name, hash, prefix, scopes, expires_at, station_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8)
   returning id, name, (select a.name from account a where a.id = account_id) as account, account_id, prefix, scopes,
     station_id, (select s.name from station s where s.id = station_id) as station, created_at, expires_at, last_used_at, revoked_at`,
)

const USE_TOKEN = keptStatement(
  'use_api_token',
  `select a.id, a.name, a.display_name, a.email, a.role, a.can_read_payloads, a.password_hash, a.created_at,
     a.disabled_at, t.id as token_id, t.name as token_name, t.scopes, t.station_id as token_station_id,
     t.expires_at as token_expires_at, t.last_used_at is null or t.last_used_at < now() - interval '1 minute' as is_unnoted
   from api_token t join account a on a.id = t.account_id and a.disabled_at is null
   where t.hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())`,
)

const NOTE_TOKEN = statement('note_api_token', `update api_token set last_used_at = now() where id = $1`)

const LIST_TOKENS = statement(
  'list_api_tokens',
  `select t.id, t.name, a.name as account, t.account_id, t.prefix, t.scopes, t.station_id, s.name as station,
     t.created_at, t.expires_at, t.last_used_at, t.revoked_at
   from api_token t join account a on a.id = t.account_id left join station s on s.id = t.station_id
   where $1::int is null or t.account_id = $1
   order by t.id desc`,
)

const REVOKE_TOKEN = statement(
  'revoke_api_token',
  `update api_token t set revoked_at = coalesce(revoked_at, now())
   where t.id = $1 and ($2::int is null or t.account_id = $2)
   returning t.id, t.name, (select a.name from account a where a.id = t.account_id) as account, t.account_id,
     t.prefix, t.scopes, t.station_id, (select s.name from station s where s.id = t.station_id) as station, t.created_at,
     t.expires_at, t.last_used_at, t.revoked_at`,
)

const LIVE_TOKEN = statement(
  'live_api_token',
  `select id from api_token where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
)

/** Keeps a new token. */
export function createToken(store: Store, token: NewToken, actor: Actor): Promise<TokenRow> {
  return store.transaction(async (tx) => {
    const { id, accountId, name, hash, prefix, scopes, expiresAt, stationId = null } = token
    const values = [id, accountId, name, hash, prefix, scopes, expiresAt, stationId]
    const row = onlyRow(await tx.query<TokenRow>(CREATE_TOKEN, values))
    const after = { name, account: row.account, scopes, station: row.station, expires_at: expiresAt }
    await writeAudit(tx, actor, [{ action: 'token.create', target: `token:${id}`, after }])
    return row
  })
}

/** Whom a token stands for; null when it is unknown, revoked or over, or its account disabled. Notes its use, once a minute. */
export async function useToken(db: Queryable, hash: Uint8Array): Promise<TokenAccountRow | null> {
  const found = firstRow(await db.query<TokenAccountRow & { is_unnoted: boolean }>(USE_TOKEN, [hash]))
  if (found === null) return null
  const { is_unnoted: isUnnoted, ...row } = found
  if (isUnnoted) await db.query(NOTE_TOKEN, [row.token_id])
  return row
}

/** Tokens, newest first: of one account, or of all (null). */
export function listTokens(db: Queryable, accountId: number | null): Promise<TokenRow[]> {
  return db.query<TokenRow>(LIST_TOKENS, [accountId])
}

/**
 * Revokes a token: at once, for good. Every server ends its streams.
 *
 * @param accountId only a token of this account; null is any
 * @throws token_not_found
 */
export async function revokeToken(store: Store, id: string, accountId: number | null, actor: Actor): Promise<TokenRow> {
  const revoked = await store.transaction(async (tx) => {
    const [row] = await tx.query<TokenRow>(REVOKE_TOKEN, [id, accountId])
    if (row === undefined) throw problem('token_not_found')
    await writeAudit(tx, actor, [{ action: 'token.revoke', target: `token:${id}`, before: { name: row.name } }])
    return row
  })
  store.notifier.rights()
  return revoked
}

/** Whether a token still stands: asked again for streams that it opened. */
export async function isTokenLive(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(LIVE_TOKEN, [id])
  return rows.length > 0
}

/** A token as it is shown. */
export function toTokenView(row: TokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    account: row.account,
    prefix: row.prefix,
    scopes: row.scopes,
    station: row.station,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }
}
