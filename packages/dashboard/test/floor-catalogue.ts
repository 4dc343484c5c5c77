import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { api } from './world.ts'

/** A server with a floor, and somebody signed in who may do everything. */
interface Shop {
  readonly base: string
  readonly page: Page
}

/** What another person adds to the catalogue. */
const FOLD = { operation_id: 'fold', operation_type: 'fold', position: 900 }

/** The operations of the floor, in the settings. */
export function floorCatalogue(shop: () => Shop): void {
  test('has its operations in the catalogue, where they are added, changed and removed', async () => {
    const { base, page } = shop()
    await page.goto(`${base}/settings?tab=catalogue`)
    const list = page.getByRole('region', { name: 'Operations of the floor' })
    await list.getByRole('listitem').filter({ hasText: 'Kiss cut' }).getByText('op006').waitFor()
    await list.getByRole('button', { name: 'Add operation' }).click()
    await page.getByLabel('Name', { exact: true }).fill('laminate')
    await page.getByLabel('Ids').fill('op006')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('The id op006 stands in the catalogue twice').waitFor()
    await page.getByLabel('Ids').fill('op010, lamination')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    const { data } = await api<{ data: object[] }>(page, '/api/floor/operations')
    await setOperations(shop(), [...data, FOLD])
    await page.keyboard.press('Enter')
    const added = list.getByRole('listitem').filter({ hasText: 'Laminate' })
    await added.getByText('lamination').waitFor()
    await added.getByRole('button', { name: 'Change Laminate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove this operation' }).click()
    // Behind a dialog the list is not there for anybody.
    await list.getByRole('listitem').filter({ hasText: 'Fold' }).waitFor()
    await added.waitFor({ state: 'detached' })
    const after = await api<{ data: object[] }>(page, '/api/floor/operations')
    expect(after.data, 'what another person did meanwhile stays').toEqual([...data, FOLD])

    await list.getByRole('button', { name: 'Change Print' }).click()
    const print = page.getByRole('dialog', { name: 'Print' })
    await print.getByLabel('Ids').fill('op006')
    await page.keyboard.press('Enter')
    await print.getByText('The id op006 stands in the catalogue twice').waitFor()
    await print.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove this operation' }).click()
    await print.getByText('The press needs the operation print').waitFor()
    await print.getByRole('button', { name: 'Leave as it is' }).click()
    await setOperations(shop(), data)
  })
}

/** As another administrator does. */
async function setOperations({ base, page }: Shop, operations: readonly object[]): Promise<void> {
  const headers = { origin: base }
  const answer = await page.request.put(`${base}/api/floor/operations`, { headers, data: { operations } })
  expect(answer.status()).toBe(200)
}
