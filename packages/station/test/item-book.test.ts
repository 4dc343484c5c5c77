import type { ItemState, StoredItem } from '@andon/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ItemBook, runsOf } from '../src/item-book.ts'

const item = (index: number, state: ItemState = 'pending', proof: StoredItem['proof'] = 'none'): StoredItem => ({
  index,
  state,
  proof,
  ref: null,
  attempt: null,
  content: '^XA^XZ',
  data: null,
  externalRef: null,
})

describe('runs of indexes', () => {
  test('cover each index once, in as few runs as there are gaps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(499)), (indexes) => {
        const runs = runsOf(indexes)
        const covered = runs.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n))
        expect(covered).toEqual(indexes.toSorted((a, b) => a - b))
        for (const [n, run] of runs.entries()) expect(run.from).toBeGreaterThan((runs[n - 1]?.to ?? -2) + 1)
      }),
    )
  })
})

describe('the book of a job', () => {
  test('counts what was intended as not yet done', () => {
    const book = new ItemBook([item(0, 'done', 'confirmed'), item(1), item(2), item(3, 'failed')])
    book.intend(1, 2)
    expect(book.inState('intended')).toMatchObject([{ index: 1, attempt: 2 }])
    expect(book.counts()).toEqual({
      total: 4,
      done: 1,
      failed: 1,
      unconfirmed: 0,
      cancelled: 0,
      pending: 2,
      proof: 'confirmed',
    })
  })

  test('is as proven as the least proven of its items', () => {
    const book = new ItemBook([item(0, 'done', 'confirmed'), item(1)])
    book.settle({ index: 1, state: 'done', proof: 'sent' })
    expect(book.counts()).toMatchObject({ done: 2, proof: 'sent' })
  })

  test('says nothing of items that it does not have', () => {
    const book = new ItemBook([item(0)])
    book.settle({ index: 7, state: 'done', proof: 'confirmed' })
    expect(book.counts()).toMatchObject({ total: 1, done: 0, proof: 'none' })
  })
})
