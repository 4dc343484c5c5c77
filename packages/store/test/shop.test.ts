import { randomBytes } from 'node:crypto'
import { EVENT_KINDS, type PrinterStatus } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  changeAccount,
  changePrinter,
  clearSignInFailures,
  createAccount,
  createPool,
  createPrinter,
  createSession,
  createTicket,
  createToken,
  endSession,
  findAccount,
  findDocument,
  forgetSecrets,
  findPrinter,
  isTokenLive,
  listAudit,
  listAttention,
  listPools,
  listPrinters,
  listTokens,
  listViews,
  printerHistory,
  printerQueue,
  readDocument,
  readSettings,
  recordSignInFailure,
  removeExpiredDocuments,
  removeView,
  revokeToken,
  sampleThroughput,
  jobStats,
  saveView,
  setPassword,
  signInFailures,
  storeDocument,
  toPoolView,
  toPrinterView,
  useSession,
  useTicket,
  useToken,
  writePrinterStatus,
  writeSetting,
} from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

const actor = { name: 'admin', address: '10.0.0.1' }
const HOUR_MS = 3_600_000
const soon = () => new Date(Date.now() + HOUR_MS)
const over = () => new Date(Date.now() - HOUR_MS)

describe('people', () => {
  test('sign in, are changed and disabled, and the audit keeps it', async () => {
    const root = await createAccount(b.store, { name: 'root', role: 'admin' }, actor)
    await expect(createAccount(b.store, { name: 'root', role: 'viewer' }, actor)).rejects.toMatchObject({
      code: 'name_taken',
    })
    await expect(changeAccount(b.store, 'root', { role: 'viewer' }, actor)).rejects.toMatchObject({
      code: 'last_administrator',
    })
    await expect(changeAccount(b.store, 'root', { is_disabled: true }, actor)).rejects.toMatchObject({
      code: 'last_administrator',
    })
    await expect(changeAccount(b.store, 'nobody', {}, actor)).rejects.toMatchObject({ code: 'user_not_found' })
    await createAccount(b.store, { name: 'second', role: 'admin' }, actor)
    expect(await changeAccount(b.store, 'second', { role: 'viewer' }, actor)).toMatchObject({ role: 'viewer' })
    const anna = await createAccount(b.store, { name: 'anna', role: 'operator', email: 'a@b.c' }, actor)
    const idHash = randomBytes(32)
    await createSession(b.store, {
      idHash,
      accountId: anna.id,
      expiresAt: soon(),
      address: null,
      userAgent: 'x'.repeat(900),
    })
    expect(await useSession(b.store, idHash, HOUR_MS)).toMatchObject({ name: 'anna', role: 'operator' })
    expect(await useSession(b.store, idHash, 0)).toBeNull()
    await setPassword(b.store, anna, 'hash', actor)
    expect(await useSession(b.store, idHash, HOUR_MS)).toBeNull()
    expect((await findAccount(b.store, 'anna'))?.password_hash).toBe('hash')
    await createSession(b.store, { idHash, accountId: anna.id, expiresAt: soon(), address: null, userAgent: null })
    await changeAccount(b.store, 'anna', { is_disabled: true, email: null }, actor)
    expect(await useSession(b.store, idHash, HOUR_MS)).toBeNull()
    await endSession(b.store, idHash)
    const audit = await listAudit(b.store, { target: 'account:anna', limit: 10 })
    expect(audit.map((entry) => entry.action)).toEqual(['account.change', 'account.password', 'account.create'])
    expect(JSON.stringify(audit)).not.toContain('hash')
    expect(await listAudit(b.store, { actor: 'admin', before: audit[0]?.id ?? '0', limit: 1 })).toHaveLength(1)
    expect(root.role).toBe('admin')
  })

  test('have tokens that stand until they are over, revoked, or their owner disabled', async () => {
    const owner = await createAccount(b.store, { name: 'bot', role: 'operator' }, actor)
    const make = (expiresAt: Date | null) => {
      const token = {
        id: b.store.newId(),
        accountId: owner.id,
        name: 'ci',
        hash: randomBytes(32),
        prefix: 'andon_ab',
        expiresAt,
      }
      return createToken(b.store, { ...token, scopes: ['read', 'jobs'] }, actor).then(() => token)
    }
    const [good, old] = [await make(null), await make(over())]
    expect(await useToken(b.store, good.hash)).toMatchObject({
      name: 'bot',
      token_id: good.id,
      scopes: ['read', 'jobs'],
    })
    expect(await useToken(b.store, old.hash)).toBeNull()
    expect((await listTokens(b.store, owner.id)).map((token) => token.last_used_at !== null)).toEqual([false, true])
    await expect(revokeToken(b.store, good.id, owner.id + 1, actor)).rejects.toMatchObject({ code: 'token_not_found' })
    expect(await isTokenLive(b.store, good.id)).toBe(true)
    await revokeToken(b.store, good.id, null, actor)
    expect(await useToken(b.store, good.hash)).toBeNull()
    expect(await isTokenLive(b.store, good.id)).toBe(false)
  })

  test('use a ticket once, even two at a time', async () => {
    const owner = await createAccount(b.store, { name: 'eve', role: 'viewer' }, actor)
    const hash = randomBytes(32)
    await createTicket(b.store, { hash, kind: 'stream', accountId: owner.id, expiresAt: soon() })
    expect(await useTicket(b.store, hash, 'sign_in')).toBeNull()
    const used = await Promise.all([1, 2, 3].map(() => useTicket(b.store, hash, 'stream')))
    expect(used.filter((ticket) => ticket !== null)).toHaveLength(1)
    const late = randomBytes(32)
    await createTicket(b.store, { hash: late, kind: 'sign_in', accountId: owner.id, expiresAt: over() })
    expect(await useTicket(b.store, late, 'sign_in')).toBeNull()
  })

  test('are counted when they mistype', async () => {
    expect(await recordSignInFailure(b.store, 'name:x')).toBe(1)
    expect(await recordSignInFailure(b.store, 'name:x')).toBe(2)
    expect((await signInFailures(b.store, 'name:x')).count).toBe(2)
    await b.rows(`update sign_in_failure set last_at = now() - interval '2 hours'`)
    expect(await recordSignInFailure(b.store, 'name:x')).toBe(1)
    await clearSignInFailures(b.store, 'name:x')
    expect((await signInFailures(b.store, 'name:x')).count).toBe(0)
    await recordSignInFailure(b.store, 'name:y')
    await b.rows(`update sign_in_failure set last_at = now() - interval '2 days'`)
    await forgetSecrets(b.store)
    expect(await b.rows(`select from sign_in_failure where subject = 'name:y'`)).toEqual([])
  })

  test('keep views and settings', async () => {
    const [anna, bob] = await Promise.all(
      ['va', 'vb'].map((name) => createAccount(b.store, { name, role: 'viewer' }, actor)),
    )
    if (anna === undefined || bob === undefined) throw new Error('no accounts')
    const view = {
      id: b.store.newId(),
      accountId: anna.id,
      name: 'mine',
      page: 'jobs',
      query: 'q=state:failed',
      is_shared: true,
      is_default: true,
    }
    await b.store.transaction((tx) => saveView(tx, view))
    await expect(b.store.transaction((tx) => saveView(tx, { ...view, accountId: bob.id }))).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(b.store.transaction((tx) => saveView(tx, { ...view, id: b.store.newId() }))).rejects.toMatchObject({
      code: 'name_taken',
    })
    await b.store.transaction((tx) => saveView(tx, { ...view, id: b.store.newId(), name: 'other' }))
    expect((await listViews(b.store, anna.id)).map((one) => [one.name, one.is_default])).toEqual([
      ['mine', false],
      ['other', true],
    ])
    expect((await listViews(b.store, bob.id)).map((one) => one.is_own)).toEqual([false, false])
    expect(await removeView(b.store, view.id, bob.id)).toBe(false)
    expect(await removeView(b.store, view.id, anna.id)).toBe(true)
    await writeSetting(b.store, 'retention.days', 30, actor)
    await writeSetting(b.store, 'retention.days', 60, actor)
    expect((await readSettings(b.store)).get('retention.days')).toBe(60)
    expect(await listAudit(b.store, { target: 'setting:retention.days', limit: 9 })).toMatchObject([
      { before: 30, after: 60 },
      { before: null },
    ])
  })
})

describe('printers', () => {
  const status = (change: Partial<PrinterStatus>): PrinterStatus => ({
    state: 'idle',
    reasons: [],
    supplies: [],
    queuedJobs: null,
    message: null,
    capabilities: null,
    model: null,
    ...change,
  })

  test('are added to pools, watched, and shown with what is the matter', async () => {
    const pool = await createPool(b.store, 'labels', actor)
    const made = await createPrinter(
      b.store,
      { name: 'L1', driver: 'ipp', uri: 'ipp://h/ipp/print', pool: 'labels', settings: { password: 'x' } },
      actor,
    )
    expect(made).toMatchObject({ name: 'L1', pool: 'labels', pool_id: pool.id, state: 'unknown', jobs_waiting: 0 })
    const again = { name: 'L1', driver: 'raw', uri: 'socket://h:9100' } as const
    await expect(createPrinter(b.store, again, actor)).rejects.toMatchObject({ code: 'printer_exists' })
    await expect(createPrinter(b.store, { ...again, name: 'L2', pool: 'none' }, actor)).rejects.toMatchObject({
      code: 'pool_not_found',
    })
    expect(await findPrinter(b.store, 'L2')).toBeNull()

    const jam = [{ reason: 'media-jam', severity: 'error', raw: 'media-jam-error' }] as const
    const report = { printerId: made.id, isAnswered: true }
    expect(await writePrinterStatus(b.store, { ...report, status: status({ model: 'M1' }) })).toBe(true)
    expect(await writePrinterStatus(b.store, { ...report, status: status({}) })).toBe(false)
    // Between two labels a printer is idle: its history tells of none of that.
    for (const state of ['processing', 'idle', 'processing'] as const) {
      expect(await writePrinterStatus(b.store, { ...report, status: status({ state }) })).toBe(true)
    }
    expect(await writePrinterStatus(b.store, { ...report, status: status({ state: 'stopped', reasons: jam }) })).toBe(
      true,
    )
    const row = await findPrinter(b.store, 'L1')
    if (row === null) throw new Error('no printer')
    expect(toPrinterView(row, null)).toMatchObject({
      status_text: 'Needs attention',
      model: 'M1',
      troubles: [{ reason: 'media-jam', severity: 'error' }],
    })
    expect(await listAttention(b.store, { all: true })).toMatchObject([
      { kind: 'printer', id: 'L1', severity: 'error' },
    ])
    const nobody = { printerId: 4_711, isAnswered: true, status: status({}) }
    expect(await writePrinterStatus(b.store, nobody)).toBe(false)
    await expect(changePrinter(b.store, 4_711, { location: 'x' }, actor)).rejects.toMatchObject({
      code: 'printer_not_found',
    })
    const history = await printerHistory(b.store, made.id, {
      since: over(),
      limit: 10,
      kind: EVENT_KINDS.printer_changed,
    })
    expect(history.map((moment) => moment.state)).toEqual(['stopped', 'idle'])

    const worn = [{ reason: 'media-low', severity: 'warning', raw: 'media-low-warning' }] as const
    await writePrinterStatus(b.store, { ...report, status: status({ reasons: worn }) })
    expect(await listAttention(b.store, { all: true })).toMatchObject([{ id: 'L1', severity: 'warning' }])

    expect(await changePrinter(b.store, made.id, { station: null }, actor)).toMatchObject({ station: null })
    const moved = await changePrinter(b.store, made.id, { pool: null, location: 'Hall 2' }, actor)
    expect(moved).toMatchObject({ pool: null, location: 'Hall 2' })
    const audit = await listAudit(b.store, { target: `lane:${made.id}`, limit: 10 })
    expect(audit[0]).toMatchObject({ action: 'printer.change', target: `printer:${made.name}` })
    expect(await listAudit(b.store, { target: `printer:${made.name}`, limit: 10 })).toEqual(audit)
    expect(JSON.stringify(audit)).not.toContain('"x"')
    expect((await listPools(b.store)).map(toPoolView)).toMatchObject([{ name: 'labels', printers: [] }])
  })

  test('have a queue in the order in which they print', async () => {
    const made = await createPrinter(
      b.store,
      { name: 'Q1', driver: 'virtual', uri: 'virtual:q', pool: 'labels' },
      actor,
    )
    const job = { type: 'print.label', laneId: made.id }
    const [low] = await b.create([{ ...job, priority: 'low' }])
    const [urgent] = await b.create([{ ...job, priority: 'urgent' }])
    const [pooled] = await b.create([{ type: 'print.label', laneId: made.pool_id ?? 0 }])
    const [held] = await b.create([{ ...job, isHeld: true }])
    expect(await printerQueue(b.store, made, 10)).toEqual([urgent, pooled, low, held])
    expect((await listPrinters(b.store)).find((row) => row.name === 'Q1')?.jobs_waiting).toBe(3)
  })
})

describe('documents', () => {
  test('go in and out in pieces, and nothing stays of one that breaks', async () => {
    const bytes = randomBytes(2_500_000)
    const facts = { name: 'a.pdf', contentType: 'application/pdf', pages: 3, createdBy: 'anna', accountId: null }
    const pieces = Array.from({ length: 40 }, (_, n) => bytes.subarray(n * 62_500, (n + 1) * 62_500))
    const id = b.store.newId()
    const row = await storeDocument(
      b.store,
      { ...facts, id, expiresAt: over() },
      { bytes: pieces, maxBytes: 3_000_000 },
    )
    expect(Number(row.size_bytes)).toBe(bytes.length)
    const out: Buffer[] = []
    for await (const chunk of readDocument(b.store, id)) out.push(chunk)
    expect(out.map((chunk) => chunk.length)).toEqual([1_048_576, 1_048_576, 402_848])
    expect(Buffer.concat(out).equals(bytes)).toBe(true)
    const big = b.store.newId()
    const tooBig = storeDocument(
      b.store,
      { ...facts, id: big, expiresAt: null },
      { bytes: pieces, maxBytes: 1_000_000 },
    )
    await expect(tooBig).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(await findDocument(b.store, big)).toBeNull()
    const whole = b.store.newId()
    const exact = { bytes: [bytes.subarray(0, 1_048_576), new Uint8Array()], maxBytes: 3_000_000 }
    await storeDocument(b.store, { ...facts, id: whole, expiresAt: null }, exact)
    const lengths: number[] = []
    for await (const chunk of readDocument(b.store, whole)) lengths.push(chunk.length)
    expect(lengths).toEqual([1_048_576])
    expect(await removeExpiredDocuments(b.store, new Date(), 10)).toBe(1)
    expect(await findDocument(b.store, id)).toBeNull()
  })
})

test('the throughput of the last hour is what the counters gained', async () => {
  await b.rows(`insert into throughput (process_id, minute, state, n)
    select 0, date_trunc('minute', now()) - m * interval '1 minute', s, 100 - m from generate_series(1, 3) m, unnest('{4,6}'::smallint[]) s`)
  const [lane] = await b.rows<{ id: number }>(`select id from lane limit 1`)
  await b.rows(`insert into counter values (5, $1, 4, 104), (5, $1, 6, 99)`, [lane?.id])
  await sampleThroughput(b.store)
  const { throughput, completed_last_hour, failed_last_hour } = await jobStats(b.store)
  expect(throughput.slice(-3).map((minute) => minute.completed)).toEqual([1, 1, 5])
  expect([completed_last_hour, failed_last_hour]).toEqual([7, 2])
  await b.rows(`update counter set n = n + 3 where process_id = 5 and state = 4`)
  expect(await jobStats(b.store)).toMatchObject({ completed_last_hour: 10, failed_last_hour: 2 })
})
