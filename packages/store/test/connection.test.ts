import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { connect } from 'node:net'
import { problem } from '@andon/core'
import { testDatabase } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CounterSlots } from '../src/counter-slots.ts'
import { mapDatabaseError } from '../src/database-errors.ts'
import { type Notification, openStore, SILENT, statement } from '../src/index.ts'
import { keptStatement } from '../src/statement.ts'
import { notificationsOf, Notifier } from '../src/notifier.ts'

let database: Awaited<ReturnType<typeof testDatabase>>

beforeAll(async () => {
  database = await testDatabase()
})

afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

/** A proxy in front of the database whose connections can be cut. */
async function proxied() {
  const target = new URL(database.url)
  const host = target.searchParams.get('host') ?? decodeURIComponent(target.hostname)
  const port = Number(target.searchParams.get('port') ?? (target.port || 5432))
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        near.destroy()
        far.destroy()
        sockets.delete(socket)
      })
    }
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(database.url)
  url.searchParams.delete('host')
  url.searchParams.delete('port')
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('the store', () => {
  test('sets its limits for each session', async () => {
    await using store = await openStore({ connection: database.url, statementTimeoutMs: 1_234 })
    const { rows } = await store.pool.query('select current_setting($1) as timeout, current_setting($2) as jit', [
      'statement_timeout',
      'jit',
    ])
    expect(rows).toEqual([{ timeout: '1234ms', jit: 'off' }])
  })

  test('keeps statements of the hot path parsed, and no others', async () => {
    await using store = await openStore({ connection: database.url, maxConnections: 1 })
    for (const given of [ONE, KEPT_ONE, KEPT_ONE]) await store.query(given)
    await store.transaction((tx) => tx.query(KEPT_ONE))
    const { rows } = await store.pool.query('select name, generic_plans::int as n from pg_prepared_statements')
    expect(rows).toEqual([{ name: 'test_kept_one', n: 3 }])
  })

  test('says that the database cannot be reached', async () => {
    await expect(openStore({ connection: 'postgres://u:p@127.0.0.1:1/x' })).rejects.toMatchObject({
      code: 'database_unavailable',
    })
  })

  test('says that a statement took too long', async () => {
    await using store = await openStore({ connection: database.url, statementTimeoutMs: 20 })
    await expect(store.query(SLEEP)).rejects.toMatchObject({ code: 'database_timeout' })
  })

  test('rolls back a transaction that fails', async () => {
    await using store = await openStore({ connection: database.url })
    const failing = store.transaction(async (tx) => {
      await tx.query(INSERT_SETTING)
      throw problem('internal')
    })
    await expect(failing).rejects.toMatchObject({ code: 'internal' })
    expect((await store.pool.query('select key from setting')).rows).toEqual([])
  })

  test('tells of more than a notification holds by telling all to look', async () => {
    await using store = await openStore({ connection: database.url })
    const told: Notification[] = []
    const notifier = new Notifier(store, (notification) => told.push(notification))
    notifier.ready(Array.from({ length: 101 }, (_, n) => n))
    await notifier.idle()
    expect(told).toEqual([{ kind: 'sweep' }, { kind: 'events' }])
  })

  test('loses a notification that cannot be sent, and sends the next one', async () => {
    const sent: unknown[] = []
    const answers = [problem('database_unavailable'), new Error('odd'), null]
    const query = async (_statement: unknown, values: readonly unknown[] = []) => {
      const answer = answers.shift()
      if (answer) throw answer
      sent.push(JSON.parse(String(values[0])))
      return []
    }
    const notifier = new Notifier({ query }, () => {})
    for (const queueId of [1, 2, 3]) {
      notifier.ready([queueId])
      await notifier.idle()
    }
    expect(sent).toEqual([{ r: [3], e: 1 }])
  })

  test('hears of others, and sweeps after its connection was cut', async () => {
    const proxy = await proxied()
    const store = await openStore({ connection: database.url, listenConnection: proxy.url })
    const other = await openStore({ connection: database.url })
    const heard: Notification[] = []
    let tell: () => void = () => undefined
    const until = async (kind: Notification['kind'], count: number): Promise<void> => {
      while (heard.filter((one) => one.kind === kind).length < count)
        await new Promise<void>((resolve) => (tell = resolve))
    }
    const listening = store.listen((notification) => {
      heard.push(notification)
      tell()
    })
    await until('sweep', 1)
    expect(store.isListening).toBe(true)
    other.notifier.ready([7])
    other.notifier.cancel(['01890000-0000-7000-8000-000000000000'])
    await until('cancel', 1)
    expect(heard).toContainEqual({ kind: 'ready', queueIds: [7] })
    proxy.cut()
    await until('sweep', 2)
    other.notifier.ready([8])
    await until('ready', 2)
    await listening[Symbol.asyncDispose]()
    expect(store.isListening).toBeNull()
    await store.close()
    await other.close()
    await proxy.close()
  })

  test('hears for whoever comes while the last one is leaving', async () => {
    await using store = await openStore({ connection: database.url })
    const first = store.listen(() => undefined)
    await expect.poll(() => store.isListening).toBe(true)
    const leaving = first[Symbol.asyncDispose]()
    const heard: Notification[] = []
    store.listen((notification) => heard.push(notification))
    await leaving
    await expect.poll(() => heard).toContainEqual({ kind: 'sweep' })
    store.notifier.ready([9])
    await expect.poll(() => heard.filter(({ kind }) => kind === 'ready')).toHaveLength(1)
  })

  test('hears nothing any more once it is closed, whoever still listens or comes then', async () => {
    const store = await openStore({ connection: database.url })
    const heard: Notification[] = []
    store.listen((notification) => heard.push(notification))
    await expect.poll(() => heard).toEqual([{ kind: 'sweep' }])
    await store.close()
    store.listen((notification) => heard.push(notification))
    expect(store.isListening).toBeNull()
    expect(heard).toHaveLength(1)
  })

  test('goes on when idle connections of it are ended, and says so until it is closed', async () => {
    const warnings: string[] = []
    const log = { ...SILENT, warn: (_fields: object, message: string) => warnings.push(message) }
    const name = 'andon ended idle'
    await using store = await openStore({ connection: database.url, log, applicationName: name })
    await store.query(ONE)
    await database.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
      name,
    ])
    await expect.poll(() => warnings).toContain('an idle database connection broke')
    expect(await store.query(ONE)).toHaveLength(1)
  })

  test('tells all who listen, also when one of them fails', async () => {
    const errors: string[] = []
    const log = { ...SILENT, error: (_fields: object, message: string) => errors.push(message) }
    await using store = await openStore({ connection: database.url, log })
    store.listen(() => {
      throw new Error('odd')
    })
    const heard: Notification[] = []
    store.listen((notification) => heard.push(notification))
    await expect.poll(() => heard).toEqual([{ kind: 'sweep' }])
    expect(errors).toEqual(['a listener failed'])
  })
})

const ONE = statement('test_one', 'select 1')
const KEPT_ONE = keptStatement('test_kept_one', 'select 1')
const SLEEP = statement('test_sleep', 'select pg_sleep(10)')
const INSERT_SETTING = statement(
  'test_insert_setting',
  `insert into setting (key, value, changed_by) values ('a', '1', 'anna')`,
)

/** A pooler in front of the database: it refuses settings at the start of a session, as poolers do. */
async function pooler(): Promise<{ url: string; refusals: number } & AsyncDisposable> {
  const behind = await proxied()
  const target = new URL(behind.url)
  const behindPort = Number(target.port)
  const told = { url: '', refusals: 0 }
  const server = createServer((near) => {
    near.on('error', () => undefined)
    near.once('data', (first) => {
      if (first.includes('options')) {
        told.refusals += 1
        const fields = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: options\0\0')
        const head = Buffer.from('E\0\0\0\0')
        head.writeInt32BE(fields.length + 4, 1)
        near.end(Buffer.concat([head, fields]))
        return
      }
      const far = connect(behindPort, '127.0.0.1')
      far.on('error', () => near.destroy()).on('close', () => near.destroy())
      near.on('close', () => far.destroy())
      far.write(first)
      near.pipe(far).pipe(near)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  target.port = String((server.address() as AddressInfo).port)
  return Object.assign(told, {
    url: target.href,
    [Symbol.asyncDispose]: async () => {
      await behind.close()
      server.close()
    },
  })
}

describe('a pooler', () => {
  test('that takes no settings gets them as defaults of the database', async () => {
    await using between = await pooler()
    await using store = await openStore({ connection: between.url, maxConnections: 1, statementTimeoutMs: 12_345 })
    const [row] = await store.query<{ statement_timeout: string }>(TIMEOUT)
    expect(row).toEqual({ statement_timeout: '12345ms' })
    expect(between.refusals).toBe(1)
  })

  test('behind which nothing may be set is lived with, and told', async () => {
    await using between = await pooler()
    const warnings: string[] = []
    const role = `nobody_${process.pid}`
    await database.pool.query(`create role ${role} login password 'x'`)
    const url = new URL(between.url)
    url.username = role
    url.password = 'x'
    const log = { ...SILENT, warn: (_fields: object, message: string) => warnings.push(message) }
    try {
      await using store = await openStore({ connection: url.href, maxConnections: 1, log })
      expect(await store.query(TIMEOUT)).toHaveLength(1)
    } finally {
      await database.pool.query(`drop role ${role}`)
    }
    expect(warnings).toEqual(['time limits could not be set for the database behind the pooler'])
  })
})

const TIMEOUT = statement('test_statement_timeout', `select current_setting('statement_timeout') as statement_timeout`)

describe('database errors', () => {
  test.each([
    ['53100', 'disk_full'],
    ['57014', 'database_timeout'],
    ['55P03', 'database_timeout'],
    ['57P01', 'database_unavailable'],
    ['08006', 'database_unavailable'],
    ['53300', 'database_unavailable'],
    ['25006', 'database_unavailable'],
    ['ECONNRESET', 'database_unavailable'],
    ['22021', 'nul_character'],
  ])('%s is %s', (code, name) => {
    expect(mapDatabaseError(Object.assign(new Error('x'), { code }))).toMatchObject({ code: name })
  })

  test('without a code of the database stay as they are', () => {
    for (const odd of [{ code: 7 }, 'text', null]) expect(mapDatabaseError(odd)).toBe(odd)
  })

  test('by their message where there is no code; others stay as they are', () => {
    expect(mapDatabaseError(new Error('could not extend file: No space left on device'))).toMatchObject({
      code: 'disk_full',
    })
    expect(mapDatabaseError(new Error('Connection terminated unexpectedly'))).toMatchObject({
      code: 'database_unavailable',
    })
    expect(mapDatabaseError(new Error('timeout exceeded when trying to connect'))).toMatchObject({
      code: 'database_unavailable',
    })
    const other = Object.assign(new Error('duplicate key'), { code: '23505' })
    expect(mapDatabaseError(other)).toBe(other)
    expect(mapDatabaseError('text')).toBe('text')
  })
})

test('counter ids are never used by two at once, until there are more than there are ids', async () => {
  const slots = new CounterSlots(() => 0.5)
  const used: number[] = []
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const all = Array.from({ length: 18 }, () =>
    slots.use(async (id) => {
      used.push(id)
      await gate
    }),
  )
  release()
  await Promise.all(all)
  expect(new Set(used).size).toBe(16)
  expect(Math.max(...used)).toBeLessThan(2 ** 31)
})

test('a payload that cannot be read, or says too much, is a sweep', () => {
  expect(notificationsOf({ s: 1 })).toEqual([{ kind: 'sweep' }])
  expect(notificationsOf({ r: [1], e: 1 })).toEqual([{ kind: 'ready', queueIds: [1] }, { kind: 'events' }])
})
