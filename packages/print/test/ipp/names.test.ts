import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canBeNamed, isEarlierItem, isNamed } from '../../src/ipp/names.ts'
import { requestName } from '../../src/queue/run.ts'

const part = fc.record({ attempt: fc.integer({ min: 1, max: 120 }), index: fc.nat(2_000) })

describe('names of device jobs', () => {
  it('tell items apart, be one the beginning of the other', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), part, part, (job, one, other) => {
        const [seen, given] = [one, other].map(({ attempt, index }) => requestName(job, attempt, index))
        const isSame = one.attempt === other.attempt && one.index === other.index
        expect(isNamed(seen ?? '', given ?? '')).toBe(isSame)
        expect(canBeNamed(seen ?? '', given ?? '')).toBe(isSame)
        const isBefore = one.attempt === other.attempt && one.index < other.index
        expect(isEarlierItem(seen ?? '', given ?? '')).toBe(isBefore)
      }),
    )
    expect(isNamed('andon:j:1:1', 'andon:j:1:12')).toBe(false)
    expect(isNamed('andon:j:1:12', 'andon:j:1:1')).toBe(false)
    expect(canBeNamed('andon:0123456789abcdef:1:1', 'andon:0123456789abcdef:1:12')).toBe(false)
    expect(isEarlierItem('andon:j:1:1', 'a name of another')).toBe(false)
  })

  it('are believed under a known number when a device cuts them or has none', () => {
    const given = requestName('01a21ae5-6278-7582-9dbf-83a4edd1a2b7', 1, 12)
    expect(canBeNamed(null, given)).toBe(true)
    expect(canBeNamed(given.slice(0, 31), given)).toBe(true)
    expect(canBeNamed(given.slice(0, 10), given)).toBe(false)
  })

  it('are found by whole names only, with what a queue puts around them', () => {
    const given = requestName('01a21ae5-6278-7582-9dbf-83a4edd1a2b7', 1, 1)
    expect(isNamed(null, given)).toBe(false)
    expect(isNamed(given.slice(0, 31), given)).toBe(false)
    expect(isNamed(`Eve_Q-7 ${given} (raw)`, given)).toBe(true)
    expect(isNamed(`Eve_Q-7 ${given}2`, given)).toBe(false)
  })
})
