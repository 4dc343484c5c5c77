import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseQuery } from '../src/index.ts'

const docs = new URL('../../../docs/', import.meta.url)

/** What stands in code in the last column of a page's tables. */
function examplesOf(page: string): string[] {
  const rows = readFileSync(new URL(page, docs), 'utf8').matchAll(/^\|.*\| ([^|]*) \|$/gm)
  return [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))
}

test.each(['guides/find-jobs.md', 'queries.md'])('the examples of %s are queries', (page) => {
  const examples = examplesOf(page)
  expect(examples.length).toBeGreaterThan(10)
  const wrong = examples.flatMap((example) => parseQuery(example).errors.map(({ message }) => `${example}: ${message}`))
  expect(wrong).toEqual([])
})
