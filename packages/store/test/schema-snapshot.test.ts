import { readFile } from 'node:fs/promises'
import { openStore, schemaSnapshot } from '@andon/store'
import { testDatabase } from '@andon/testing'
import { expect, test } from 'vitest'

const SNAPSHOT = new URL('../schema.sql', import.meta.url)

test('the schema is the one that is kept, whatever the version of PostgreSQL', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url, maxConnections: 1 })
  const kept = await readFile(SNAPSHOT, 'utf8')
  expect(await schemaSnapshot(store)).toBe(kept.slice(kept.indexOf('\n\n') + 2))
})

test('a month that comes or goes is no change of the schema; a column, an index or a rule is', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url, maxConnections: 1 })
  const before = await schemaSnapshot(store)
  await database.pool.query("select ensure_partitions('2031-05-01')")
  expect(await schemaSnapshot(store)).toBe(before)
  const changes = [
    'alter table site add column note text',
    "alter table site alter column name set default 'x'",
    'alter table site alter column name drop not null',
    'create index site_created on site (created_at)',
    'alter table site add check (id < 100)',
    'alter table job set (fillfactor = 80)',
    'drop view job_any',
    'drop trigger audit_append_only on audit',
    'create or replace function uuid_floor(at timestamptz) returns uuid language sql as $$ select null::uuid $$',
    'create sequence other_seq',
  ]
  let last = before
  for (const change of changes) {
    await database.pool.query(change)
    const now = await schemaSnapshot(store)
    expect(now, change).not.toBe(last)
    last = now
  }
})
