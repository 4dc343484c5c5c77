import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JobCache } from '../src/index.ts'
import { job } from './fake-server.ts'

/** A cache whose listeners are told when the test says so. */
function manual(limit?: number) {
  const flushes: (() => void)[] = []
  const cache = new JobCache({ schedule: (flush) => flushes.push(flush), ...(limit === undefined ? {} : { limit }) })
  return { cache, flush: () => flushes.splice(0).forEach((flush) => flush()) }
}

describe('the job cache', () => {
  test('keeps the highest version of each job, whatever the order', () => {
    const views = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), version: fc.nat(20) }))
    fc.assert(
      fc.property(views, (changes) => {
        const { cache } = manual()
        for (const change of changes) cache.put([job(change)])
        for (const id of ['a', 'b', 'c']) {
          const versions = changes.filter((change) => change.id === id).map((change) => change.version)
          expect(cache.get(id)?.version).toBe(versions.length === 0 ? undefined : Math.max(...versions))
        }
      }),
    )
  })

  test('tells the listeners of the changed rows once for each pass', () => {
    const { cache, flush } = manual()
    const told: string[] = []
    const stop = cache.subscribe('a', () => told.push('a'))
    cache.subscribe('b', () => told.push('b'))
    cache.subscribeAny(() => told.push('any'))
    expect(cache.put([job({ id: 'a', version: 1 }), job({ id: 'a', version: 2 })])).toEqual(['a', 'a'])
    expect(cache.put([job({ id: 'a', version: 2 })])).toEqual([])
    expect(told).toEqual([])
    flush()
    expect(told).toEqual(['a', 'any'])
    expect(cache.revision).toBe(1)
    stop()
    stop()
    cache.remove(['unknown'])
    cache.remove(['a', 'unknown'])
    flush()
    expect(told).toEqual(['a', 'any', 'any'])
    expect(cache.get('a')).toBeUndefined()
  })

  test('gives the same object until the job changes', () => {
    const { cache } = manual()
    cache.put([job({ version: 4 })])
    const before = cache.get(job().id)
    cache.put([job({ version: 4 })])
    expect(cache.get(job().id)).toBe(before)
  })

  test('stays within its limit and keeps what is watched', () => {
    const { cache } = manual(10)
    for (let n = 0; n < 5; n += 1) cache.subscribe(`w${n}`, () => {})
    for (let n = 0; n < 5; n += 1) cache.put([job({ id: `w${n}` })])
    for (let n = 0; n < 1000; n += 1) cache.put([job({ id: `n${n}` })])
    expect(cache.size).toBe(10)
    for (let n = 0; n < 5; n += 1) expect(cache.get(`w${n}`)).toBeDefined()
    expect(cache.get('n999')).toBeDefined()
    cache.clear()
    expect(cache.size).toBe(0)
  })

  test('tells by itself soon', async () => {
    const cache = new JobCache()
    const told = new Promise<void>((resolve) => void cache.subscribe(job().id, resolve))
    cache.put([job()])
    await told
  })
})
