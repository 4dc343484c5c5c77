import { requireQuery } from '@andon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportCsv, indexJobs } from '../src/index.ts'
import { type Bench, bench } from './fixtures.ts'

let b: Bench
beforeAll(async () => {
  b = await bench()
  await b.rows(`insert into job_type (name) values ('print.label'), ('report.pdf')`)
  await b.rows(`insert into lane (kind, name, slots) values ('printer', '=Label, 01', 1), ('queue', 'default', null)`)
  await b.rows(`insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
      created_at, started_at, finished_at, description, subject_type, subject_id, created_by, items_total, items_done,
      items_failed, proof, error)
    select (lpad(to_hex(extract(epoch from at)::bigint * 1000), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid,
      1, 1 + n % 2, 1 + n % 2, 4 + n % 4, 1, 1, 5, 1, at, at, at, at + interval '1.5 seconds',
      (array['=1+1', ' @cmd', 'a "b", c', E'two\\nlines', '-12', '', null])[1 + n % 7], 'order', 'MO-' || n, 'anna',
      case n % 2 when 0 then 20 end, case n % 2 when 0 then 18 end, case n % 2 when 0 then 2 end,
      case n % 2 when 0 then 4 end,
      case when n % 4 = 2 then '{"code":"printer_offline","message":"+off, line"}'::jsonb end
    from (select n, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour' as at from generate_series(1, 12000) n) x`)
  await b.create(5)
})
afterAll(() => b[Symbol.asyncDispose]())

async function text(q: string): Promise<string> {
  let all = ''
  const request = { query: requireQuery(q), visible: { all: true }, canReadPayloads: true } as const
  for await (const piece of exportCsv(b.store, request)) all += piece
  return all
}

/** Cells of RFC 4180 text. */
function parse(csv: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('an export', () => {
  test('holds every job once, newest first, each with all columns', async () => {
    const rows = parse(await text(''))
    expect(rows).toHaveLength(1 + 12_000 + 5)
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([17]))
    const created = rows.slice(1).map((row) => row[0] ?? '')
    expect(created.slice(5)).toEqual(created.slice(5).toSorted().toReversed())
  })

  test('is the same whether jobs are read plainly or looked for', async () => {
    const ids = await b.rows<{ id: string }>('select id from job_done')
    await indexJobs(
      b.store,
      ids.slice(0, 3_000).map((row) => row.id),
    )
    const plain = await text('state:failed')
    const found = await text('state:failed by:anna')
    expect(found).toBe(plain)
    expect(parse(plain)).toHaveLength(1 + 3_000)
    expect(await text('state:completed created:2026-01-01..2026-02-01')).toBe(
      await text('state:completed created:2026-01-01..2026-02-01 by:*'),
    )
  })

  test('leaves empty what a job has not, read either way', async () => {
    const plain = await text('state:queued')
    expect(await text('state:queued by:anna')).toBe(plain)
    expect(parse(plain)[1]?.filter((cell) => cell !== '')).toHaveLength(5)
  })

  test('cannot be made to run formulas', async () => {
    const cells = parse(await text('type:print.label')).flat()
    expect(cells).toContain("'=1+1")
    expect(cells).toContain("' @cmd")
    expect(cells).toContain("'=Label, 01")
    expect(cells).toContain("'+off, line")
    expect(cells).toContain('-12')
    expect(cells).toContain('a "b", c')
    expect(cells.filter((cell) => /^[=@\t\r]/.test(cell))).toEqual([])
  })

  test('of nothing is its header', async () => {
    expect(parse(await text('queue:nowhere'))).toHaveLength(1)
    expect(parse(await text('by:nobody'))).toHaveLength(1)
  })
})
