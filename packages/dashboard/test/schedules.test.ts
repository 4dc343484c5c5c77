import { openStore, type Store } from '@andon/store'
import { testDatabase } from '@andon/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { draftOf, inputError, requestOf } from '../src/features/schedules/draft.ts'
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

const REPORT = {
  name: 'Morning report',
  cron: '0 6 * * MON-FRI',
  time_zone: 'Europe/Berlin',
  job: { type: 'report.pdf', queue: 'reports', description: 'The report', input: { of: 'yesterday' } },
}

// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('schedules in a browser', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack()
  let store: Store
  let world: World
  let context: BrowserContext
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    const database = stack.use(await testDatabase())
    store = stack.use(await openStore({ connection: database.url }))
    world = stack.use(await World.start({ DATABASE_URL: database.url }))
    context = await world.browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      timezoneId: 'Europe/Berlin',
    })
    watched = await watchedPage(context)
    page = watched.page
    page.setDefaultTimeout(25_000)
    await signIn(page, world.link)
  }, 120_000)

  afterAll(() => stack.disposeAsync())

  const card = (name: string, at: Page = page) => at.getByRole('article', { name, exact: true })
  const preview = () => page.getByRole('dialog').getByRole('region', { name: 'Preview' })

  test('says what schedules are for while there are none', async () => {
    await page.goto(`${world.base}/schedules`)
    await page.getByText('No schedules yet').waitFor()
    await page.getByText(/Runs that were missed are made up for once/).waitFor()
    await picture(page, 'schedules-none')
  })

  test('shows in words and times what is being written, and adds it', async () => {
    await page.getByRole('button', { name: 'Add schedule' }).first().click()
    await preview().getByText('At 06:00, Monday through Friday').waitFor()
    expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin')
    expect(await preview().getByRole('listitem').count()).toBe(5)
    await preview()
      .getByText(/^(Mon|Tue|Wed|Thu|Fri),? .*06:00$/)
      .first()
      .waitFor()

    await page.getByLabel('Expression').fill('every now and then')
    await page.getByText(/"every now and then" is not a cron expression/).waitFor()
    await picture(page, 'schedules-wrong', { isWhole: false })
    await page.getByLabel('Begin with').selectOption('Every 15 minutes')
    await preview().getByText('Every 15 minutes').waitFor()
    await page.getByLabel('Time zone').fill('Mars/Base')
    await page.getByText(/"Mars\/Base" is not a time zone/).waitFor()
    await page.getByLabel('Time zone').fill('America/New_York')
    await page.getByLabel('Expression').fill('30 7 * * 1')
    await preview().getByText('At 07:30, only on Monday').waitFor()
    await preview()
      .getByText(/^Mon,? .*07:30$/)
      .first()
      .waitFor()

    await page.getByLabel('Name').fill(REPORT.name)
    await page.getByLabel('Type').fill('Report')
    await page.getByLabel('Queue').fill('reports')
    await page.getByLabel('Description').fill('The report')
    await page.getByLabel('Input').fill('{ "of": ')
    await page.getByText(/This is no JSON/).waitFor()
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Add schedule' }).isDisabled()).toBe(true)
    await page.getByLabel('Input').fill('{ "of": "yesterday" }')
    await page.getByRole('dialog').getByRole('button', { name: 'Add schedule' }).click()
    await page.locator('input[aria-invalid=true]').waitFor()
    await page.getByLabel('Type').fill('report.pdf')
    await picture(page, 'schedules-add', { isWhole: false })
    await page.getByRole('dialog').getByRole('button', { name: 'Add schedule' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await card(REPORT.name).getByText('At 07:30, only on Monday').waitFor()
    await card(REPORT.name).getByText('Active').waitFor()
    const { data } = await api<{ data: object[] }>(page, '/api/schedules')
    expect(data).toMatchObject([
      { ...REPORT, cron: '30 7 * * 1', time_zone: 'America/New_York', overlap: 'start', is_redacted: false },
    ])
  })

  test('edits it with what it has', async () => {
    await page.getByRole('button', { name: `More for ${REPORT.name}` }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    expect(await page.getByLabel('Input').inputValue()).toBe('{\n  "of": "yesterday"\n}')
    await page.getByLabel('Begin with').selectOption('Weekdays at 06:00')
    await page.getByLabel('While its last job still waits or runs').selectOption('Skip the run')
    await page.getByRole('button', { name: 'Save' }).click()
    await card(REPORT.name).getByText('The run is skipped').waitFor()
    await card(REPORT.name).getByText('At 06:00, Monday through Friday').waitFor()
    await card(REPORT.name)
      .getByText(/^Next 5 runs/)
      .click()
    expect(await card(REPORT.name).getByRole('listitem').count()).toBe(5)
  })

  test('runs it now with a way to the job, and says when the last one is not done', async () => {
    await page.getByRole('button', { name: `Run now: ${REPORT.name}` }).click()
    await page.getByText(`${REPORT.name} has made a job`).waitFor()
    await card(REPORT.name).getByText('Queued').waitFor()
    await page.getByRole('button', { name: `Run now: ${REPORT.name}` }).click()
    await page.getByText(`The last job of ${REPORT.name} is not done`).waitFor()
    await page.getByRole('button', { name: 'Open' }).last().click()
    await page.getByRole('heading', { level: 1, name: 'The report' }).waitFor()
    await page.goBack()
    await card(REPORT.name)
      .getByRole('link', { name: /^The last job/ })
      .click()
    await page.getByRole('heading', { level: 1, name: 'The report' }).waitFor()
    await page.goBack()
  })

  test('shows by itself a run whose time has come, and what was missed and skipped', async () => {
    await api(page, '/api/schedules', { ...REPORT, name: 'Every hour', cron: '0 * * * *' })
    await card('Every hour').getByText('Never yet').waitFor()
    await store.pool.query(
      "update schedule set next_run_at = date_trunc('hour', now()) - interval '3 hours' where name = 'Every hour'",
    )
    await card('Every hour')
      .getByText(/^3 runs were missed while no server ran/)
      .waitFor()
    await card('Every hour')
      .getByRole('link', { name: /^The last job/ })
      .waitFor()
    await store.pool.query('update schedule set next_run_at = now() where name = $1', [REPORT.name])
    await card(REPORT.name)
      .getByText(/^1 run was skipped/)
      .waitFor()

    await api(page, '/api/schedules', { ...REPORT, name: 'Into a printer', job: { type: 'a.b', queue: 'Zebra' } })
    await api(page, '/api/printers', { name: 'Zebra', driver: 'virtual', uri: world.printer.uri })
    await store.pool.query("update schedule set next_run_at = now() where name = 'Into a printer'")
    await card('Into a printer').getByText('In trouble').waitFor()
    await card('Into a printer')
      .getByText(/"Zebra" is a printer/)
      .waitFor()
  })

  test('pauses it, undoes that, and removes one after a question', async () => {
    await page.getByRole('button', { name: 'Pause: Every hour' }).click()
    await card('Every hour').getByText('Not while it is paused').waitFor()
    await card('Every hour')
      .getByText(/^Paused by/)
      .waitFor()
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await card('Every hour').getByText('Active').waitFor()
    await page.getByRole('button', { name: 'Pause: Every hour' }).click()
    await picture(page, 'schedules')
    await page.getByRole('button', { name: 'More for Into a printer' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page
      .getByRole('dialog', { name: 'Remove Into a printer?' })
      .getByText(/The jobs that it made stay/)
      .waitFor()
    await page.getByRole('button', { name: 'Remove schedule' }).click()
    await card('Into a printer').waitFor({ state: 'detached' })
  })

  test('is reached and used by the keyboard alone', async () => {
    await page.goto(`${world.base}/`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await goByKeys(page, 'c', 'Schedules')
    await page.getByRole('button', { name: 'Add schedule' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Add a schedule' }).waitFor()
    await page.getByLabel('Name').focus()
    await page.keyboard.type('Cleanup')
    await page.getByLabel('Type').focus()
    await page.keyboard.type('stock.sweep')
    await page.keyboard.press('Enter')
    await card('Cleanup').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find or do anything' }).fill('workers')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Workers & queues' }).waitFor()
  })

  test('lets an operator run and a viewer read, and offers no more', async () => {
    for (const [name, role, buttons] of [
      ['otto', 'operator', 3],
      ['vera', 'viewer', 0],
    ] as const) {
      await api(page, '/api/users', { name, role })
      const { link } = await api<{ link: string }>(page, `/api/users/${name}/link`, {})
      const other = await world.browser.newContext()
      const { page: theirs } = await watchedPage(other)
      await signIn(theirs, `${world.base}/sign-in?link=${link}`)
      await theirs.goto(`${world.base}/schedules`)
      await card('Cleanup', theirs).waitFor()
      const acts = theirs.getByRole('button', { name: /^Run now|^Pause|^Resume|^More for|^Add schedule/ })
      expect(await acts.count(), name).toBe(buttons)
      await other.close()
    }
  })

  test('keeps nobody out: no serious barrier, light, dark, with high contrast, and on a telephone', async () => {
    await inEachLook(world, context, async (seen, look) => {
      await seen.goto(`${world.base}/schedules`)
      await card(REPORT.name, seen).waitFor()
      expect.soft(await barriers(seen), look).toEqual([])
      expect.soft(await isTooWide(seen), `too wide: ${look}`).toBe(false)
      await picture(seen, `schedules-${look}`)
      await seen.getByRole('button', { name: 'Add schedule' }).click()
      await seen.getByRole('dialog').getByRole('listitem').first().waitFor()
      expect.soft(await barriers(seen), `dialog ${look}`).toEqual([])
      await picture(seen, `schedules-dialog-${look}`, { isWhole: false })
    })
  })

  test('broke no rule of the content security policy and threw nothing', () => {
    expect(watched.complaints).toEqual([])
  })
})

describe('the draft of a schedule', () => {
  test('keeps of a job what the form does not show, and nothing that was taken out', () => {
    const schedule = {
      id: 1,
      name: 'a',
      cron: '0 6 * * *',
      time_zone: 'UTC',
      words: null,
      job: { type: 'a.b', queue: 'q', description: 'x', input: 1, tags: { for: 'anna' }, max_attempts: 2 },
      is_redacted: false,
      overlap: 'skip',
      next_runs: [],
      pause: null,
      last_run_at: null,
      last_job: null,
      missed: null,
      skipped: null,
      trouble: null,
      created_at: '2026-11-22T08:00:00Z',
    } as const
    const view = { ...schedule, next_runs: [] }
    const draft = draftOf(view)
    expect(requestOf(draft, view)).toMatchObject({ job: { ...schedule.job, priority: 'normal' }, overlap: 'skip' })
    const emptied = requestOf({ ...draft, queue: ' ', description: '', input: '' }, view)
    expect(emptied.job).toEqual({ type: 'a.b', priority: 'normal', tags: { for: 'anna' }, max_attempts: 2 })
  })

  test('says what is no JSON', () => {
    const draft = draftOf(null)
    expect(inputError(draft)).toBeNull()
    expect(inputError({ ...draft, input: '[1' })).toMatch(/no JSON/)
    expect(inputError({ ...draft, input: '7' })).toBeNull()
  })
})
