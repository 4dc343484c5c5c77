import { describe, expect, test } from 'vitest'
import { Flusher } from '../src/index.ts'

describe('the flusher', () => {
  test('a lone call goes at once; what comes meanwhile goes together', async () => {
    const sets: number[][] = []
    let release: () => void = () => undefined
    const flusher = new Flusher<number, number>(
      async (items) => {
        sets.push([...items])
        if (sets.length === 1) await new Promise<void>((resolve) => (release = resolve))
        return items.map((item) => item * 2)
      },
      { maxBatch: 3 },
    )
    const first = flusher.add(1)
    await Promise.resolve()
    const rest = [2, 3, 4, 5].map((item) => flusher.add(item))
    release()
    expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10])
    expect(sets).toEqual([[1], [2, 3, 4], [5]])
    await flusher.drained()
  })

  test('an error reaches everybody of its set, and nobody else', async () => {
    let fails = true
    const flusher = new Flusher<number, number>(async (items) => {
      if (fails) throw new Error('no')
      return [...items]
    })
    expect((await Promise.allSettled([flusher.add(1), flusher.add(2)])).map((one) => one.status)).toEqual([
      'rejected',
      'rejected',
    ])
    fails = false
    expect(await flusher.add(3)).toBe(3)
  })
})
