import { expect, test } from 'vitest'
import { api } from '../world.ts'
import { PASSWORD, type Visit } from './visit.ts'

/** How people get in. */
export function signInPages(visit: Visit): void {
  test('lets people in by a link once, and then by the password they chose', async () => {
    const { heading, page, world } = visit
    await page.goto(world.link)
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set password' }).click()
    await heading(/All is well/).waitFor()
    const { account } = await api<{ account: { name: string } }>(page, '/api/session')

    await page.getByRole('button', { name: /account of/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Name').fill(account.name)
    await page.getByLabel('Password').fill('something else')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText(/./).waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await heading(/All is well/).waitFor()

    await page.goto(world.link)
    await heading('This link does not work').waitFor()
  })

  test('lets people in with the provider of the shop, and says what kept them out', async () => {
    const { provider, world } = visit
    const fresh = await world.browser.newContext({ viewport: { width: 1440, height: 900 } })
    const visitor = await fresh.newPage()
    const withProvider = visitor.getByRole('link', { name: 'Sign in with Shop SSO' })
    await visitor.goto(`${world.base}/jobs`)
    await withProvider.click()
    await visitor.getByRole('alert').getByText('The sign-in provider does not answer').waitFor()

    provider.open(`${world.base}/api/sign-in/provider/callback`)
    await withProvider.click()
    await visitor.locator('[name=login]').fill('p-1')
    await visitor.locator('[name=password]').fill('any')
    await visitor.getByRole('button', { name: 'Sign-in' }).click()
    await visitor.getByRole('button', { name: 'Continue' }).click()
    await visitor.getByRole('heading', { level: 1 }).waitFor()
    expect(await api(visitor, '/api/session')).toMatchObject({
      account: { name: 'olga', display_name: 'Olga Ek', role: 'operator' },
      must_set_password: false,
    })
    await visitor.goto(`${world.base}/settings?tab=account&problem=identity_taken`)
    await visitor.getByRole('alert').getByText('belongs to another account').waitFor()
    await visitor.getByText('Connected: you sign in with Shop SSO.').waitFor()
    await fresh.close()
  })
}
