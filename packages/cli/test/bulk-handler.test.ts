import { ARCHIVE_TYPE, BULK_TYPE, type BulkInput, CLEANUP_TYPE, type ProgressReport } from '@andon/core'
import { createAccount, createJobs, type NewJob, openStore, type Store } from '@andon/store'
import { testDatabase } from '@andon/testing'
import { type JobContext, StopReason } from '@andon/worker'
import { expect, test } from 'vitest'
import { bulkWork } from '../src/own-work/bulk/work.ts'
import { maintenanceWork } from '../src/own-work/maintenance/work.ts'

/** Runs a bulk operation in memory; `onProgress` hears of each set that is done. */
async function run(
  store: Store,
  input: Omit<BulkInput, 'asked_at' | 'reads_payloads'>,
  {
    onProgress = () => {},
    signal = new AbortController().signal,
  }: {
    readonly onProgress?: (report: ProgressReport) => void
    readonly signal?: AbortSignal
  },
): Promise<{ readonly lines: string[]; readonly ended: unknown }> {
  const account = await createAccount(
    store,
    { name: 'anna', role: 'operator', can_read_payloads: false },
    { name: 'x' },
  )
  const whole: BulkInput = { ...input, asked_at: new Date(Date.now() + 60_000).toISOString(), reads_payloads: false }
  const order: NewJob = { type: BULK_TYPE, queue: 'andon', input: whole, createdBy: 'anna', accountId: account.id }
  const [made] = await createJobs(store, [order])
  const lines: string[] = []
  const log = (message: string) => void lines.push(message)
  const context = {
    id: made?.id ?? '',
    input: whole,
    claimed: { createdAt: new Date(Date.now() + 60_000) },
    signal,
    log: { debug: log, info: log, warning: log, error: log },
    progress: onProgress,
  }
  const handler = bulkWork(store).handlers[BULK_TYPE]
  const ended = await Promise.resolve(handler?.(context as unknown as JobContext)).catch((error: unknown) => error)
  return { lines, ended }
}

test('it stops between two sets, and says how far it came', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url })
  const jobs = Array.from({ length: 1_200 }, () => ({ type: 'print.x', queue: 'a', createdBy: 'b' }))
  await createJobs(store, jobs)
  const stop = new AbortController()
  const reports: ProgressReport[] = []
  const onProgress = (report: ProgressReport) => {
    reports.push(report)
    if (reports.length === 2) stop.abort(new StopReason('cancelled', 'cancelled by anna'))
  }
  const { ended, lines } = await run(
    store,
    { action: 'cancel', query: 'type:print.*' },
    { onProgress, signal: stop.signal },
  )
  expect(ended).toBe(stop.signal.reason)
  expect(lines).toEqual(['Stopped on the way: 1000 cancelled'])
  expect(reports.at(-1)?.message).toMatch(/^1000( of about \d+)? jobs: 1000 cancelled$/)
  const { rows } = await store.pool.query('select count(*)::int as n from job_done')
  expect(rows).toEqual([{ n: 1_000 }])
})

test('maintenance cleans and moves months for whoever may, and says what came of it', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url })
  await store.pool.query(`select ensure_partitions('2026-01-15')`)
  const boss = await createAccount(store, { name: 'boss', role: 'admin', can_read_payloads: false }, { name: 'x' })
  const anna = await createAccount(store, { name: 'anna', role: 'operator', can_read_payloads: false }, { name: 'x' })
  const { handlers } = maintenanceWork(store)
  const end = async (type: string, input: unknown, by: Partial<NewJob>, signal = new AbortController().signal) => {
    const [made] = await createJobs(store, [
      { type, queue: 'maintenance', input, createdBy: 'system:retention', ...by },
    ])
    const log = () => {}
    const context = { id: made?.id ?? '', input, signal, progress: log, step: log, log: { info: log } }
    return Promise.resolve(handlers[type]?.(context as unknown as JobContext)).catch((error: unknown) => error)
  }
  const asBoss = { createdBy: 'boss', accountId: boss.id }
  const month = (action: string) => ({ action, month: '202601' })
  const summary = (words: string) => ({ outcome: { outcome: 'completed', summary: words } })
  expect(await end(ARCHIVE_TYPE, month('archive'), {})).toMatchObject(summary('January 2026 was archived: 0 jobs'))
  expect(await end(ARCHIVE_TYPE, month('archive'), {})).toMatchObject(summary('January 2026 was archived already'))
  expect(await end(ARCHIVE_TYPE, month('restore'), asBoss)).toMatchObject(summary('January 2026 is back: 0 jobs'))
  expect(await end(ARCHIVE_TYPE, month('restore'), asBoss)).toMatchObject(
    summary('January 2026 was in the history already'),
  )
  expect(await end(ARCHIVE_TYPE, month('delete'), asBoss)).toMatchObject({ code: 'state_conflict' })
  await end(ARCHIVE_TYPE, month('archive'), asBoss)
  expect(await end(ARCHIVE_TYPE, month('delete'), asBoss)).toMatchObject(summary('January 2026 was deleted for good'))
  expect(await end(ARCHIVE_TYPE, month('delete'), asBoss)).toMatchObject(summary('January 2026 was deleted already'))
  const asAnna = { createdBy: 'anna', accountId: anna.id }
  expect(await end(ARCHIVE_TYPE, month('archive'), asAnna)).toMatchObject({ code: 'forbidden' })
  expect(await end(ARCHIVE_TYPE, {}, asBoss)).toMatchObject({ code: 'validation_failed' })
  expect(await end(CLEANUP_TYPE, null, asBoss)).toMatchObject(summary('Nothing was older than its rule'))
  const stopped = AbortSignal.abort(new StopReason('cancelled', 'cancelled by anna'))
  expect(await end(CLEANUP_TYPE, null, asBoss, stopped)).toBe(stopped.reason)
  const { rows } = await store.pool.query(`select actor, action from audit where target = 'month:202601' order by id`)
  expect(rows).toEqual([
    { actor: 'system:retention', action: 'history.archive' },
    { actor: 'boss', action: 'history.restore' },
    { actor: 'boss', action: 'history.archive' },
    { actor: 'boss', action: 'history.delete' },
  ])
})

test('it comes to jobs by outcome, told in words', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url })
  const ids = (await createJobs(store, [{ type: 'print.x', createdBy: 'b', isHeld: true }])).map(({ id }) => id)
  const nobody = '0190a000-0000-7000-8000-000000000000'
  const percents: (number | undefined)[] = []
  const { ended } = await run(
    store,
    { action: 'release', ids: [...ids, nobody] },
    { onProgress: ({ percent }) => void percents.push(percent) },
  )
  const result = { released: 1, not_found: 1 }
  const summary = '1 released; left alone: 1 not there any more'
  expect(ended).toMatchObject({ outcome: { outcome: 'completed', result, summary } })
  expect(percents).toEqual([99])
  const none = await store.pool.query(`select phase from job where id = $1`, ids)
  expect(none.rows).toEqual([{ phase: 1 }])
})
