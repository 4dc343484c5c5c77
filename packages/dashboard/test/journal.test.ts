import { fileURLToPath } from 'node:url'
import type { IndexedJournal } from '@andon/station/browser'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, type Rolldown } from 'vite'
import { browserPath } from './world.ts'

const ENTRY = fileURLToPath(new URL('../../station/src/browser/indexed-journal.ts', import.meta.url))
const ADDRESS = 'https://journal.test/'
const PAGE = `<!doctype html><script type="module">
  import * as journal from '/journal.js'
  Object.assign(globalThis, journal)
</script>`

type Change = Parameters<IndexedJournal['append']>[1][number]

/** What the page of the test has. */
interface Opened {
  readonly IndexedJournal: typeof IndexedJournal
}

function intended(index: number): Change {
  return { from: index, to: index, state: 'intended', attempt: 1 }
}

// Where no browser is, there is no IndexedDB either: install Debian's chromium.
describe.skipIf(browserPath === undefined)('the journal of a page', () => {
  let browser: Browser
  let page: Page
  let code: string

  beforeAll(async () => {
    code = await bundle()
    browser = await chromium.launch({ ...(browserPath ? { executablePath: browserPath } : {}), args: ['--no-sandbox'] })
    page = await browser.newPage()
    await page.route(`${ADDRESS}**`, (route) => {
      const isCode = route.request().url().endsWith('.js')
      return route.fulfill({ contentType: isCode ? 'text/javascript' : 'text/html', body: isCode ? code : PAGE })
    })
    await load()
  })

  afterAll(() => browser?.close())

  /** A page that knows the journal; what an earlier one did not keep is gone. */
  const load = () => page.goto(ADDRESS)

  test('keeps what was not told, in order, job by job, over a reload', async () => {
    const done: Change = { ...intended(0), state: 'done', proof: 'confirmed' }
    await page.evaluate(
      async ([first, second, other, end]) => {
        const journal = await (globalThis as unknown as Opened).IndexedJournal.open('one')
        const seq = await journal.append('a', [first, second])
        await journal.append('b', [other])
        await journal.append('a', [end])
        await journal.told('a', seq)
        await journal.keep('lease', '{"workerId":1}')
      },
      [intended(0), intended(1), intended(7), done] as const,
    )
    await load()
    const found = await page.evaluate(async () => {
      const journal = await (globalThis as unknown as Opened).IndexedJournal.open('one')
      const [a, b] = [await journal.read('a'), await journal.read('b')]
      const jobIds = await journal.jobIds()
      return { a, b, jobIds, lease: await journal.recall('lease'), nothing: await journal.recall('nothing') }
    })
    expect(found.a.map(({ change }) => change)).toEqual([done])
    expect(found.b.map(({ change }) => change)).toEqual([intended(7)])
    expect(found.jobIds.toSorted()).toEqual(['a', 'b'])
    expect(found).toMatchObject({ lease: '{"workerId":1}', nothing: null })
  })

  test('numbers the changes of one call without a gap, and never gives a number twice', async () => {
    const [first, second, left] = await page.evaluate(
      async (changes) => {
        const journal = await (globalThis as unknown as Opened).IndexedJournal.open('two')
        const last = await journal.append('a', changes)
        await journal.told('a', last)
        return [last, await journal.append('a', changes), await journal.read('a')] as const
      },
      [intended(0), intended(1), intended(2)],
    )
    expect(second).toBe(first + 3)
    expect(left.map(({ seq }) => seq)).toEqual([second - 2, second - 1, second])
  })

  test('takes back what was announced and will not be done', async () => {
    const left = await page.evaluate(
      async ([done, announced]) => {
        const journal = await (globalThis as unknown as Opened).IndexedJournal.open('three')
        await journal.append('a', [done])
        await journal.withdraw('a', await journal.append('a', [announced]))
        return journal.read('a')
      },
      [intended(0), intended(1)] as const,
    )
    expect(left.map(({ change }) => change)).toEqual([intended(0)])
  })

  test('says what to do where the browser keeps nothing', async () => {
    await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }))
    await load()
    const why = await page.evaluate(() =>
      (globalThis as unknown as Opened).IndexedJournal.open('four').then(
        () => null,
        (error: { code: string; hint: string }) => ({ code: error.code, hint: error.hint }),
      ),
    )
    expect(why).toMatchObject({ code: 'journal_unavailable', hint: expect.stringContaining('private') })
  })
})

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2023', lib: { entry: ENTRY, formats: ['es'], fileName: 'journal' } },
  })
  const [{ output } = { output: [] }] = [built].flat() as Rolldown.RolldownOutput[]
  const [chunk] = output
  if (chunk?.type !== 'chunk') throw new Error('the journal was not built')
  return chunk.code
}
