import { type Actor, writeAudit } from '../actor.ts'
import type { Queryable, Store } from '../pool.ts'
import { statement } from '../statement.ts'

const READ_SETTINGS = statement('read_settings', `select key, value from setting where site_id = $1`)

const READ_SETTING = statement('read_setting', `select value from setting where site_id = $1 and key = $2 for update`)

const WRITE_SETTING = statement(
  'write_setting',
  `insert into setting (site_id, key, value, changed_by) values ($1, $2, $3, $4)
   on conflict (site_id, key) do update set value = excluded.value, changed_at = now(), changed_by = excluded.changed_by`,
)

/** All settings that differ from their defaults, by key; their values are not checked. */
export async function readSettings(db: Queryable, siteId = 1): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db.query<{ key: string; value: unknown }>(READ_SETTINGS, [siteId])
  return new Map(rows.map((row) => [row.key, row.value]))
}

/** Sets one setting. */
export function writeSetting(store: Store, key: string, value: unknown, actor: Actor): Promise<void> {
  return store.transaction(async (tx) => {
    const [before] = await tx.query<{ value: unknown }>(READ_SETTING, [1, key])
    await tx.query(WRITE_SETTING, [1, key, JSON.stringify(value), actor.name])
    await writeAudit(tx, actor, [
      { action: 'setting.change', target: `setting:${key}`, before: before?.value ?? null, after: value },
    ])
  })
}
