import { startTcpProxy, type TcpProxy, testDatabase } from '@andon/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { serverAddress, throughAddress } from '../../store/test/faults/address.ts'
import { floorCatalogue } from './floor-catalogue.ts'
import {
  api,
  barriers,
  browserPath,
  goByKeys,
  inEachLook,
  isTooWide,
  picture,
  signIn,
  type WatchedPage,
  watchedPage,
  World,
} from './world.ts'

const BIG = 'RL-2026-0412'
const JOBS = 1000
/** The one that the press aborted lies alone on its imposition. */
const ABORTED = '4604_5889'

interface Planned {
  readonly impositions: Record<string, string[]>
  readonly jobs: string[]
}

/** 1,000 jobs on 50 impositions; the last imposition has only the job that will be aborted. */
function bigRunlist(): Planned {
  const jobs = Array.from({ length: JOBS - 1 }, (_, index) => `${4700 + (index % 90)}_${6000 + index}`)
  const impositions: Record<string, string[]> = { 'IMP-0412-50': [`FILE_1_Labex_${ABORTED}_80`] }
  for (const [index, job] of jobs.entries()) {
    const name = `IMP-0412-${String((index % 49) + 1).padStart(2, '0')}`
    impositions[name] = [...(impositions[name] ?? []), `FILE_1_Labex_${job}_80`]
  }
  return { impositions, jobs: [...jobs, ABORTED] }
}

/** A shop as it is in the middle of a shift. */
async function planShop(shop: FloorWorld): Promise<void> {
  const { impositions, jobs } = bigRunlist()
  await shop.runlist(BIG, impositions)
  await shop.runlist('RL-2026-0413', {
    'IMP-0413-1': ['FILE_1_Labex_4801_7001_80', 'FILE_1_Labex_4801_7002_80', 'FILE_2_Labex_4801_7002_80'],
    'IMP-0413-2': ['FILE_1_Labex_4801_7001_90', 'Labex_4670_5988_MixedLabels_A4'],
  })
  await shop.runlist('RL-2026-0414', { 'IMP-0414-1': ['FILE_1_Labex_4900_8001_80', 'FILE_1_Labex_4900_8002_80'] })
  await shop.jobs(...jobs, '4801_7001', '4801_7002', '4900_8001', '4900_8002')
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  await shop.press(
    ...Object.keys(impositions).map((name, index) => ({
      name,
      status: name === 'IMP-0412-50' ? 'ABORTED' : 'PRINTED',
      at: at(180 - index),
      marker: 100 + index,
      payload: name === 'IMP-0412-50' ? { abortReason: 'Paper jam in the feeder' } : {},
    })),
    { name: 'IMP-0413-1', status: 'PRINTED', at: at(40), marker: 160 },
    { name: 'IMP-0999-1', status: 'PRINTED', at: at(30), marker: 161 },
  )
  await shop.scan({ code: 'RL-2026-0414', operations: ['print', 'coating'], at: at(20) })
  await shop.press({ name: 'IMP-0414-1', status: 'ABORTED', at: at(10), marker: 162 })
}

/** The same database behind a wire. */
function through(url: string, wire: TcpProxy): string {
  const { database = '', host = '', password, port, user } = throughAddress(url, wire)
  const login = user === undefined ? '' : `${user}${typeof password === 'string' ? `:${password}` : ''}@`
  return `postgres://${login}${host}:${port}/${database}`
}

/** For the first time, with a password of their own. */
// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('the floor in a browser', () => {
  let shop: FloorWorld
  /** Between the server and one of the databases. */
  let wire: TcpProxy
  let world: World
  let context: BrowserContext
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    shop = await FloorWorld.open({ time_zone: 'UTC' })
    await planShop(shop)
    await shop.pass()
    wire = await startTcpProxy(serverAddress(shop.jobmanager.url))
    world = await World.start({
      FLOOR_JOBMANAGER_URL: through(shop.jobmanager.url, wire),
      FLOOR_LOGS_URL: shop.logs.url,
      FLOOR_TIME_ZONE: 'UTC',
    })
    context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    watched = await watchedPage(context)
    page = watched.page
    page.setDefaultTimeout(25_000)
    await signIn(page, world.link)
  })

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await wire?.[Symbol.asyncDispose]()
    await shop?.[Symbol.asyncDispose]()
  })

  const open = (path: string) => page.goto(world.base + path)
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name })
  const row = (key: string) => page.locator(`[data-row="${key}"]`)
  const cell = (key: string, operation: string) => row(key).locator(`[data-cell="${operation}"]`)
  const scanField = () => page.getByRole('textbox', { name: 'Code of a runlist or a job' })
  /** As a hand scanner does: into whatever has the focus. */
  const scan = async (code: string) => {
    await page.keyboard.type(code)
    await page.keyboard.press('Enter')
  }
  const isFocused = () =>
    expect.poll(() => scanField().evaluate((field) => field === document.activeElement)).toBe(true)

  test('is reached by the keyboard, and says how far press and scanners are', async () => {
    await open('/')
    await heading(/./).waitFor()
    await goByKeys(page, 'f', 'Floor')
    const sources = page.getByRole('region', { name: 'Sources' })
    await expect.poll(() => sources.getByText('Up to date').count()).toBe(2)
    await sources.getByText('Marker 162').waitFor()
    await page.getByRole('link', { name: BIG }).waitFor()
    await page.getByRole('img', { name: 'Print: 999 done, 1 aborted' }).waitFor()
  })

  test('shows the one aborted operation among 1,000 jobs without scrolling', async () => {
    await open('/floor')
    await page.getByRole('link', { name: BIG }).click()
    await heading(`Runlist ${BIG}`).waitFor()
    await page.getByText('1 job aborted at print:').waitFor()
    const aborted = cell(`job ${ABORTED}_1`, 'print')
    await aborted.getByText('Aborted').waitFor()
    expect(await page.evaluate(() => scrollY)).toBe(0)
    expect((await aborted.boundingBox())?.y).toBeLessThan(900 - 48)
    expect(await page.locator('[data-row]').count()).toBeLessThan(60)

    await page.getByRole('link', { name: /^Needs a look/ }).click()
    await expect.poll(() => page.locator('[data-row]').count()).toBe(1)
    await page.getByRole('link', { name: /^Done/ }).click()
    await page.getByText('None of these').waitFor()
    await page.getByRole('button', { name: `${ABORTED}_1` }).click()
    await row(`job ${ABORTED}_1`).getByRole('link').waitFor()
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('[data-row]')?.getAttribute('data-row')))
      .toBe(`job ${ABORTED}_1`)
  })

  test('says of a cell who reported it, when and why, on hover and by the keyboard', async () => {
    await open(`/floor/runlists/${BIG}`)
    await cell(`job ${ABORTED}_1`, 'print').hover()
    const note = page.getByRole('tooltip')
    await note.getByText('Press').waitFor()
    await note.getByText(/Paper jam in the feeder/).waitFor()
    await picture(page, 'runlist-note', { isWhole: false })
    await page.mouse.move(0, 0)
    await note.waitFor({ state: 'detached' })
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowRight')
    await note.getByText(/Paper jam in the feeder/).waitFor()
    await page.keyboard.press('Escape')
    await note.waitFor({ state: 'detached' })
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await heading(`Job ${ABORTED}`).waitFor()
    await page.getByRole('link', { name: 'IMP-0412-50' }).click()
    await heading('Imposition IMP-0412-50').waitFor()
    await page
      .getByText(/Paper jam in the feeder/)
      .first()
      .waitFor()
  })

  test('opens an imposition to its jobs, and keeps the view in the address', async () => {
    await open(`/floor/runlists/${BIG}`)
    await page.getByRole('button', { name: '50 impositions' }).click()
    await page.waitForURL((url) => url.searchParams.get('rows') === 'impositions')
    await page.getByRole('button', { name: 'Jobs on IMP-0412-50' }).click()
    await cell(`IMP-0412-50 job ${ABORTED}_1`, 'print').getByText('Aborted').waitFor()
    await page.getByRole('searchbox', { name: 'Part of a name' }).fill('0412-07')
    await expect.poll(() => page.locator('[data-row]').count()).toBe(1)
  })

  test('takes what a scanner types, and changes the cells that others look at without moving rows', async () => {
    const wall = await context.newPage()
    await wall.goto(`${world.base}/floor/runlists/${BIG}`)
    const looked = wall.locator(`[data-row="job ${ABORTED}_1"] [data-cell="coating"]`)
    await looked.getByText('Open').waitFor()
    const orderOf = async () => {
      const rows = await wall.locator('[data-row]').all()
      const places = await Promise.all(
        rows.map(async (one) => [await one.getAttribute('data-row'), (await one.boundingBox())?.y]),
      )
      return Object.fromEntries(places)
    }
    const before = await orderOf()

    await open('/floor')
    await scanField().waitFor()
    await isFocused()
    await scan(BIG)
    await page.getByText('Say first what was done').waitFor()
    await page.getByText('Coating', { exact: true }).first().click()
    await isFocused()
    await page.keyboard.press('Enter')
    const answer = page.getByRole('status', { name: 'Answer' })
    await answer.getByText(`Runlist ${BIG}: coating done`).waitFor()
    await answer.getByText('50 impositions, 1,000 jobs · 1,000 jobs changed').waitFor()
    await isFocused()
    await picture(page, 'floor-scanned')
    await looked.getByText('Done').waitFor()
    expect(await orderOf()).toEqual(before)
    await wall.getByRole('img', { name: 'Coating: 1,000 done' }).waitFor()
    await wall.close()

    await page.reload()
    await scanField().waitFor()
    await page.getByRole('radio', { name: 'Coating', checked: true }).waitFor()
  })

  test('keeps an unmatched scan with its candidates until somebody dismisses it', async () => {
    await open('/floor')
    await isFocused()
    await scan('RL-2026-413')
    const answer = page.getByRole('status', { name: 'Answer' })
    await answer.getByText('RL-2026-413: nothing has this code').waitFor()
    const aside = page.getByRole('region', { name: 'Set aside' })
    await aside.getByText('RL-2026-413', { exact: true }).waitFor()
    await picture(page, 'floor-unmatched')
    await answer.getByRole('button', { name: 'RL-2026-0413' }).click()
    await answer.getByText('Runlist RL-2026-0413: coating done').waitFor()
    await aside.getByRole('button', { name: 'Dismiss RL-2026-413' }).click()
    await page.getByRole('button', { name: 'Dismiss it' }).click()
    await aside.getByText('RL-2026-413', { exact: true }).waitFor({ state: 'detached' })
    await aside.getByText('IMP-0999-1', { exact: true }).waitFor()
  })

  test('tries again what stands aside, once it can be processed', async () => {
    await open('/floor')
    const aside = page.getByRole('region', { name: 'Set aside' })
    await aside.getByText('IMP-0999-1', { exact: true }).waitFor()
    await shop.files('IMP-0999-1', ['FILE_1_Labex_4900_8001_99'])
    await aside.getByRole('button', { name: 'Try again: IMP-0999-1' }).click()
    await aside.getByText('IMP-0999-1', { exact: true }).waitFor({ state: 'detached' })
    await shop.scan({ code: 'RL-NOWHERE', operations: ['coating'], at: new Date().toISOString() })
    await page.getByRole('button', { name: 'Process now' }).click()
    await aside.getByText('RL-NOWHERE', { exact: true }).waitFor()
    await aside.getByRole('button', { name: 'Dismiss all' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Dismiss [0-9]+$/ })
      .click()
    await aside.getByText('Nothing stands aside').waitFor()
  })

  test('lets a supervisor set an operation by hand with a reason, and lift it', async () => {
    await open('/floor/jobs/4801_7001')
    await page.getByRole('button', { name: 'Set by hand: print' }).click()
    await page.getByRole('button', { name: 'Set to done' }).click()
    await page.getByText('Say why').waitFor()
    await picture(page, 'floor-by-hand', { isWhole: false })
    await page.getByRole('textbox', { name: 'Reason' }).fill('Printed on the old press')
    await page.getByRole('button', { name: 'Set to done' }).click()
    const word = page.getByRole('region', { name: 'Print is set by hand' })
    await word.getByText(/Printed on the old press/).waitFor()
    await page.getByText('Print done').first().waitFor()
    await word.getByRole('button', { name: 'Lift' }).click()
    await page.getByRole('button', { name: 'Lift it' }).click()
    await word.waitFor({ state: 'detached' })
    await page.getByText('Print lifted').waitFor()
  })

  floorCatalogue(() => ({ base: world.base, page }))

  test('shows people only what they may do', async () => {
    await api(page, '/api/users', { name: 'viola', role: 'viewer' })
    const { link } = await api<{ link: string }>(page, '/api/users/viola/link', {})
    const eyes = await world.browser.newContext()
    const seen = await eyes.newPage()
    await signIn(seen, `${world.base}/sign-in?link=${link}`)
    await seen.goto(`${world.base}/floor`)
    await seen.getByRole('link', { name: BIG }).waitFor()
    expect(await seen.getByRole('region', { name: 'Scan' }).count()).toBe(0)
    expect(await seen.getByRole('button', { name: /Process now|Try|Dismiss/ }).count()).toBe(0)
    await seen.goto(`${world.base}/floor/jobs/${ABORTED}`)
    await seen.getByRole('heading', { level: 2, name: 'History' }).waitFor()
    expect(await seen.getByRole('button', { name: /^Set by hand/ }).count()).toBe(0)
    await eyes.close()
  })

  test('brings names that are close where there is none of that name', async () => {
    await open('/floor/runlists/RL-2026-041')
    await page.getByRole('link', { name: BIG }).click()
    await heading(`Runlist ${BIG}`).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find or do anything' }).fill('RL-2026-0413')
    await page.getByRole('option', { name: /RL-2026-0413 Runlist/ }).click()
    await heading('Runlist RL-2026-0413').waitFor()
  })

  // What it sees is also kept as pictures, in `test-results/pages`.
  test('keeps nobody out: no serious barrier, light, dark, with high contrast, and on a telephone', async () => {
    await shop.scan({ code: '5000_1_1', operations: ['coating'], at: new Date().toISOString() })
    await api(page, '/api/process-status-updates', {})
    await api(page, '/api/floor/jobs/4801_7002/overrides', {
      operation_type: 'kiss_cut',
      value: true,
      reason: 'Cut by hand on the table',
    })
    const paths = {
      floor: '/floor',
      'floor-found': '/floor?q=RL-2026-0413',
      'floor-none': '/floor?q=XX',
      runlist: `/floor/runlists/${BIG}`,
      'runlist-small': '/floor/runlists/RL-2026-0413',
      'runlist-conflict': '/floor/runlists/RL-2026-0414',
      'runlist-impositions': `/floor/runlists/${BIG}?rows=impositions`,
      'runlist-missing': '/floor/runlists/RL-2026-041',
      'floor-job': `/floor/jobs/${ABORTED}`,
      'floor-job-by-hand': '/floor/jobs/4801_7002',
      imposition: '/floor/impositions/IMP-0413-2',
    }
    await inEachLook(world, context, async (seen, look) => {
      for (const [name, path] of Object.entries(paths)) {
        await seen.goto(world.base + path)
        await seen.getByRole('heading', { level: 1 }).waitFor()
        await expect.poll(() => seen.getByRole('status', { name: 'Loading' }).count()).toBe(0)
        expect.soft(await barriers(seen), `${path} ${look}`).toEqual([])
        // A thousand rows are a picture that nobody can look at.
        await picture(seen, `${name}-${look}`, { isWhole: !path.includes(BIG) })
        expect.soft(await isTooWide(seen), `${path} is too wide: ${look}`).toBe(false)
      }
    })
  }, 240_000)

  test('says that a database is down since when, and is back by itself', async () => {
    await open('/floor')
    await page.getByRole('link', { name: BIG }).waitFor()
    wire.silence()
    wire.cut()
    await page.getByText('A database of the shop does not answer').waitFor()
    await page.getByText(/It last did/).waitFor()
    await picture(page, 'floor-database-down')
    wire.heal()
    await page.getByRole('link', { name: BIG }).waitFor()
  })

  test('says how to connect where there is no floor, and the command where one was not migrated', async () => {
    await using unready = await FloorWorld.open()
    await unready.jobmanager.pool.query('drop table processing_errors')
    const urls = { FLOOR_JOBMANAGER_URL: unready.jobmanager.url, FLOOR_LOGS_URL: unready.logs.url }
    for (const [name, variables, words] of [
      ['none', {}, 'FLOOR_JOBMANAGER_URL=postgres://andon@db/jobmanager'],
      ['not-migrated', urls, 'andon floor migrate --plan'],
    ] as const) {
      // Each of its own: who has a password is shown no link.
      await using store = await testDatabase()
      await using other = await World.start({ DATABASE_URL: store.url, ...variables })
      const { page: seen } = await watchedPage(await other.browser.newContext())
      await signIn(seen, other.link)
      await seen.goto(`${other.base}/floor`)
      await seen.getByText(words).waitFor()
      expect(await barriers(seen)).toEqual([])
      await picture(seen, `floor-${name}`)
    }
  }, 120_000)

  test('broke no rule of the content security policy and threw nothing', () => {
    expect(watched.complaints).toEqual([])
  })
})
