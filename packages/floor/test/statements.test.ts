import { readdir, readFile } from 'node:fs/promises'
import { declaredStatements } from '@andon/store'
import { expect, test } from 'vitest'
import { FloorWorld } from './world.ts'

const LOGS = new URL('../src/queries/logs/', import.meta.url)

test('every statement fits the schema of its database', async () => {
  await using world = await FloorWorld.open()
  const ofLogs = await namesIn(LOGS)
  const declared = declaredStatements().filter(({ name }) => name.startsWith('floor_'))
  const wrong: string[] = []
  for (const [index, { name, text }] of declared.entries()) {
    const { pool } = ofLogs.has(name) ? world.logs : world.jobmanager
    await pool.query(`prepare s${index} as ${text}`).catch((error: Error) => wrong.push(`${name}: ${error.message}`))
  }
  expect(wrong).toEqual([])
  expect(declared.filter(({ name }) => ofLogs.has(name)).length).toBe(ofLogs.size)
  expect(declared.length).toBeGreaterThan(50)
})

/** Names of the statements that the files of a folder declare. */
async function namesIn(folder: URL): Promise<Set<string>> {
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')))
  return new Set(
    files.flatMap((text) => [...text.matchAll(/[sS]tatement\(\s*'(floor_\w+)'/g)].map(([, name]) => name ?? '')),
  )
}
