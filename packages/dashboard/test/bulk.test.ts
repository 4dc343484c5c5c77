import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  api,
  barriers,
  browserPath,
  inEachLook,
  isTooWide,
  picture,
  signIn,
  type WatchedPage,
  watchedPage,
  World,
} from './world.ts'

interface Claimed {
  readonly data: readonly { readonly id: string; readonly lease_token: string }[]
}

// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('many jobs at once, in a browser', () => {
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

  const open = (path: string) => page.goto(world.base + path)
  const create = (queue: string, count: number, more: object = {}) =>
    api(page, '/api/jobs', { jobs: Array.from({ length: count }, () => ({ type: 'test.work', queue, ...more })) })

  /** Makes jobs and has them fail, as a worker does. */
  async function failed(
    count: number,
    error: { readonly code: string; readonly message: string; hint: string | null },
  ) {
    const type = `${error.code}.work`
    await create('fails', count, { type })
    const { data } = await api<Claimed>(page, '/api/workers/claim', {
      worker: 'hands',
      types: [type],
      queues: ['fails'],
      limit: count,
    })
    expect(data).toHaveLength(count)
    const { code, hint, message } = error
    const body = { code, message, retryable: false, ...(hint === null ? {} : { hint }) }
    for (const { id, lease_token } of data) {
      const answer = await page.request.post(`${world.base}/api/jobs/${id}/fail`, {
        data: { ...body, lease_token },
        headers: { origin: world.base },
      })
      expect(answer.ok(), await answer.text()).toBe(true)
    }
  }

  const offline = { code: 'scale_offline', message: 'Scale 7 does not answer', hint: 'Plug it in and switch it on.' }

  test('selects some, then all that match, and says what it will do before it does it', async () => {
    await create('bulk', 230, { description: 'Weigh a parcel' })
    await open('/jobs?q=queue:bulk')
    await page.locator('[data-job]').first().waitFor()
    await page.locator('[data-job]').first().getByRole('checkbox').check()
    await page.getByText('1 job selected').waitFor()
    await page.getByRole('button', { name: 'Select all 230 that match' }).click()
    await page.getByText('All 230 that match').waitFor()
    await picture(page, 'bulk-bar', { isWhole: false })
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Hold …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Hold 230 jobs?' })
    await dialog.getByText('Queued: would be put on hold').waitFor()
    await dialog.getByLabel('Reason').fill('stock-taking')
    expect(await barriers(page)).toEqual([])
    await picture(page, 'bulk-dry-run', { isWhole: false })
    await dialog.getByRole('button', { name: 'Hold 230 jobs' }).click()
    const done = page.getByRole('dialog', { name: 'Done' })
    await done.getByText('230 put on hold').waitFor()
    await picture(page, 'bulk-done', { isWhole: false })
    await done.getByRole('button', { name: 'Close' }).last().click()
    expect(await page.getByRole('region', { name: 'Selection' }).count()).toBe(0)
    const held = await api<{ data: unknown[] }>(page, '/api/jobs?q=queue:bulk%20wait:hold&limit=500')
    expect(held.data).toHaveLength(230)
  })

  test('asks for what an action needs, counts again, and can be left', async () => {
    await open('/jobs?q=queue:bulk')
    await page.locator('[data-job]').first().getByRole('checkbox').check()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Change the priority …' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: /^Change the priority of/ }).isDisabled()).toBe(true)
    await dialog.getByLabel('Priority').selectOption('normal')
    await dialog.getByText('Left alone: as asked already').waitFor()
    await dialog.getByLabel('Priority').selectOption('urgent')
    await dialog.getByText('would be given another priority').waitFor()
    await dialog.getByRole('button', { name: 'Leave as it is' }).click()
    await page.getByText('1 job selected').waitFor()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Move …' }).click()
    await page
      .getByLabel('To')
      .selectOption('queue fails')
      .catch(() => undefined)
    await page.keyboard.press('Escape')
    await page.keyboard.press('c')
    await page.getByRole('dialog', { name: 'Cancel 1 job?' }).getByRole('button', { name: 'Cancel 1 job' }).click()
    await page.getByText('1 cancelled').first().waitFor()
    await page.keyboard.press('Escape')
    await open('/jobs?q=queue:bulk%20state:cancelled')
    await page.locator('[data-job]').first().getByRole('checkbox').check()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Delete …' }).click()
    await page.getByRole('button', { name: 'Delete 1 job' }).click()
    await page.getByRole('dialog', { name: 'Done' }).getByText('1 deleted').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('No job matches').waitFor()
  })

  test('shows errors of the same cause as one, live, and retries what is left of them', async () => {
    await open('/errors')
    await page.getByText('Nothing failed').waitFor()
    await failed(3, { code: 'no_space', message: 'There is no space left for "a.pdf"', hint: null })
    await failed(37, offline)
    const card = page.getByRole('article', { name: /Scale 7 does not answer/ })
    await card.getByText('×37').waitFor()
    await card.getByText('Plug it in and switch it on.').waitFor()
    await page.getByRole('article').nth(1).waitFor()
    expect(await barriers(page)).toEqual([])
    await inEachLook(world, context, async (eyes, look) => {
      await eyes.goto(`${world.base}/errors`)
      await eyes.getByText('×37').waitFor()
      expect(await isTooWide(eyes)).toBe(false)
      await picture(eyes, `errors-${look}`)
      await eyes.getByRole('button', { name: /^Retry 37/ }).click()
      await eyes.getByText('Failed: would be retried').waitFor()
      await picture(eyes, `errors-retry-${look}`, { isWhole: false })
    })
    await card.getByRole('link', { name: /Show jobs/ }).click()
    await page.waitForURL(
      ({ pathname, searchParams }) =>
        pathname === '/jobs' && searchParams.get('q')?.startsWith('fingerprint:') === true,
    )
    await page.locator('[data-job]').nth(10).waitFor()
    await page.goBack()
    await card.getByRole('button', { name: /^Retry 37/ }).click()
    await page.getByRole('button', { name: 'Retry 37 jobs' }).click()
    await page.getByRole('dialog', { name: 'Done' }).getByText('37 retried').waitFor()
    await page.keyboard.press('Escape')
    await card.getByText('All retried').waitFor()
    await page.getByRole('button', { name: 'Not retried yet' }).click()
    await page.waitForURL(({ searchParams }) => searchParams.get('show') === 'open')
    await expect.poll(() => page.getByRole('article').count()).toBe(1)
    await page.getByRole('button', { name: '30 days' }).click()
    await page.getByText('×3', { exact: true }).waitFor()
    expect(watched.complaints).toEqual([])
  })
})
