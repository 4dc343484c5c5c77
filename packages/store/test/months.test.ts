import { type FinalState, uuidFloor } from '@andon/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archiveMonth, dropArchivedMonth, importFinished, internTypes, listAudit, listMonths } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

const ANNA = { name: 'anna' }
const GONE = uuidFloor(Date.parse('2026-02-10T10:00:00Z'))
const KEPT = uuidFloor(Date.parse('2026-03-10T10:00:00Z'))

/** What hangs on a job, with one row of each for `$1`. */
const PARTS = {
  attempt: 'insert into attempt (job_id, number, started_at) values ($1, 1, now())',
  cleaned_job: `insert into cleaned_job (job_id, rule, items, log_lines, documents) values ($1, 'all', 0, 0, 0)`,
  document: `insert into document (id, name, content_type, size_bytes, sha256, created_by, job_id)
    values (gen_random_uuid(), 'own.pdf', 'application/pdf', 1, '', 'anna', $1)`,
  item: `insert into item (job_id, idx, content) values ($1, 0, '^XA^XZ')`,
  job_log: `insert into job_log (job_id, attempt, at, level, message) values ($1, 1, now(), 1, 'x')`,
  job_search: `insert into job_search (job_id, tokens) values ($1, 'x')`,
  retried: 'insert into retried (job_id, retry_id) values ($1, gen_random_uuid())',
} as const

test('a month that is deleted takes all that hangs on its jobs, and nothing of another month', async () => {
  await imported([GONE, KEPT])
  for (const id of [GONE, KEPT]) for (const insert of Object.values(PARTS)) await b.rows(insert, [id])
  await b.rows(`insert into document_chunk (document_id, n, data) select id, 0, 'x' from document`)
  await b.rows(
    `insert into document (id, name, content_type, size_bytes, sha256, created_by, job_id, is_shared)
     values (gen_random_uuid(), 'shared.pdf', 'application/pdf', 1, '', 'anna', $1, true)`,
    [GONE],
  )
  await archiveMonth(b.store, '202602', ANNA)
  await dropArchivedMonth(b.store, '202602', ANNA)

  // Events have months of their own, and go by their age.
  expect(await b.rows(`select relname from pg_class where relname ~ '_202602' and relname !~ '^event'`)).toEqual([])
  expect((await listMonths(b.store)).map(({ month }) => month)).not.toContain('202602')
  for (const table of Object.keys(PARTS)) {
    const left = await b.rows(`select job_id from ${table} where job_id = any($1::uuid[]) order by 1`, [[GONE, KEPT]])
    // A document that other jobs print as well outlives the first of them.
    expect(left, table).toEqual(table === 'document' ? [{ job_id: GONE }, { job_id: KEPT }] : [{ job_id: KEPT }])
  }
  expect(await b.rows('select name from document order by name')).toEqual([{ name: 'own.pdf' }, { name: 'shared.pdf' }])
  expect(await b.row('select count(*)::int as n from document_chunk')).toEqual({ n: 1 })
  const [entry] = await listAudit(b.store, { target: 'month:202602', limit: 1 })
  expect(entry).toMatchObject({ actor: 'anna', action: 'history.delete', before: { size_bytes: expect.any(Number) } })
})

async function imported(ids: readonly string[]): Promise<void> {
  const type = (await internTypes(b.store, ['test.work'])).get('test.work')
  const queue = await b.queue('history')
  const times = ['2026-02-10T10:00:00Z', '2026-03-10T10:00:00Z'].map((time) => new Date(time))
  await importFinished(
    b.store,
    ids.map((id, n) => ({
      id,
      typeId: type?.id ?? 0,
      queueId: queue.id,
      state: 'completed' satisfies FinalState,
      priority: 'normal',
      attempt: 1,
      maxAttempts: 1,
      createdAt: times[n] ?? new Date(),
      startedAt: null,
      finishedAt: times[n] ?? new Date(),
      description: null,
      subject: null,
      tags: null,
      createdBy: 'import',
      items: null,
      printerId: null,
      proof: null,
      error: null,
      summary: null,
    })),
  )
}
