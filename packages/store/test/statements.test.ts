import { readdir } from 'node:fs/promises'
import { testDatabase } from '@andon/testing'
import { expect, test } from 'vitest'
import { declaredStatements } from '../src/statement.ts'

test('every statement fits the schema', async () => {
  const folder = new URL('../src/queries/', import.meta.url)
  for (const name of await readdir(folder)) await import(new URL(name, folder).href)
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
