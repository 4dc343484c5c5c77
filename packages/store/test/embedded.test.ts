import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { EmbeddedConnection, EmbeddedEvent, EmbeddedPostgresOptions } from '@andon/store/embedded'
import { findEmbeddedPostgres, startEmbeddedPostgres, stopLeftoverPostgres } from '@andon/store/embedded'
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { isAlive, processesIn } from '../src/embedded/processes.ts'
import { inspectServer } from '../src/embedded/settings.ts'

const run = promisify(execFile)
const leftovers = new AsyncDisposableStack()
let prepared: Promise<string> | undefined

afterAll(() => leftovers.disposeAsync())

it('starts on a new folder, durable and closed to everybody else, and again on the same one', async () => {
  await using folder = await dataFolder()
  const first = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(first).toMatchObject({ adopted: false, state: 'running' })
  await query(first.connection, 'create table kept as select 1 as one')
  expect(await settingsOf(first.connection)).toEqual({
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    jit: 'off',
    listen_addresses: '',
    password_encryption: 'scram-sha-256',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
  })
  expect((await query(first.connection, "select datcollate from pg_database where datname = 'andon'")).rows).toEqual([
    { datcollate: 'C' },
  ])
  expect((await stat(join(folder.data, 'password'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder.data, 'pgdata'))).mode & 0o777).toBe(0o700)
  expect((await stat(first.connection.host)).mode & 0o777).toBe(0o700)
  await expect(query({ ...first.connection, password: 'password' }, 'select 1')).rejects.toMatchObject({
    code: '28P01',
  })
  await first.stop()
  await using second = await startEmbeddedPostgres({ dataDir: folder.data })
  expect((await query(second.connectionString, 'select one from kept')).rows).toEqual([{ one: 1 }])
})

it('leaves nothing running after stop, which may be called twice', async () => {
  await using folder = await usedFolder()
  const server = await startEmbeddedPostgres({ dataDir: folder.data })
  const pid = Number(server.pid)
  // A client that stays connected does not hold it up.
  const client = new pg.Client(server.connection)
  client.on('error', () => {})
  await client.connect()
  await Promise.all([server.stop(), server.stop()])
  await server.stop()
  expect(await isAlive(pid)).toBe(false)
  expect(await processesIn(join(folder.data, 'pgdata'))).toEqual([])
  expect(existsSync(server.connection.host)).toBe(false)
  expect(server).toMatchObject({ pid: null, state: 'stopped' })
})

it('is made whole by a start after one that was cut short', async () => {
  await using folder = await dataFolder()
  await mkdir(join(folder.data, 'pgdata.new'), { recursive: true })
  await writeFile(join(folder.data, 'pgdata.new', 'PG_VERSION'), '18\n')
  await writeFile(join(folder.data, 'pgdata.password'), 'old')
  await using server = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(server.state).toBe('running')
})

it('refuses a second owner in the same process and in another one, naming the first', async () => {
  await using folder = await usedFolder()
  await using owner = await ownerProcess(folder.data)
  const refused = startEmbeddedPostgres({ dataDir: folder.data })
  await expect(refused).rejects.toMatchObject({ code: 'data_folder_in_use' })
  await expect(refused).rejects.toThrow(`process ${owner.pid}`)
  await expect(stopLeftoverPostgres(folder.data)).rejects.toMatchObject({ code: 'data_folder_in_use' })
  expect((await query(owner.connection, 'select 1 as one')).rows).toEqual([{ one: 1 }])

  await using other = await usedFolder()
  await using server = await startEmbeddedPostgres({ dataDir: other.data })
  await expect(startEmbeddedPostgres({ dataDir: other.data })).rejects.toThrow(`process ${process.pid}`)
  expect((await query(server.connection, 'select 1 as one')).rows).toEqual([{ one: 1 }])
})

it('takes over the server whose owner was killed, with its connections and rows', async () => {
  await using folder = await usedFolder()
  const owner = await ownerProcess(folder.data)
  await query(owner.connection, 'create table kept as select 1 as one')
  expect(await findEmbeddedPostgres(folder.data)).toEqual(owner.connection)
  await owner.kill()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(server).toMatchObject({ adopted: true, connection: owner.connection, pid: owner.serverPid, way: null })
  expect((await query(server.connection, 'select one from kept')).rows).toEqual([{ one: 1 }])
  await server.stop()
  expect(await isAlive(owner.serverPid)).toBe(false)
  expect(await processesIn(join(folder.data, 'pgdata'))).toEqual([])
})

it('starts a server again that it took over and that was killed then', async () => {
  await using folder = await usedFolder()
  const owner = await ownerProcess(folder.data)
  await query(owner.connection, 'create table kept as select 1 as one')
  await owner.kill()
  const events = eventLog()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, onEvent: events.add })
  process.kill(owner.serverPid, 'SIGKILL')
  await events.next('restarted')
  expect((await query(server.connection, 'select one from kept')).rows).toEqual([{ one: 1 }])
})

it('stops a server left running that is not durable, and starts its own', async () => {
  await using folder = await usedFolder()
  const owner = await ownerProcess(folder.data, 'none')
  await query(owner.connection, 'create table kept as select 1 as one')
  await owner.kill()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(server.adopted).toBe(false)
  expect(server.pid).not.toBe(owner.serverPid)
  expect(await settingsOf(server.connection)).toMatchObject({ fsync: 'on', full_page_writes: 'on' })
  expect((await query(server.connection, 'select one from kept')).rows).toEqual([{ one: 1 }])
})

it('stops a server left running that was told other settings, and starts its own', async () => {
  await using folder = await usedFolder()
  const owner = await ownerProcess(folder.data)
  await owner.kill()
  const told = join(folder.data, 'pgdata', 'postmaster.opts')
  await writeFile(told, (await readFile(told, 'utf8')).replace('"-c"', '"-c" "an.older=setting" "-c"'))
  const said: string[] = []
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, log: (message) => said.push(message) })
  expect(server.adopted).toBe(false)
  expect(said).toContain(`Stopping the PostgreSQL left running, process ${owner.serverPid}.`)
  expect(await isAlive(owner.serverPid)).toBe(false)
})

it('makes a cluster for a test run, which gives up what makes it last', async () => {
  await using folder = await dataFolder()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, durability: 'none' })
  expect(await settingsOf(server.connection)).toMatchObject({ fsync: 'off', data_checksums: 'on' })
  expect((await query(await server.database('beside'), 'select current_database() as name')).rows).toEqual([
    { name: 'beside' },
  ])
})

it('ends what an owner left running when told to', async () => {
  await using folder = await usedFolder()
  const owner = await ownerProcess(folder.data)
  await owner.kill()
  expect(await stopLeftoverPostgres(folder.data)).toBe(true)
  expect(await isAlive(owner.serverPid)).toBe(false)
  expect(await stopLeftoverPostgres(folder.data)).toBe(false)
  expect(await findEmbeddedPostgres(folder.data)).toBe(null)
  expect(await findEmbeddedPostgres(join(folder.data, 'nowhere'))).toBe(null)
})

it('starts the server again when it is killed; what was committed is there', async () => {
  await using folder = await usedFolder()
  const events = eventLog()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, onEvent: events.add })
  const pool = new pg.Pool(server.connection)
  pool.on('error', () => {})
  await pool.query('create table kept (id int)')
  for (let round = 1; round <= 3; round++) {
    await pool.query('insert into kept values ($1)', [round])
    const pid = Number(server.pid)
    process.kill(pid, 'SIGKILL')
    expect(await events.next('exited')).toMatchObject({ how: 'ended by SIGKILL' })
    expect(await events.next('restarted')).toMatchObject({ pid: server.pid })
    expect(server.pid).not.toBe(pid)
    const { rows } = await pool.query('select count(*)::int as rows from kept')
    expect(rows).toEqual([{ rows: round }])
  }
  await pool.end()
})

it('can be stopped while it is being started again', async () => {
  await using folder = await usedFolder()
  const events = eventLog()
  const server = await startEmbeddedPostgres({ dataDir: folder.data, onEvent: events.add })
  process.kill(Number(server.pid), 'SIGKILL')
  await events.next('exited')
  await server.stop()
  expect(server.state).toBe('stopped')
  expect(await processesIn(join(folder.data, 'pgdata'))).toEqual([])
  await using again = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(again.state).toBe('running')
})

it('goes on trying, slower and slower, while the server does not start', async () => {
  await using folder = await usedFolder()
  const events = eventLog()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, onEvent: events.add })
  const control = join(folder.data, 'pgdata', 'global', 'pg_control')
  const kept = await readFile(control)
  await writeFile(control, 'damaged')
  process.kill(Number(server.pid), 'SIGKILL')
  const failed = await events.next('restart_failed')
  expect(failed).toMatchObject({ error: { code: 'start_failed' }, nextAttemptMs: 200 })
  expect(await events.next('restart_failed')).toMatchObject({ nextAttemptMs: 400 })
  expect(server.state).toBe('restarting')
  await writeFile(control, kept)
  await events.next('restarted')
  expect(server.state).toBe('running')
})

it('is not fooled by a process id in postmaster.pid that belongs to another process today', async () => {
  await using folder = await usedFolder()
  const cluster = join(folder.data, 'pgdata')
  const lines = [process.pid, cluster, 1, 5432, '/tmp', '', '  1  1', 'ready']
  await writeFile(join(cluster, 'postmaster.pid'), lines.join('\n'))
  await using server = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(server.adopted).toBe(false)
})

it('refuses a folder of another major version and says what to do', async () => {
  await using folder = await dataFolder()
  await mkdir(join(folder.data, 'pgdata'), { recursive: true })
  await writeFile(join(folder.data, 'pgdata', 'PG_VERSION'), '12\n')
  const refused = startEmbeddedPostgres({ dataDir: folder.data })
  await expect(refused).rejects.toMatchObject({ code: 'cluster_version' })
  await expect(refused).rejects.toThrow(/PostgreSQL 12.*backup/s)
})

it('refuses a cluster whose password is gone', async () => {
  await using folder = await usedFolder()
  await rm(join(folder.data, 'password'))
  await expect(startEmbeddedPostgres({ dataDir: folder.data })).rejects.toMatchObject({ code: 'password_missing' })
})

it('says what the server said when it does not start, and lets the next owner in', async () => {
  await using folder = await usedFolder()
  const control = join(folder.data, 'pgdata', 'global', 'pg_control')
  const kept = await readFile(control)
  await writeFile(control, 'damaged')
  const refused = startEmbeddedPostgres({ dataDir: folder.data })
  await expect(refused).rejects.toMatchObject({ code: 'start_failed' })
  await expect(refused).rejects.toThrow('pg_control')
  await writeFile(control, kept)
  await using server = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(server.state).toBe('running')
})

it('does not accept a server without fsync', async () => {
  await using folder = await usedFolder()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, durability: 'none' })
  await expect(inspectServer(server.connection, 'full')).rejects.toMatchObject({ code: 'not_durable' })
})

it('keeps fsync on whatever the cluster itself is told', async () => {
  await using folder = await usedFolder()
  const first = await startEmbeddedPostgres({ dataDir: folder.data })
  await query(first.connection, 'alter system set fsync = off')
  await query(first.connection, "alter system set listen_addresses = '*'")
  await first.stop()
  await using second = await startEmbeddedPostgres({ dataDir: folder.data })
  expect(await settingsOf(second.connection)).toMatchObject({ fsync: 'on', listen_addresses: '' })
})

it('tells once when the disk runs short', async () => {
  await using folder = await usedFolder()
  const events = eventLog()
  const options: EmbeddedPostgresOptions = { dataDir: folder.data, lowDiskBytes: Number.MAX_SAFE_INTEGER }
  await using server = await startEmbeddedPostgres({ ...options, onEvent: events.add })
  expect(await events.next('disk_low')).toMatchObject({ freeBytes: expect.any(Number) })
  expect(server.state).toBe('running')
})

it('puts the socket elsewhere when its name is taken by somebody else', async () => {
  await using folder = await usedFolder()
  const first = await startEmbeddedPostgres({ dataDir: folder.data })
  const { host } = first.connection
  await first.stop()
  await writeFile(host, 'not a folder')
  try {
    await using second = await startEmbeddedPostgres({ dataDir: folder.data })
    expect(second.connection.host).not.toBe(host)
    expect((await query(second.connection, 'select 1 as one')).rows).toEqual([{ one: 1 }])
  } finally {
    await rm(host)
  }
})

it('works in a folder with a long name of odd letters', async () => {
  await using folder = await dataFolder()
  const data = join(folder.data, 'Etikettendruck Straße 🖨 "quoted" $(x)', 'long'.repeat(40))
  await using server = await startEmbeddedPostgres({ dataDir: data })
  expect(Buffer.byteLength(server.connection.host)).toBeLessThan(100)
  expect((await query(server.connection, 'select 1 as one')).rows).toEqual([{ one: 1 }])
})

it.runIf(existsSync('/usr/lib/postgresql'))('uses the servers of the system when asked to', async () => {
  await using folder = await dataFolder()
  await using server = await startEmbeddedPostgres({ dataDir: folder.data, systemBinaries: true })
  const { rows } = await query(server.connection, "select current_setting('server_version_num')::int / 10000 as major")
  expect(rows).toEqual([{ major: Number((await readFile(join(folder.data, 'pgdata', 'PG_VERSION'), 'utf8')).trim()) }])
})

/** A folder for data; with a cluster in it that was started and stopped once, which is quicker than making one. */
async function usedFolder() {
  const folder = await dataFolder()
  prepared ??= makeCluster()
  await run('cp', ['-a', await prepared, folder.data])
  return folder
}

async function makeCluster(): Promise<string> {
  const folder = await dataFolder()
  leftovers.use(folder)
  await (await startEmbeddedPostgres({ dataDir: folder.data })).stop()
  return folder.data
}

async function dataFolder() {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'andon-embedded-')))
  await chmod(base, 0o755)
  return {
    data: join(base, 'data'),
    async [Symbol.asyncDispose]() {
      await rm(base, { force: true, recursive: true })
    },
  }
}

async function ownerProcess(dataDir: string, durability = 'full') {
  const program = fileURLToPath(new URL('./embedded-owner.ts', import.meta.url))
  const child = spawn(process.execPath, [program, dataDir, durability], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface(child.stdout), 'line')
  const said = JSON.parse(String(line)) as { connection: EmbeddedConnection; pid: number }
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    connection: said.connection,
    kill,
    pid: child.pid,
    serverPid: said.pid,
    async [Symbol.asyncDispose]() {
      await kill()
      await stopLeftoverPostgres(dataDir)
    },
  }
}

async function query(target: EmbeddedConnection | string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(typeof target === 'string' ? { connectionString: target } : target)
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

async function settingsOf(connection: EmbeddedConnection): Promise<Record<string, string>> {
  const { rows } = await query(
    connection,
    `select name, setting from pg_settings
     where name in ('data_checksums', 'fsync', 'full_page_writes', 'jit', 'listen_addresses', 'password_encryption',
                    'server_encoding', 'synchronous_commit')`,
  )
  return Object.fromEntries(rows.map((row) => [row.name, row.setting]))
}

function eventLog() {
  const seen: EmbeddedEvent[] = []
  let wake = () => {}
  return {
    add: (event: EmbeddedEvent): void => {
      seen.push(event)
      wake()
    },
    async next(kind: EmbeddedEvent['kind']): Promise<EmbeddedEvent> {
      for (;;) {
        const at = seen.findIndex((event) => event.kind === kind)
        const found = at === -1 ? undefined : seen.splice(at, 1)[0]
        if (found) return found
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
