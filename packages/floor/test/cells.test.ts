import { expect, test } from 'vitest'
import type { CellRow } from '../src/queries/logs/runlists.ts'
import { cellBook, cellsOf, countCells, jobKey, urgency } from '../src/views/cells.ts'

function row(given: Partial<CellRow>): CellRow {
  return {
    owner: '4604',
    version_tag: 'V1',
    operation_type: 'coating',
    completed_at: null,
    completed_by: null,
    state: 'open',
    notes: null,
    ...given,
  }
}

const TYPES = ['print', 'coating', 'laser']
const SEEN = { types: TYPES, isScannedAsPrinted: false }

test('of an operation with several ids the one that says most stands, whichever comes first', () => {
  const rows = [row({ state: 'partly' }), row({ state: 'done', notes: 'all of it' }), row({ state: 'aborted' })]
  for (const given of [rows, rows.toReversed()]) {
    const { coating, laser } = cellsOf(cellBook(given), jobKey('4604', 'V1'), SEEN)
    expect([coating?.state, coating?.note, laser?.state]).toEqual(['done', 'all of it', 'open'])
  }
})

test('who completed it is named where it is one of those that can', () => {
  const at = new Date('2026-03-03T08:00:00Z')
  for (const [by, source] of [
    ['print_os', 'print_os'],
    ['scanner', 'scanner'],
    ['manual', 'manual'],
    ['trigger', null],
    [null, null],
  ] as const) {
    const book = cellBook([row({ version_tag: null, completed_at: at, completed_by: by, state: 'done' })])
    expect(cellsOf(book, '4604', SEEN)['coating']).toMatchObject({ source, at: at.toISOString() })
  }
})

test('a scan that says printed where the press says otherwise is a conflict, and looked at before what is begun', () => {
  const book = cellBook([row({ operation_type: 'print', completed_by: 'print_os', state: 'partly' })])
  const key = jobKey('4604', 'V1')
  const [told, untold] = [true, false].map((isScannedAsPrinted) =>
    cellsOf(book, key, { types: TYPES, isScannedAsPrinted }),
  )
  expect(told?.['print']?.conflict).toContain('the press decides')
  expect(untold?.['print']?.conflict).toBeNull()
  expect([told ?? {}, untold ?? {}, {}].map(urgency)).toEqual([2, 1, 0])
})

test('counts are over all owners, those without a cell included', () => {
  const done = cellsOf(cellBook([row({ state: 'done' })]), jobKey('4604', 'V1'), SEEN)
  expect(countCells([{ operations: done }, { operations: {} }], ['coating'])).toEqual({
    coating: { done: 1, partly: 0, aborted: 0, open: 1 },
  })
})
