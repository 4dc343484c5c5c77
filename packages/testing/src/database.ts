import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { databaseUrl, dropDatabase, onServer } from './test-server.ts'

/** A database of a test's own. Disposing ends its pool and drops it. */
export interface TestDatabase extends AsyncDisposable {
  name: string
  pool: pg.Pool
  url: string
}

/**
 * A migrated database for the calling test file (or test), made from the run's template in some 40 ms.
 * Rejects with the reason when the run has no PostgreSQL or the migrations do not apply.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { template, trouble } = inject('testServer')
  if (template === null) throw new Error(trouble ?? 'there is no template database')
  return createDatabase(template)
}

/** A database without anything in it, for tests of migrations. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0')
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const { trouble, url: serverUrl } = inject('testServer')
  if (serverUrl === null) throw new Error(trouble ?? 'there is no PostgreSQL')
  const name = `andon_test_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl, (client) =>
    client.query(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`),
  )
  const url = databaseUrl(serverUrl, name)
  const pool = new pg.Pool({ connectionString: url })
  // Connections that a test cuts off are that test's business, not an uncaught error of the run.
  pool.on('error', () => {})
  return {
    name,
    pool,
    url,
    async [Symbol.asyncDispose]() {
      if (!pool.ended) await pool.end()
      await dropDatabase(serverUrl, name)
    },
  }
}
