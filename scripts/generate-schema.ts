// Writes packages/store/schema.sql from a database that the migrations made, or with --check says whether it is out of
// date. Starts a PostgreSQL of its own in a temporary folder; TEST_DATABASE_URL names another server to use.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore, schemaSnapshot } from '../packages/store/src/index.ts'
import { databaseUrl, startTestServer } from '../packages/testing/src/test-server.ts'

const path = 'packages/store/schema.sql'
const file = join(import.meta.dirname, '..', path)
const isCheck = process.argv.includes('--check')
const NOTE = '-- Written by `npm run generate` from a migrated database. To read and to compare, not to run.\n\n'

const text = NOTE + (await readSchema())
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text
if (!isCurrent && isCheck) console.error(`${path} is out of date: run npm run generate`)
if (!isCurrent && !isCheck) writeFileSync(file, text)
console.log(`schema: ${isCurrent ? 'current' : isCheck ? 'out of date' : 'written'}`)
process.exitCode = isCheck && !isCurrent ? 1 : 0

async function readSchema(): Promise<string> {
  await using server = await startTestServer(process.env['TEST_DATABASE_URL'])
  const { template, trouble, url } = server.facts
  if (url === null || template === null) throw new Error(trouble ?? 'there is no database')
  await using store = await openStore({ connection: databaseUrl(url, template), maxConnections: 1 })
  return await schemaSnapshot(store)
}
