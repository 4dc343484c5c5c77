import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** What an installation makes once for itself and never shows. */
export type SecretName = 'qz.identity' | 'sign_in.access_token_key'

// Not by way of the settings' own command, whose audit would hold the secret.
const KEEP_SECRET = statement(
  'keep_secret',
  `with kept as (
     insert into setting (site_id, key, value, changed_by) select 1, $1, $2::jsonb, 'system' where $2::jsonb is not null
     on conflict (site_id, key) do nothing returning value
   )
   select value from kept union all select value from setting where site_id = 1 and key = $1
   limit 1`,
)

/** The secret that is kept; null before there is one. Its shape is that with which it was kept. */
export async function readSecret<T>(db: Queryable, name: SecretName): Promise<T | null> {
  const [row] = await db.query<{ value: T }>(KEEP_SECRET, [name, null])
  return row?.value ?? null
}

/** Keeps a new secret unless another server was quicker; the one that is kept now. */
export async function keepSecret<T>(db: Queryable, name: SecretName, made: T): Promise<T> {
  await db.query(KEEP_SECRET, [name, JSON.stringify(made)])
  return onlyRow(await db.query<{ value: T }>(KEEP_SECRET, [name, null])).value
}
