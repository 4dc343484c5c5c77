import { migrationStatus } from '@andon/store'
import { emptyDatabase, testDatabase } from '@andon/testing'
import { expect, it } from 'vitest'

it('gives each caller a migrated database of its own', async () => {
  await using one = await testDatabase()
  await using other = await testDatabase()
  await one.pool.query('create table only_here (id int)')
  const { rows } = await other.pool.query("select to_regclass('only_here') as found")
  expect(rows).toEqual([{ found: null }])
  expect((await migrationStatus(other.pool)).pending).toEqual([])
})

it('gives an empty database and drops it at the end', async () => {
  const empty = await emptyDatabase()
  const { rows } = await empty.pool.query("select count(*)::int as tables from pg_tables where schemaname = 'public'")
  expect(rows).toEqual([{ tables: 0 }])
  await empty[Symbol.asyncDispose]()
  await using other = await emptyDatabase()
  const found = await other.pool.query('select from pg_database where datname = $1', [empty.name])
  expect(found.rowCount).toBe(0)
})
