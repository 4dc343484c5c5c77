import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** What every QZ Tray of the installation is to trust. */
export interface StoredQzIdentity {
  /** PEM. */
  readonly certificate: string
  /** PKCS #8, PEM. Never leaves the server. */
  readonly key: string
}

const KEY = 'qz.identity'

// Not by way of the settings' own command, whose audit would hold the key.
const KEEP_QZ_IDENTITY = statement(
  'keep_qz_identity',
  `with kept as (
     insert into setting (site_id, key, value, changed_by) select 1, $1, $2::jsonb, 'system' where $2::jsonb is not null
     on conflict (site_id, key) do nothing returning value
   )
   select value from kept union all select value from setting where site_id = 1 and key = $1
   limit 1`,
)

/** The identity that is kept; null before there is one. */
export async function readQzIdentity(db: Queryable): Promise<StoredQzIdentity | null> {
  const [row] = await db.query<{ value: StoredQzIdentity }>(KEEP_QZ_IDENTITY, [KEY, null])
  return row?.value ?? null
}

/** Keeps a new identity unless another server was quicker; the one that is kept now. */
export async function keepQzIdentity(db: Queryable, made: StoredQzIdentity): Promise<StoredQzIdentity> {
  await db.query(KEEP_QZ_IDENTITY, [KEY, JSON.stringify(made)])
  return onlyRow(await db.query<{ value: StoredQzIdentity }>(KEEP_QZ_IDENTITY, [KEY, null])).value
}
