import { readdir } from 'node:fs/promises'
import { testDatabase } from '@andon/testing'
import { beforeAll, expect, test } from 'vitest'
import { declaredStatements } from '../src/statement.ts'

beforeAll(async () => {
  await import('../src/index.ts')
  const folder = new URL('../src/queries/', import.meta.url)
  const names = await readdir(folder, { recursive: true })
  for (const name of names.filter((each) => each.endsWith('.ts'))) await import(new URL(name, folder).href)
})

test('every statement fits the schema', async () => {
  await using database = await testDatabase()
  const wrong: string[] = []
  for (const [index, { name, text }] of declaredStatements().entries()) {
    // What is only explained cannot be prepared with the explaining.
    const prepared = text.replace(/^explain \([^)]*\) /, '')
    await database.pool
      .query(`prepare s${index} as ${prepared}`)
      .catch((error: Error) => wrong.push(`${name}: ${error.message}`))
  }
  expect(declaredStatements().length).toBeGreaterThan(50)
  expect(wrong).toEqual([])
})

test('what connections keep parsed goes on to work when a newer Andon adds columns', async () => {
  const kept = declaredStatements().filter(({ isKept }) => isKept)
  expect(kept.length).toBeGreaterThan(5)
  await using database = await testDatabase()
  await using stack = new AsyncDisposableStack()
  const client = await database.pool.connect()
  stack.defer(() => client.release())
  for (const { name, text } of kept) await client.query(`prepare ${name} as ${text}`)
  const { rows: tables } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  )
  for (const { name } of tables) await client.query(`alter table ${name} add column added int`)
  const { rows } = await client.query<{ name: string; n: number }>(
    'select name, cardinality(parameter_types) as n from pg_prepared_statements',
  )
  for (const { name, n } of rows) {
    const values = n === 0 ? '' : `(${Array.from({ length: n }, () => 'null').join(', ')})`
    await client.query(`explain execute ${name}${values}`)
  }
})
