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
    await database.pool
      .query(`prepare s${index} as ${text}`)
      .catch((error: Error) => wrong.push(`${name}: ${error.message}`))
  }
  expect(declaredStatements().length).toBeGreaterThan(50)
  expect(wrong).toEqual([])
})
