import { expect, test } from 'vitest'
import { leftoverWords } from '../src/index.ts'

test.each([
  [{}, null],
  [{ processes_ended: 0, files_removed: 0 }, 'nothing'],
  [{ processes_ended: 1, files_removed: 0 }, '1 process, ended; no file'],
  [{ processes_ended: 2, files_removed: 1 }, '2 processes, ended; 1 file, removed'],
  [{ files_removed: 3 }, 'no process; 3 files, removed'],
])('%j left behind is told as "%s"', (found, words) => {
  expect(leftoverWords(found)).toBe(words)
})
