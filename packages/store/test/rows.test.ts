import { describe, expect, test } from 'vitest'
import { firstRow, lastOf, onlyRow, wordAt } from '../src/rows.ts'
import { declaredStatements, statement } from '../src/statement.ts'

describe('rows', () => {
  test('may be missing, where a statement looks for something', () => {
    expect([firstRow([7, 8]), firstRow([])]).toEqual([7, null])
  })

  test('are never missing where there always is one: that is a defect, and said so', () => {
    expect([onlyRow([7, 8]), lastOf([7, 8])]).toEqual([7, 8])
    expect(() => onlyRow([])).toThrow(RangeError)
    expect(() => lastOf([])).toThrow(RangeError)
  })

  test('keep words by their place, and no place stands for a wrong word', () => {
    expect(wordAt(['low', 'normal'], 1)).toBe('normal')
    expect(() => wordAt(['low', 'normal'], 2)).toThrow('there is no word 2 in low, normal')
  })
})

test('two statements of one name are a defect', () => {
  const [known] = declaredStatements()
  const name = known?.name ?? 'twice'
  expect(() => [statement(name, 'select 1'), statement(name, 'select 2')]).toThrow(`two statements are called ${name}`)
})
