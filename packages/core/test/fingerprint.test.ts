import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorFingerprint, normaliseMessage } from '../src/fingerprint.ts'

describe('errorFingerprint', () => {
  test('never changes, since groups are kept', () => {
    expect(errorFingerprint('printer_offline', 'Printer Badge 01 is offline')).toBe('printer_offline.05bba2ece203c8')
  })

  test.each([
    ['Printer Badge 01 is offline', 'Printer Badge 22 is offline'],
    ['no file "a.pdf"', 'no file "other.pdf"'],
    ["cannot open 'a'", "cannot open 'b c'"],
    ['job 0190b3c4-1111-7222-8333-abcdefabcdef lost', 'job 0190b3c4-9999-7222-8333-abcdefabcdee lost'],
    ['at 0xdeadbeef', 'at 0x1'],
    ['hash 9f8e7d6c5b4a', 'hash 00ff00ff00ff'],
    ['took 1,200.5 ms', 'took 7 ms'],
    ['10.0.0.7:9100 refused', '10.0.1.12:9100 refused'],
  ])('groups %j with %j', (one, other) => {
    expect(errorFingerprint('x', one)).toBe(errorFingerprint('x', other))
  })

  test.each([
    ['out of paper', 'out of ribbon'],
    ["can't read", "can't write"],
  ])('parts %j from %j', (one, other) => {
    expect(errorFingerprint('x', one)).not.toBe(errorFingerprint('x', other))
  })

  test('parts codes and places', () => {
    expect(errorFingerprint('a', 'm')).not.toBe(errorFingerprint('b', 'm'))
    expect(errorFingerprint('a', 'm', 'print.label')).not.toBe(errorFingerprint('a', 'm', 'export.csv'))
  })

  test('numbers never matter', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => {
        expect(errorFingerprint('x', `item ${one} failed`)).toBe(errorFingerprint('x', `item ${other} failed`))
      }),
    )
  })

  test('takes any text, and long hostile ones at once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(errorFingerprint('x', text)).toMatch(/^x\.[0-9a-f]{14}$/)
      }),
    )
    expect(errorFingerprint('x', '"'.repeat(1_000_001))).toMatch(/^x\./)
  })
})

test('normaliseMessage keeps words that only look like hexadecimal', () => {
  expect(normaliseMessage('  Facade  deadbeef\nfeedface1 ')).toBe('facade deadbeef #')
})
