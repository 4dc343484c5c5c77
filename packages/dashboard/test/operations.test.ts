import { expect, test } from 'vitest'
import { catalogueWith, operationsOf } from '../src/features/catalogue/operations.ts'

const entry = (operation_id: string, operation_type: string, position: number) => ({
  operation_id,
  operation_type,
  position,
})

const PRINT = entry('op001', 'print', 1)
const CUT = entry('op006', 'kiss_cut', 6)
const CUT_OLD = entry('kiss-cut', 'kiss_cut', 9)
const CATALOGUE = [PRINT, CUT, CUT_OLD]
const [print, cut] = operationsOf(CATALOGUE)
if (print === undefined || cut === undefined) throw new Error('two operations are written above')

test('an operation is added without a change of the others', () => {
  const folding = { type: 'fold', ids: ['op011', 'fold'], position: 7 }
  expect(catalogueWith(CATALOGUE, null, folding)).toEqual([
    ...CATALOGUE,
    entry('op011', 'fold', 7),
    entry('fold', 'fold', 7),
  ])
})

test('ids of one operation come and go, and those that stay keep their places', () => {
  expect(catalogueWith(CATALOGUE, cut, { ...cut, ids: ['op006', 'kiss-cut', 'kc'] })).toEqual([
    ...CATALOGUE,
    entry('kc', 'kiss_cut', 9),
  ])
  expect(catalogueWith(CATALOGUE, cut, { ...cut, ids: ['kiss-cut'] })).toEqual([PRINT, CUT_OLD])
})

test('an operation that is moved takes all its ids with it, in their order', () => {
  const moved = [PRINT, { ...CUT, position: 2 }, { ...CUT_OLD, position: 5 }]
  expect(catalogueWith(CATALOGUE, cut, { ...cut, position: 2 })).toEqual(moved)
})

test('an operation goes alone', () => {
  expect(catalogueWith(CATALOGUE, cut, null)).toEqual([PRINT])
})

test('what others did since the operation was read stays', () => {
  const fold = entry('op011', 'fold', 11)
  const theirs = [{ ...PRINT, position: 3 }, { ...CUT, position: 7 }, entry('kc', 'kiss_cut', 8), fold]
  expect(catalogueWith(theirs, cut, { ...cut, ids: ['op006', 'kiss-cut', 'op006b'] })).toEqual([
    { ...PRINT, position: 3 },
    fold,
    { ...CUT, position: 7 },
    entry('kc', 'kiss_cut', 8),
    entry('op006b', 'kiss_cut', 8),
  ])
  expect(catalogueWith([PRINT, fold], cut, cut), 'it was removed, and is wanted').toEqual([
    PRINT,
    fold,
    entry('op006', 'kiss_cut', 6),
    entry('kiss-cut', 'kiss_cut', 6),
  ])
  expect(catalogueWith(theirs, print, null)).not.toContainEqual(expect.objectContaining({ operation_type: 'print' }))
})
