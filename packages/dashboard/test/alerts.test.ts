import { startWebhookReceiver, type WebhookReceiver } from '@andon/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  api,
  barriers,
  browserPath,
  goByKeys,
  inEachLook,
  isTooWide,
  picture,
  signIn,
  watchedPage,
  World,
} from './world.ts'

const TEST_MS = 180_000

// A whole Andon, a real browser, and a receiver that is really posted to.
describe.skipIf(browserPath === undefined && !process.env['ANDON_TEST_NO_SKIP'])(
  'the page of alerts',
  { timeout: TEST_MS },
  () => {
    let world: World
    let receiver: WebhookReceiver
    let context: BrowserContext
    let page: Page
    let complaints: string[]

    beforeAll(async () => {
      receiver = await startWebhookReceiver()
      world = await World.start({ ANDON_WEBHOOK_HOSTS: '127.0.0.1' })
      context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
      ;({ page, complaints } = await watchedPage(context))
      page.setDefaultTimeout(60_000)
      await signIn(page, world.link)
    }, TEST_MS)

    afterAll(async () => {
      await world?.[Symbol.asyncDispose]()
      await receiver?.[Symbol.asyncDispose]()
    })

    const card = (name: string) => page.getByRole('article', { name, exact: true })
    const dialog = () => page.getByRole('dialog')
    const open = () => page.getByRole('region', { name: 'Open alerts' })

    test('is reached by its keys and says what a rule is while there is none', async () => {
      await goByKeys(page, 'l', 'Alerts')
      await page.getByText('No rules yet').waitFor()
      await page.getByText('Nobody was told anything yet').waitFor()
      expect(await barriers(page)).toEqual([])
      await picture(page, 'alerts-none')
    })

    test('refuses what cannot work in words, and keeps what was written', async () => {
      await page.getByRole('button', { name: 'Add rule' }).click()
      await dialog().getByLabel('Addresses').fill('anna@example.com')
      await dialog().getByRole('button', { name: 'Add rule' }).click()
      await dialog().getByText('This server cannot send mail yet').waitFor()
      await dialog().getByLabel('By', { exact: true }).selectOption('webhook')
      await dialog().getByLabel('Address', { exact: true }).fill('http://10.1.2.3/in')
      await dialog().getByRole('button', { name: 'Add rule' }).click()
      await dialog().getByText('10.1.2.3 is not a public address.').waitFor()
    })

    test('adds a rule by words, and shows the secret of its webhook once', async () => {
      await dialog().getByLabel('What happens').selectOption({ label: 'A printer is down' })
      await dialog().getByLabel('Printer', { exact: true }).fill('Ghost')
      await dialog().getByLabel('Longer than (minutes)').fill('0')
      await dialog().getByLabel('Address', { exact: true }).fill(`${receiver.url}/in`)
      await dialog().getByLabel('Quiet hours').check({ force: true })
      await dialog().getByLabel('From').waitFor()
      expect(await barriers(page)).toEqual([])
      await picture(page, 'alerts-form')
      await dialog().getByLabel('Quiet hours').uncheck({ force: true })
      await dialog().getByLabel('Name').fill('Ghost stands still')
      await dialog().getByRole('button', { name: 'Add rule' }).click()
      await page.getByText('Copy the secret now').waitFor()
      expect(await dialog().locator('code').textContent()).toMatch(/^whsec_/)
      await picture(page, 'alerts-secret')
      await dialog().getByRole('button', { name: 'I have it' }).click()
      await card('Ghost stands still').getByText('When Ghost is down').waitFor()
      await card('Ghost stands still').getByText('Watching').waitFor()
    })

    test('sends a test and shows live what becomes of it', async () => {
      receiver.answers.push({ status: 400, body: 'no such room' })
      await card('Ghost stands still').getByRole('button', { name: 'Send a test' }).click()
      await card('Ghost stands still').getByText('Not delivered', { exact: true }).waitFor()
      await card('Ghost stands still').getByText('It answered with status 400: no such room').waitFor()
      await card('Ghost stands still').getByRole('button', { name: 'Send a test' }).click()
      await card('Ghost stands still').getByText('Delivered', { exact: true }).waitFor()
      expect(receiver.received.map(({ path }) => path)).toEqual(['/in', '/in'])
      const messages = page.getByRole('region', { name: 'Messages' }).getByRole('listitem')
      await expect.poll(() => messages.allTextContents()).toHaveLength(2)
      await picture(page, 'alerts-test')
    })

    test('shows an alert as it comes, with its count in the menu', async () => {
      const ghost = { name: 'Ghost', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true }
      await api(page, '/api/printers', ghost)
      await open().getByText('Ghost: ').first().waitFor()
      await page.getByRole('navigation', { name: 'Pages' }).getByText('1 open').first().waitFor()
      await expect.poll(() => receiver.received.length).toBe(3)
      expect(JSON.parse(receiver.received[2]?.body ?? '')).toMatchObject({
        type: 'alert',
        data: { rule: 'Ghost stands still' },
      })
      await page.getByRole('region', { name: 'Messages' }).getByText('Ghost: ').first().waitFor()
      await inEachLook(world, context, async (eyes, look) => {
        await eyes.goto(`${world.base}/alerts`)
        await eyes.getByRole('article', { name: 'Ghost stands still' }).waitFor()
        await eyes.getByRole('button', { name: /^I see to it/ }).waitFor()
        expect(await barriers(eyes)).toEqual([])
        expect(await isTooWide(eyes)).toBe(false)
        await picture(eyes, `alerts-${look}`)
        await eyes.getByRole('button', { name: 'Change' }).click()
        await eyes.getByRole('dialog').getByLabel('What happens').waitFor()
        expect(await isTooWide(eyes)).toBe(false)
        await picture(eyes, `alerts-change-${look}`, { isWhole: false })
      })
    })

    test('is seen to by keyboard alone, and stays open until it is over', async () => {
      await page.getByRole('button', { name: /^I see to it/ }).focus()
      await page.keyboard.press('Enter')
      await open().getByText('sees to it').waitFor()
      await page.request.fetch(`${world.base}/api/printers/Ghost`, {
        method: 'DELETE',
        headers: { origin: world.base },
      })
      await page.getByText('Nothing is the matter').waitFor()
      await open().getByText('What is over').click()
      await open()
        .getByText(/seen to by/)
        .waitFor()
    })

    test('changes, pauses and removes a rule', async () => {
      await card('Ghost stands still').getByRole('button', { name: 'Change' }).click()
      await dialog().getByLabel('Name').fill('Ghost is gone')
      await dialog().getByLabel('The same again after (minutes)').fill('60')
      await dialog().getByRole('button', { name: 'Save' }).click()
      await card('Ghost is gone').getByText('The same again after 60 min').waitFor()
      await card('Ghost is gone').getByText(`Webhook: ${receiver.url}/in`).waitFor()
      await card('Ghost is gone').getByRole('button', { name: 'Pause' }).click()
      await card('Ghost is gone').getByText('Paused', { exact: true }).waitFor()
      await card('Ghost is gone').getByRole('button', { name: 'Resume' }).click()
      await card('Ghost is gone').getByText('Watching').waitFor()
      await card('Ghost is gone').getByRole('button', { name: 'Remove' }).click()
      await page.getByRole('alertdialog').or(dialog()).getByRole('button', { name: 'Remove this rule' }).click()
      await page.getByText('No rules yet').waitFor()
      expect(complaints).toEqual([])
    })
  },
)
