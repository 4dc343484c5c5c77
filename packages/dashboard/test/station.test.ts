import { type LabDevice, type PrintLab, printLabMissing, type QzTray, startPrintLab, startQzTray } from '@andon/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  api,
  barriers,
  browserPath,
  FOREIGN_NAME,
  labels,
  picture,
  signIn,
  type WatchedPage,
  watchedPage,
  World,
} from './world.ts'

const missing = browserPath === undefined ? 'no Chromium: apt-get install chromium' : printLabMissing()
if (missing !== null) console.warn(`skipped: ${missing}`)

/** Much that is waited for takes several of these programs; on a machine that has much to do each is slow. */
const WAIT_MS = 60_000
const TEST_MS = 240_000

interface Made {
  readonly id: string
}

// A whole Andon and a real browser, in front of QZ Tray's stand-in and a real cupsd.
describe.skipIf(missing !== null && !process.env['ANDON_TEST_NO_SKIP'])(
  'the page of a station',
  { timeout: TEST_MS },
  () => {
    let lab: PrintLab
    let front: LabDevice
    let back: LabDevice
    let tray: QzTray
    let world: World
    let context: BrowserContext
    let watched: WatchedPage
    let page: Page

    beforeAll(async () => {
      lab = await startPrintLab()
      front = lab.sim
      back = await lab.addSim('Back_Q')
      tray = await startQzTray({ cupsUri: lab.cupsUri })
      world = await World.start()
      context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
      watched = await watched0()
      page = watched.page
      await signIn(page, world.link)
    }, TEST_MS)

    afterAll(async () => {
      await world?.[Symbol.asyncDispose]()
      await tray?.stop()
      await lab?.stop()
    })

    const watched0 = async (): Promise<WatchedPage> => {
      const opened = await watchedPage(context)
      opened.page.setDefaultTimeout(WAIT_MS)
      // Leaving a page that prints asks first.
      opened.page.on('dialog', (dialog) => void dialog.accept())
      return opened
    }
    const state = (at: Page = page) => at.getByRole('region', { name: 'State' }).getByRole('status')
    const isConnected = (at: Page = page) => state(at).getByText('Connected', { exact: true }).waitFor()
    const card = (name: string) => page.getByRole('article', { name, exact: true })
    const print = (count: number, to: { printer: string } | { pool: string }, description: string) =>
      api<Made>(page, '/api/print', { ...to, description, items: labels(count) })
    const ended = async (...jobs: readonly Made[]): Promise<void> => {
      for (const { id } of jobs) {
        await expect
          .poll(() => api<{ state: string; proof: string }>(page, `/api/jobs/${id}`), { timeout: WAIT_MS })
          .toMatchObject({ state: 'completed', proof: 'confirmed' })
      }
    }
    /** Labels that came out since the mark, by the lab's own record. */
    const cameOut = async (mark: number): Promise<string[]> => (await everything()).slice(mark)
    const everything = async (): Promise<string[]> => [...(await back.printed()), ...(await front.printed())]

    test('says what a station is when there is none, and lets a supervisor make one', async () => {
      await page.goto(`${world.base}/station`)
      await page.getByText('No stations yet').waitFor()
      await picture(page, 'station-none')
      await page.getByRole('button', { name: 'Add station' }).click()
      await page.getByLabel('Name').fill('Reception')
      await page.getByRole('dialog').getByRole('button', { name: 'Add station' }).click()
      await page.getByRole('button', { name: /^Reception/ }).waitFor()
      await picture(page, 'station-choose')
      await page.getByRole('button', { name: /^Reception/ }).click()
      await page.getByRole('heading', { level: 1, name: 'Reception' }).waitFor()
    })

    test('says that QZ Tray cannot be reached and what to do, and connects where it is told', async () => {
      await state().getByText('Disconnected', { exact: true }).waitFor()
      await page
        .getByRole('region', { name: 'QZ Tray is not running' })
        .getByText(/Start QZ Tray on this machine/)
        .waitFor()
      await picture(page, 'station-disconnected')
      await page.getByText('Connection with QZ Tray', { exact: true }).click()
      await page.getByLabel('Port').fill(String(tray.port))
      await page.getByRole('button', { name: 'Save and connect' }).click()
      await isConnected()
      await page.getByRole('region', { name: 'QZ Tray is not running' }).waitFor({ state: 'detached' })
    })

    test('offers the printers that QZ Tray has, and drives those that are added', async () => {
      const found = page.getByRole('region', { name: 'Found by QZ Tray on this machine' })
      await found.getByText('Sim_Q').waitFor()
      await picture(page, 'station-found')
      for (const name of ['Sim_Q', 'Back_Q']) {
        await found.getByRole('button', { name: `Add ${name}` }).click()
        await page.getByRole('button', { name: 'Check and add' }).click()
        await card(name).getByText('Online').waitFor()
      }
      await api(page, '/api/pools', { name: 'badges' })
      for (const name of ['Sim_Q', 'Back_Q']) {
        const change = { headers: { origin: world.base }, data: { pool: 'badges' } }
        expect((await page.request.patch(`${world.base}/api/printers/${name}`, change)).ok()).toBe(true)
      }
    })

    test('prints twenty badges over two printers, each once', async () => {
      const mark = (await everything()).length
      const jobs = await Promise.all([1, 2, 3, 4].map((n) => print(5, { pool: 'badges' }, `Badges ${n}`)))
      const now = page.getByRole('region', { name: 'Prints now' })
      await now
        .getByText(/^[1-5] of 5 printed$/)
        .first()
        .waitFor()
      await picture(page, 'station-printing')
      await ended(...jobs)
      await now.getByText('Nothing is under way').waitFor()
      const out = await cameOut(mark)
      expect(out).toHaveLength(20)
      expect(new Set(out).size).toBe(20)
      expect((await front.printed()).length).toBeGreaterThan(0)
      expect((await back.printed()).length).toBeGreaterThan(0)
      await page.getByRole('region', { name: 'Recent jobs' }).getByText('5 of 5 printed').first().waitFor()
    })

    test('shows what to do at a printer that jams while the other one goes on, and lets it go on by itself', async () => {
      const mark = (await everything()).length
      await front.setFault('media-jam')
      const stuck = await print(2, { printer: 'Sim_Q' }, 'Badges for the front')
      const jam = card('Sim_Q').getByRole('region', { name: 'Paper jam' })
      await jam.getByText('Open the cover and lift the print head.').waitFor()
      await picture(page, 'station-jam')
      const others = await Promise.all([1, 2, 3].map((n) => print(2, { pool: 'badges' }, `Late badges ${n}`)))
      await ended(...others)
      expect(await jam.isVisible()).toBe(true)
      await front.setFault(null)
      await ended(stuck)
      await jam.waitFor({ state: 'detached' })
      await card('Sim_Q').getByText('Online').waitFor()
      const out = await cameOut(mark)
      expect(out).toHaveLength(8)
      expect(new Set(out).size).toBe(8)
    })

    /** A person looks at the printer, and says which label is the first that is missing. */
    const settle = async (title: string, out: () => Promise<number>): Promise<void> => {
      const asked = page.getByRole('article', { name: `${title} needs confirmation` })
      await asked.getByRole('heading', { name: 'Did it come out?' }).waitFor()
      await asked.getByLabel('First missing label').fill(String((await out()) + 1))
      await picture(page, `station-asks-${title.split(' ')[0]}`)
      await asked.getByRole('button', { name: /^Print again from label/ }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Print from label/ })
        .click()
      await page.waitForURL(/\/jobs\//)
      const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
      await ended({ id })
      await page.goBack()
      await page.getByRole('heading', { level: 1, name: 'Reception' }).waitFor()
    }

    test('asks about the label under way when QZ Tray ends, and goes on when it is back', async () => {
      const mark = (await everything()).length
      const title = 'Lanyards, first day'
      await print(8, { printer: 'Sim_Q' }, title)
      await page
        .getByText(/^[2-6] of 8 printed$/)
        .first()
        .waitFor()
      tray.dieAfterSpooling()
      await state().getByText('Disconnected', { exact: true }).waitFor()
      await tray.start()
      await isConnected()
      await settle(title, async () => (await cameOut(mark)).length)
      expect(await cameOut(mark)).toHaveLength(8)
    })

    test('is loaded again while it prints, and prints nothing twice', async () => {
      const mark = (await everything()).length
      const spooledMark = tray.spooled.length
      const title = 'Wristbands, second day'
      await front.setPace(1, 0.5)
      await print(8, { printer: 'Sim_Q' }, title)
      await page
        .getByText(/^[2-6] of 8 printed$/)
        .first()
        .waitFor()
      const before = tray.spooled.length
      await tray.until(({ spooled }) => spooled.length > before)
      await page.reload()
      await isConnected()
      await front.setPace(1, 0.1)
      const asked = page.getByRole('article', { name: `${title} needs confirmation` })
      await asked.waitFor()
      // What QZ Tray had spooled comes out by itself.
      await expect
        .poll(async () => (await cameOut(mark)).length, { timeout: WAIT_MS })
        .toBe(tray.spooled.length - spooledMark)
      await settle(title, async () => (await cameOut(mark)).length)
      expect(await cameOut(mark)).toHaveLength(8)
    })

    test('leaves it to the tab that drives, and takes over when that is closed', async () => {
      const { page: second, complaints } = await watched0()
      await second.goto(`${world.base}/station`)
      await state(second).getByText('Another tab drives', { exact: true }).waitFor()
      await picture(second, 'station-aside')
      await page.close()
      page = second
      await isConnected()
      await ended(await print(1, { printer: 'Back_Q' }, 'One more'))
      expect(complaints).toEqual([])
    })

    test('says where a browser lacks what keeps it from printing twice, and what to do', async () => {
      const elsewhere = await world.browser.newContext({ storageState: await context.storageState() })
      const [session] = await context.cookies()
      const { expires: _expires, ...cookie } = session ?? { name: '', value: '', expires: 0 }
      await elsewhere.addCookies([{ ...cookie, domain: FOREIGN_NAME, secure: false }])
      const { page: insecure } = await watchedPage(elsewhere)
      const { port } = new URL(world.base)
      await insecure.goto(`http://${FOREIGN_NAME}:${port}/station?choose=Reception`)
      await state(insecure).getByText('Cannot drive here', { exact: true }).waitFor()
      const why = insecure.getByRole('region', { name: 'The address of this page is not secure' })
      await why
        .getByText(/begins with https/)
        .first()
        .waitFor()
      await picture(insecure, 'station-unable')
      await elsewhere.close()
    })

    test('keeps nobody out: no serious barrier, light, dark, with high contrast, and on a telephone', async () => {
      for (const [look, colorScheme, contrast, width] of [
        ['light', 'light', 'no-preference', 1440],
        ['dark', 'dark', 'no-preference', 1440],
        ['contrast', 'light', 'more', 1024],
        ['telephone', 'light', 'no-preference', 360],
      ] as const) {
        await page.emulateMedia({ colorScheme, contrast })
        await page.setViewportSize({ width, height: 800 })
        for (const [path, name] of [
          ['/station', 'Reception'],
          ['/stations', 'Stations'],
        ] as const) {
          await page.goto(world.base + path)
          await page.getByRole('heading', { level: 1, name }).waitFor()
          await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
          if (path === '/station') await isConnected()
          expect.soft(await barriers(page), `${path} ${look}`).toEqual([])
          await picture(page, `${path.slice(1)}-${look}`)
          const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
          expect.soft(isTooWide, `${path} is wider than ${width}`).toBe(false)
        }
      }
    })

    test('broke no rule of the content security policy and threw nothing', () => {
      expect(watched.complaints).toEqual([])
    })
  },
)
