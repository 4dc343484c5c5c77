import { problem } from '@andon/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bar } from '../src/output/bar.ts'
import type { Look } from '../src/output/look.ts'
import { paintFor } from '../src/output/paint.ts'
import { problemLines } from '../src/output/problem-lines.ts'
import { Screen } from '../src/output/screen.ts'
import { type Column, tableLines } from '../src/output/table.ts'
import { cut, pad, plain, widthOf, wrap } from '../src/output/text.ts'

const plainPaint = paintFor({ isTerminal: false, noColor: false })

function look(columns: number | null): Look {
  return { columns, nowMs: 0, paint: plainPaint, time: (at) => at ?? '' }
}

interface Row {
  readonly id: string
  readonly name: string
  readonly size: number | null
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'id', title: 'ID', value: (row) => row.id },
  { name: 'name', title: 'NAME', shrink: 4, value: (row) => row.name },
  { name: 'size', title: 'SIZE', align: 'right', drop: 1, value: (row) => row.size },
]

describe('text', () => {
  test('letters of the terminal are counted in columns', () => {
    expect(widthOf('abc')).toBe(3)
    expect(widthOf('日本')).toBe(4)
    expect(widthOf('e\u0301')).toBe(1)
    expect(widthOf(paintFor({ isTerminal: true, noColor: false })('red', 'abc'))).toBe(3)
  })

  test('what others wrote cannot move the cursor', () => {
    expect(plain('a\u001b[2Jb\r\nc\u009bd\u0007')).toBe('a [2Jb c d ')
  })

  test('a cut text is never wider than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(widthOf(cut(text, width))).toBeLessThanOrEqual(Math.max(1, width))
      }),
    )
  })

  test('padding and wrapping', () => {
    expect(pad('日', 4)).toBe('日  ')
    expect(pad('7', 3, 'right')).toBe('  7')
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  })
})

describe('tables', () => {
  const rows: Row[] = [
    { id: 'a1', name: 'Badges for the fair', size: 5 },
    { id: 'b2', name: 'x', size: null },
  ]

  test('are as wide as they are without a terminal', () => {
    expect(tableLines(rows, COLUMNS, look(null))).toEqual([
      'ID  NAME                 SIZE',
      'a1  Badges for the fair     5',
      'b2  x',
    ])
  })

  test('shrink, then drop, to fit the terminal', () => {
    expect(tableLines(rows, COLUMNS, look(20))).toEqual(['ID  NAME        SIZE', 'a1  Badges fo…     5', 'b2  x'])
    expect(tableLines(rows, COLUMNS, look(12))).toEqual(['ID  NAME', 'a1  Badges…', 'b2  x'])
  })

  test('leave out a column without anything in it, on a terminal', () => {
    const empty = rows.map((row) => ({ ...row, size: null }))
    expect(tableLines(empty, COLUMNS, look(80))[0]).toBe('ID  NAME')
    expect(tableLines(empty, COLUMNS, look(null))[0]).toBe('ID  NAME                 SIZE')
  })

  test('no line is wider than the terminal', () => {
    const row = fc.record({
      id: fc.string({ unit: 'grapheme' }),
      name: fc.string({ unit: 'grapheme' }),
      size: fc.option(fc.nat()),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), fc.integer({ min: 10, max: 120 }), (some, width) => {
        for (const line of tableLines(some, COLUMNS, look(width))) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('bars', () => {
  test('are as wide as asked for', () => {
    fc.assert(
      fc.property(fc.option(fc.double({ min: -10, max: 110, noNaN: true })), (percent) => {
        expect(widthOf(bar(percent, 24, plainPaint))).toBe(24)
      }),
    )
    expect(bar(50, 4, plainPaint)).toBe('██░░')
    expect(bar(null, 4, plainPaint)).toBe('░░░░')
    expect(bar(100, 4, plainPaint)).toBe('████')
  })
})

describe('colour', () => {
  test('is for terminals, and never with NO_COLOR', () => {
    expect(paintFor({ isTerminal: true, noColor: false })('red', 'x')).not.toBe('x')
    expect(paintFor({ isTerminal: true, noColor: true })('red', 'x')).toBe('x')
    expect(paintFor({ isTerminal: false, noColor: false })('red', 'x')).toBe('x')
  })
})

describe('refusals', () => {
  test('say what happened, why, what to do, and the code', () => {
    const error = problem('job_not_found', { detail: 'No job begins with 0199.', extra: { request_id: 'r7' } })
    expect(problemLines(error, plainPaint)).toEqual([
      'error: There is no such job',
      '  No job begins with 0199.',
      '  → Check the id with: andon jobs list',
      '  code job_not_found · request r7',
    ])
  })

  test('point at the place of a query', () => {
    const extra = { query: 'a stat:failed', position: { start: 2, end: 6 }, expected: ['state'] }
    expect(problemLines(problem('query_invalid', { extra, hint: 'Correct it.' }), plainPaint)).toEqual([
      'error: The query has an error',
      '',
      '    a stat:failed',
      '      ^^^^',
      '    possible here: state',
      '',
      '  → Correct it.',
      '  code query_invalid',
    ])
  })

  test('name every wrong field with what is allowed', () => {
    const one = { field: '/copies', detail: 'is too great', allowed: 'at most 1000' }
    const error = problem('validation_failed', {
      errors: [one, { field: '/media', detail: 'is not known', allowed: ['a', 'b'] }],
    })
    expect(problemLines(error, plainPaint).slice(1, 3)).toEqual([
      '  /copies: is too great (allowed: at most 1000)',
      '  /media: is not known (allowed: a, b)',
    ])
    const single = problem('validation_failed', { field: '/copies', allowed: '1 to 5' })
    expect(problemLines(single, plainPaint)[1]).toBe('  field /copies (allowed: 1 to 5)')
  })

  test('list what a short id could be, and keep a code that is not known', () => {
    const error = problem('conflict', { extra: { candidates: ['0199a', { id: '0199b' }], code: 'invented_later' } })
    expect(problemLines(error, plainPaint).slice(1)).toEqual([
      '    0199a',
      '    0199b',
      '  → Load it again and repeat the change.',
      '  code invented_later',
    ])
  })
})

describe('the screen', () => {
  test('draws in place, and only what changed', () => {
    let text = ''
    const write = (more: string) => {
      text += more
    }
    const screen = new Screen({ columns: 10, rows: 4, isTerminal: true, write, writeBytes: async () => {} })
    screen.show(() => ['never'])
    screen.show(() => ['one', 'two'])
    screen.flush()
    screen.show(() => ['one', 'two'])
    screen.flush()
    expect(text).toBe('one\ntwo\n')
    screen.show(() => ['three'])
    screen.flush()
    expect(text).toBe('one\ntwo\n\u001b[2F\u001b[0Jthree\n')
    screen.clear()
    screen.clear()
    expect(text.endsWith('\u001b[1F\u001b[0J')).toBe(true)
    text = ''
    screen.show(() => ['fourteen signs', 'foot'])
    screen.flush()
    screen.show(() => ['1', '2', '3', 'foot'])
    screen.flush()
    screen.clear()
    expect(text).toBe('fourteen signs\nfoot\n\u001b[3F\u001b[0J1\n2\nfoot\n\u001b[3F\u001b[0J')
  })
})
