import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvField, csvRow, defuseCell, JOB_CSV_COLUMNS } from '../src/csv.ts'

test.each([
  ['=1+1', "'=1+1"],
  ['+cmd', "'+cmd"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\rx', "'\rx"],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ['-12', '-12'],
  ['+3.5', '+3.5'],
  ['-1e9', '-1e9'],
  ['-', "'-"],
  ['MO-8235', 'MO-8235'],
  ['', ''],
])('defuses %j to %j', (text, safe) => {
  expect(defuseCell(text)).toBe(safe)
})

test('no cell begins with a sign unless it is a number', () => {
  fc.assert(
    fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '\r'), fc.string({ unit: 'binary' }), (sign, rest) => {
      const cell = defuseCell(sign + rest)
      expect(cell.startsWith("'") || Number.isFinite(Number(cell))).toBe(true)
    }),
  )
})

test('fields are quoted where they must be', () => {
  expect(csvField('a,b')).toBe('"a,b"')
  expect(csvField('say "x"')).toBe('"say ""x"""')
  expect(csvField('two\nlines')).toBe('"two\nlines"')
  expect(csvField(' x')).toBe('" x"')
  expect(csvField('x ')).toBe('"x "')
  expect(csvField(-5)).toBe('-5')
  expect(csvField(5n)).toBe('5')
  expect(csvField(true)).toBe('true')
  expect(csvField(null)).toBe('')
  expect(csvField(undefined)).toBe('')
  expect(csvField(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
  expect(csvRow(['a', 1, null])).toBe('a,1,\r\n')
})

test('the columns of the jobs export are those of the interface', () => {
  expect(JOB_CSV_COLUMNS.map((column) => column.name).join(', ')).toBe(
    'created, type, description, subject, printer, quantity, done, failed, state, proof, submitted by, started, finished, duration s, attempts, error code, error message',
  )
})
