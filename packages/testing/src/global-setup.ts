import type { TestProject } from 'vitest/node'
import { startTestServer } from './test-server.ts'

/**
 * Vitest's global set-up: one PostgreSQL for the whole run, the embedded one with fsync off, or the server that
 * TEST_DATABASE_URL names; and one migrated template from which test files make their databases.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer(process.env['TEST_DATABASE_URL'])
  project.provide('testServer', server.facts)
  if (server.facts.trouble) console.error(server.facts.trouble)
  return async () => {
    await server[Symbol.asyncDispose]()
  }
}
