import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startTcpProxy } from '@andon/testing'
import { serverAddress, throughAddress } from './address.ts'

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync)

/** Why there can be no pgbouncer here; null when there can. */
export const noPgbouncer: string | null =
  PROGRAM === undefined ? 'pgbouncer is not installed (Debian: apt-get install pgbouncer)' : null

/** One pgbouncer in transaction mode with four connections to the server. */
export interface Pgbouncer extends AsyncDisposable {
  readonly url: string
  /** Ends it as a crash would; `start` brings one back on the same port. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Starts pgbouncer on a free port of loopback before the database of a URL; `more` are lines of its configuration. */
export async function startPgbouncer(databaseUrl: string, more = ''): Promise<Pgbouncer> {
  const stack = new AsyncDisposableStack()
  // The server's socket may lie in a folder that pgbouncer's user cannot enter.
  const wire = stack.use(await startTcpProxy(serverAddress(databaseUrl)))
  const { database, password, user } = throughAddress(databaseUrl, wire)
  const folder = await mkdtemp(join(tmpdir(), 'andon-pgbouncer-'))
  stack.defer(() => rm(folder, { force: true, recursive: true }))
  await chmod(folder, 0o755)
  const port = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
andon = host=${wire.host} port=${wire.port} user=${user} password=${String(password)} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 100
${more}
`,
  )
  let running: { kill: () => Promise<void> } | null = null
  const start = async (): Promise<void> => {
    running = await run(config)
  }
  const kill = async (): Promise<void> => {
    await running?.kill()
    running = null
  }
  stack.defer(kill)
  await start()
  return {
    url: `postgres://${user}@127.0.0.1:${port}/andon`,
    kill,
    start,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function run(config: string): Promise<{ kill: () => Promise<void> }> {
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(PROGRAM ?? '', [...asNobody, config], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const lines: string[] = []
  const output = createInterface(child.stderr)
  await new Promise<void>((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line)
      if (line.includes('process up')) resolve()
    })
    void ended.then(() => reject(new Error(`pgbouncer ended: ${lines.join('\n')}`)))
  })
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
