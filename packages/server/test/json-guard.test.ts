import fc from 'fast-check'
import { isProblem } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { parseGuardedJson } from '../src/http/json-guard.ts'

const read = (text: string): unknown => parseGuardedJson(Buffer.from(text))

function refusal(work: () => unknown): { code: string; field: string | null } {
  try {
    work()
  } catch (error) {
    if (isProblem(error)) return { code: error.code, field: error.field }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the reader of JSON', () => {
  test('reads whatever JSON.parse reads, within its limits', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const value: unknown = JSON.parse(text)
        fc.pre(!text.includes('\\u0000') && !/__proto__/.test(text) && isExact(value))
        expect(read(text)).toEqual(value)
      }),
    )
  })

  test('never throws anything but a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', '1') })),
        (text) => {
          try {
            read(text)
          } catch (error) {
            expect(isProblem(error)).toBe(true)
          }
        },
      ),
    )
  })

  test('takes 32 levels and refuses 33, naming the place', () => {
    expect(read(nested(32))).toBeDefined()
    expect(refusal(() => read(nested(33)))).toEqual({ code: 'json_too_deep', field: '/a'.repeat(32) })
  })

  test('refuses half a million levels without building them', () => {
    expect(refusal(() => read('['.repeat(500_000)))).toMatchObject({ code: 'json_too_deep' })
  })

  test('is not led astray by brackets and quotes in texts', () => {
    const text = `${'[{'.repeat(100)}\\"${']'.repeat(100)}`
    expect(read(JSON.stringify({ a: text, [text]: [text] }))).toEqual({ a: text, [text]: [text] })
  })

  test.each([
    ['{"a":{"b":["x","y\\u0000"]}}', 'nul_character', '/a/b/1'],
    ['{"a\\u0000":1}', 'nul_character', '/a\0'],
    ['{"a":"\\ud800"}', 'invalid_unicode', '/a'],
    ['{"a~/b":"\\udc00x"}', 'invalid_unicode', '/a~0~1b'],
    ['{"n":9007199254740993}', 'number_out_of_range', '/n'],
    ['[1e999]', 'number_out_of_range', '/0'],
    ['{"__proto__":{}}', 'validation_failed', '/__proto__'],
    ["{'a':1}", 'invalid_json', null],
    ['{"a":1,}', 'invalid_json', null],
    ['{', 'invalid_json', null],
  ])('refuses %s', (text, code, field) => {
    expect(refusal(() => read(text))).toEqual({ code, field })
  })

  test('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22])
    expect(refusal(() => parseGuardedJson(bytes))).toMatchObject({ code: 'invalid_unicode' })
  })
})

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
}

function isExact(value: unknown): boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, entry]) => isExact(key) && isExact(entry))
}
