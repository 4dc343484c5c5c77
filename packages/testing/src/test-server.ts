import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@andon/store'
import { startEmbeddedPostgres, stopLeftoverPostgres } from '@andon/store/embedded'
import pg from 'pg'

/** What test files are told about the PostgreSQL of the run. */
interface TestServerFacts {
  /** A migrated database that nobody connects to; null when the migrations failed, then `trouble` says why. */
  template: string | null
  /** Why there is no server or no template; null when all is well. */
  trouble: string | null
  /** URL of a database of the server from which others are made; null when there is no server. */
  url: string | null
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServerFacts
  }
}

/** The PostgreSQL of one test run. */
export interface TestServer extends AsyncDisposable {
  facts: TestServerFacts
}

const FOLDER_PREFIX = 'andon-tests-'

/**
 * Starts the one PostgreSQL of a test run, or uses the server of the given URL (its user must be allowed to create
 * databases), and migrates the template. Trouble is told in `facts`, so that tests without a database still run.
 * With ANDON_TEST_SYSTEM_POSTGRES=1 the server's programs are those of the system.
 */
export async function startTestServer(serverUrl: string | undefined): Promise<TestServer> {
  const stack = new AsyncDisposableStack()
  try {
    const url = serverUrl ?? (await startOwnServer(stack))
    const name = `andon_template_${randomBytes(5).toString('hex')}`
    await onServer(url, (client) => client.query(`create database ${pg.escapeIdentifier(name)}`))
    stack.defer(() => dropDatabase(url, name))
    const trouble = await migrateTemplate(databaseUrl(url, name))
    return withFacts(stack, { template: trouble ? null : name, trouble, url })
  } catch (error) {
    await stack.disposeAsync()
    return withFacts(new AsyncDisposableStack(), {
      template: null,
      trouble: `No database: ${String(error)}`,
      url: null,
    })
  }
}

/** The URL of another database of the same server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Runs some statements on the server, outside any test's database. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Drops a database even while somebody is connected to it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await onServer(url, (client) => client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`))
}

async function startOwnServer(stack: AsyncDisposableStack): Promise<string> {
  await removeLeftovers()
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`))
  // The server's user passes through it when the tests run as root.
  await chmod(folder, 0o711)
  stack.defer(() => rm(folder, { force: true, recursive: true }))
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    durability: 'none',
    systemBinaries: process.env['ANDON_TEST_SYSTEM_POSTGRES'] === '1',
  })
  stack.use(server)
  return server.connectionString
}

/** Ends the servers of runs that were killed before they could. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^andon-tests-(\d+)-/.exec(name)?.[1] ?? process.pid)
    if (pid === process.pid || isRunning(pid)) continue
    const folder = join(tmpdir(), name)
    await stopLeftoverPostgres(join(folder, 'data')).catch(() => {})
    await rm(folder, { force: true, recursive: true }).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function migrateTemplate(url: string): Promise<string | null> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  try {
    await migrate(pool)
    return null
  } catch (error) {
    return `The template database could not be migrated: ${String(error)}`
  } finally {
    await pool.end()
  }
}

function withFacts(stack: AsyncDisposableStack, facts: TestServerFacts): TestServer {
  return { facts, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
