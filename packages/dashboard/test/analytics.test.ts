import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { amountChange, mediaName, percent, shareChange, timeChange } from '../src/features/analytics/words.ts'
import { dayStart, queriesOf, viewOf } from '../src/features/analytics/view.ts'
import {
  api,
  barriers,
  browserPath,
  goByKeys,
  inEachLook,
  isTooWide,
  labels,
  picture,
  signIn,
  type WatchedPage,
  watchedPage,
  World,
} from './world.ts'

describe('the view of an address', () => {
  const at = { nowMs: Date.parse('2026-11-24T10:02:00Z'), zone: 'Europe/Berlin' }

  test('is all prints of seven days by day when nothing is said', () => {
    expect(viewOf({}, at)).toMatchObject({
      period: '7d',
      bucket: 'day',
      by: 'printer',
      count: 'labels',
      type: 'print.*',
    })
    expect(viewOf({}, at).until.toISOString()).toBe('2026-11-24T10:05:00.000Z')
    // The page knows the minute only: what ends within it has to be in the period.
    const onStep = { ...at, nowMs: Date.parse('2026-11-24T10:05:00Z') }
    expect(viewOf({}, onStep).until.toISOString()).toBe('2026-11-24T10:10:00.000Z')
    expect(viewOf({ period: '24h', by: 'user', type: '*', count: 'jobs' }, at)).toMatchObject({
      bucket: 'hour',
      by: 'user',
      count: 'jobs',
      type: null,
    })
    expect(viewOf({ period: 'for ever', by: 'colour', printer: '' }, at)).toMatchObject({
      period: '7d',
      by: 'printer',
      printer: null,
    })
    expect(viewOf({ type: 'report.day' }, at).count).toBe('jobs')
  })

  test('has days of the zone, also where its clocks change', () => {
    const view = viewOf({ from: '2026-10-25', to: '2026-10-25' }, at)
    expect(queriesOf(view).throughput).toMatchObject({
      since: '2026-10-24T22:00:00.000Z',
      until: '2026-10-25T23:00:00.000Z',
      bucket: 'hour',
    })
    expect(dayStart('2026-03-29', 'Europe/Berlin')?.toISOString()).toBe('2026-03-28T23:00:00.000Z')
    expect(dayStart('2026-03-30', 'Europe/Berlin')?.toISOString()).toBe('2026-03-29T22:00:00.000Z')
    expect(dayStart('2026-01-01', 'Pacific/Auckland')?.toISOString()).toBe('2025-12-31T11:00:00.000Z')
    expect(dayStart('yesterday', 'UTC')).toBeNull()
    expect(viewOf({ from: '2026-10-25', to: '2026-10-01' }, at).period).toBe('7d')
  })
})

describe('a change in words', () => {
  test('says more or less, in parts, points and times', () => {
    expect(amountChange(112, 100)).toEqual({ direction: 'up', words: '12 % more', isBetter: null })
    expect(amountChange(1, 4, 'less')).toEqual({ direction: 'down', words: '75 % less', isBetter: true })
    expect(amountChange(100, 100)?.words).toBe('as before')
    expect(amountChange(3, 0)).toEqual({ direction: null, words: 'none before', isBetter: null })
    expect(shareChange(0.05, 0.03, 'less')).toEqual({ direction: 'up', words: '2 points higher', isBetter: false })
    expect(timeChange(9, 10)).toEqual({ direction: 'down', words: '10 % shorter', isBetter: true })
    expect(timeChange(null, 10)).toBeNull()
  })

  test('never calls nearly all all', () => {
    expect([0, 0.0001, 0.0312, 0.5, 0.9999, 1, null].map(percent)).toEqual([
      '0 %',
      '0.1 %',
      '3.1 %',
      '50 %',
      '99.9 %',
      '100 %',
      '–',
    ])
    expect(mediaName('iso_a4_210x297mm')).toBe('A4, 210 × 297 mm')
    expect(mediaName(null)).toBe('The printer’s own')
    expect(mediaName('roll 3')).toBe('roll 3')
  })
})

// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('the page of figures', () => {
  let world: World
  let context: BrowserContext
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    world = await World.start()
    context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    watched = await watchedPage(context)
    page = watched.page
    page.setDefaultTimeout(25_000)
    await signIn(page, world.link)
  })

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  const panel = (name: string) => page.getByRole('region', { name, exact: true })

  test('says what to do while nothing has ended', async () => {
    await goByKeys(page, 'a', 'Analytics')
    await page.getByText('Nothing ended in this period').waitFor()
    expect(await barriers(page)).toEqual([])
    await picture(page, 'analytics-nothing')
    await page.getByRole('button', { name: 'Show all jobs of 30 days' }).click()
    await page.waitForURL((url) => url.searchParams.get('period') === '30d' && url.searchParams.get('type') === '*')
  })

  test('shows what was printed, in figures that the server has, and as CSV', async () => {
    await api(page, '/api/printers', { name: 'Label 01', driver: 'ipp', uri: world.printer.uri })
    for (const count of [3, 5]) {
      const { id } = await api<{ id: string }>(page, '/api/print', {
        printer: 'Label 01',
        items: labels(count),
        ...(count === 5 ? { options: { media: 'om_small-label_50x30mm' } } : {}),
      })
      await page.goto(`${world.base}/jobs/${id}`)
      await page.getByText('Completed', { exact: true }).first().waitFor()
    }
    await page.goto(`${world.base}/analytics?period=24h`)
    const short = page.getByRole('main').locator('dl').first()
    await short.getByText('in 2 jobs').waitFor()
    expect(await short.locator('dd').first().innerText()).toMatch(/^8\n/)
    const row = panel('Labels printed')
      .getByRole('row', { name: /^Label 01/ })
      .last()
    expect((await row.innerText()).split(/\s+/).slice(0, 4)).toEqual(['Label', '01', '8', '2'])
    await page.getByRole('img', { name: /^Labels printed by hour: 8 in all, 0 in the period before\.$/ }).waitFor()
    await panel('Media used').getByText('small label, 50 × 30 mm').waitFor()
    await panel('Printers available')
      .getByRole('img', { name: /^Label 01: / })
      .waitFor()
    await panel('Failures').getByText('No job failed in this period').waitFor()

    const link = panel('Labels printed').getByRole('link', { name: 'CSV of Labels printed' })
    const csv = await page.request.get((await link.getAttribute('href')) ?? '')
    expect((await csv.text()).split('\r\n')[0]).toBe('period,start,printer,jobs,labels')
    expect(await csv.text()).toContain(',Label 01,')
  })

  test('keeps the view in the address, and all of it can be done by the keyboard', async () => {
    await page.getByLabel('Count', { exact: true }).selectOption('Jobs')
    await page.getByRole('heading', { name: 'Jobs ended' }).waitFor()
    await page.getByRole('button', { name: 'Label 01' }).first().focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(
      (url) => url.searchParams.get('printer') === 'Label 01' && url.searchParams.get('by') === 'user',
    )
    const table = page.getByText('Jobs ended by hour as a table')
    await table.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('columnheader', { name: 'The one before' }).first().waitFor()
    await page.getByRole('button', { name: 'Any days' }).click()
    await page.getByLabel('From', { exact: true }).fill('2020-01-01')
    await page.getByLabel('Until, with it').fill('2024-01-01')
    await page.getByRole('button', { name: 'Show these days' }).click()
    await page.getByText('This period cannot be shown').waitFor()
    await page.getByText(/by day it may have 366/).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Jobs ended' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Jobs ended' }).waitFor()
    expect(await page.getByLabel('By', { exact: true }).inputValue()).toBe('user')
  })

  test('keeps nobody out: light, dark, with high contrast, and on a telephone', async () => {
    await inEachLook(world, context, async (seen, look) => {
      await seen.goto(`${world.base}/analytics?period=24h`)
      await seen.getByRole('heading', { name: 'Media used' }).waitFor()
      await seen.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
      for (const summary of await seen.locator('summary').all()) await summary.click()
      expect.soft(await barriers(seen), look).toEqual([])
      await picture(seen, `analytics-${look}`)
      expect.soft(await isTooWide(seen), `${look} is too wide`).toBe(false)
    })
    expect(watched.complaints).toEqual([])
  }, 180_000)
})
