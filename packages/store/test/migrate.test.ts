import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, migrationStatus } from '@andon/store'
import { emptyDatabase } from '@andon/testing'
import pg from 'pg'
import { expect, it } from 'vitest'

const FIRST = 'create table thing (id int primary key); insert into thing values (1)'
const SECOND = 'alter table thing add column name text'

it('applies each migration once, in order, and says how far the database is', async () => {
  await using database = await emptyDatabase()
  await using folder = await migrationsOf({ '0001_first.sql': FIRST })
  expect(await migrationStatus(database.pool, folder)).toEqual({
    codeVersion: 1,
    databaseVersion: 0,
    pending: [{ name: 'first', version: 1 }],
  })
  expect(await migrate(database.pool, folder)).toEqual([1])
  await writeFile(join(folder.dir, '0002_second.sql'), SECOND)
  expect(await migrate(database.pool, folder)).toEqual([2])
  expect(await migrate(database.pool, folder)).toEqual([])
  expect(await migrationStatus(database.pool, folder)).toEqual({ codeVersion: 2, databaseVersion: 2, pending: [] })
})

it('lets eight processes race: one applies, all succeed', async () => {
  await using database = await emptyDatabase()
  await using folder = await migrationsOf({ '0001_first.sql': FIRST, '0002_second.sql': SECOND })
  const results = await Promise.all(Array.from({ length: 8 }, () => migrate(database.pool, folder)))
  expect(results.flat().toSorted((a, b) => a - b)).toEqual([1, 2])
  expect((await database.pool.query('select id, name from thing')).rows).toEqual([{ id: 1, name: null }])
})

it('refuses a database that is newer than the code', async () => {
  await using database = await emptyDatabase()
  await using newer = await migrationsOf({ '0001_first.sql': FIRST, '0002_second.sql': SECOND })
  await using older = await migrationsOf({ '0001_first.sql': FIRST })
  await migrate(database.pool, newer)
  await expect(migrate(database.pool, older)).rejects.toMatchObject({ code: 'database_newer' })
  expect(await migrationStatus(database.pool, older)).toMatchObject({ codeVersion: 1, databaseVersion: 2 })
})

it('refuses a migration that was changed after it was applied', async () => {
  await using database = await emptyDatabase()
  await using folder = await migrationsOf({ '0001_first.sql': FIRST })
  await migrate(database.pool, folder)
  await writeFile(join(folder.dir, '0001_first.sql'), `${FIRST} -- changed`)
  await expect(migrate(database.pool, folder)).rejects.toMatchObject({ code: 'migration_changed' })
})

it('leaves nothing of a migration that fails, and keeps those before it', async () => {
  await using database = await emptyDatabase()
  await using folder = await migrationsOf({
    '0001_first.sql': FIRST,
    '0002_broken.sql': 'create table half (id int); select no_such_function()',
  })
  await expect(migrate(database.pool, folder)).rejects.toMatchObject({ code: 'migration_failed' })
  const { rows } = await database.pool.query(
    "select to_regclass('thing') is not null as thing, to_regclass('half') as half",
  )
  expect(rows).toEqual([{ half: null, thing: true }])
  await writeFile(join(folder.dir, '0002_broken.sql'), 'create table half (id int)')
  expect(await migrate(database.pool, folder)).toEqual([2])
})

it.each([
  { files: { 'first.sql': FIRST }, name: 'without a number' },
  { files: { '0001_first.sql': FIRST, '0003_third.sql': SECOND }, name: 'with a number left out' },
  { files: { '0001_first.sql': FIRST, '0001_other.sql': SECOND }, name: 'with a number twice' },
])('refuses files $name', async ({ files }) => {
  await using database = await emptyDatabase()
  await using folder = await migrationsOf(files)
  await expect(migrate(database.pool, folder)).rejects.toMatchObject({ code: 'migrations_invalid' })
})

it('passes on what the database refuses, and changes nothing', async () => {
  await using database = await emptyDatabase()
  await using folder = await migrationsOf({ '0001_first.sql': FIRST })
  await using none = await migrationsOf({})
  const role = `reader_${process.pid}`
  await database.pool.query(`create role ${role} login password 'x'`)
  const url = new URL(database.url)
  url.username = role
  url.password = 'x'
  const pool = new pg.Pool({ connectionString: url.href })
  const refused = { code: '42501' }
  try {
    await expect(migrate(pool, folder)).rejects.toMatchObject(refused)
    await migrate(database.pool, none)
    await expect(migrationStatus(pool, folder)).rejects.toMatchObject(refused)
    await database.pool.query(`grant create on schema public to ${role}; grant select on schema_migration to ${role}`)
    await expect(migrate(pool, folder)).rejects.toMatchObject(refused)
    expect(await migrationStatus(database.pool, folder)).toMatchObject({ databaseVersion: 0 })
  } finally {
    await pool.end()
    await database.pool.query(`drop owned by ${role}; drop role ${role}`)
  }
})

async function migrationsOf(files: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'andon-migrations-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) }
}
